"""The programs of docs_src that need nothing but a `WebSocket`, run with another class.

Where such a program imports `WebSocket`, it is given the class under test; where it imports an
error that the module of that class has too, it is given that one. The transcript stays as it is.
"""

import ast
import doctest
import importlib
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any
from unittest.mock import patch

from lilyaref import exceptions, testclient, websockets
from lilyaref.exceptions import WebSocketDisconnect
from tests.conformance.peers import its_own
from tests.conformance.talk import Outcome, outcome_of

ROOT = Path(__file__).parent.parent.parent
DOCS_SRC = ROOT / "docs_src"
# What a program may import besides: values that every class takes.
VALUES = {"lilyaref.types", "lilyaref.codes", "lilyaref.responses", "lilyaref.exceptions"}
DEFAULTS: dict[str, dict[str, Any]] = {
    "websocket.close": {"type": "websocket.close", "code": 1000, "reason": ""}
}
assert testclient  # it keeps its own errors: imported before anything is replaced


# Packages that no framework brings.
CODECS = {"msgspec", "orjson"}


def needs_only_a_websocket(program: Path) -> bool:
    found = set()
    for node in ast.walk(ast.parse(program.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("lilyaref"):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & CODECS
    ours = {name for name in found if name.rpartition(".")[0] not in VALUES}
    return ours == {"lilyaref.websockets.WebSocket"}


def name_of(program: Path) -> str:
    return program.relative_to(DOCS_SRC).as_posix()


# A mistake is not here: its transcript is the words of this package's error.
PROGRAMS = {
    name_of(program): program
    for program in sorted(DOCS_SRC.rglob("*.py"))
    if program.parent.name != "mistakes" and needs_only_a_websocket(program)
}


def run(name: str, kind: Any) -> Outcome | None:
    """What the program with this name answers, if it is not what its transcript says."""
    errors = {e: its_own(kind, e) for e in vars(exceptions) if e.startswith(("WebSocket", "Inv"))}
    known = {error: own for error, own in errors.items() if own is not None}
    module = f"docs_src.{name.removesuffix('.py').replace('/', '.')}"
    with patch.object(websockets, "WebSocket", kind), patch.dict(vars(exceptions), known):
        program = importlib.import_module(module)
    names = vars(program)
    if "app" in names:
        names["app"] = translated(names["app"], known.get("WebSocketDisconnect"))
    transcript = PROGRAMS[name].with_suffix(".pycon")
    test = doctest.DocTestParser().get_doctest(
        transcript.read_text("utf-8"), {}, transcript.name, str(transcript), 0
    )
    runner = FirstDifference(verbose=False)
    runner.run(test, out=lambda _: None)
    return runner.outcome


def translated(app: Callable[..., Any], news: type[Exception] | None) -> Callable[..., Any]:
    """The application, whose messages and whose news of the client's leaving are written as here.

    A transcript shows messages: an enum that equals a `str`, or a default that is left out, is no
    other message.
    """

    async def application(scope: Any, receive: Any, send: Any) -> None:
        async def plain(message: Any) -> None:
            values = {key: value_of(value) for key, value in message.items()}
            await send(DEFAULTS.get(values.get("type", ""), {}) | values)

        try:
            await app(scope, receive, plain)
        except Exception as error:
            if type(error) is not news:
                raise
            raise WebSocketDisconnect(getattr(error, "code", 1000)) from error

    return application


def value_of(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


class FirstDifference(doctest.DocTestRunner):
    """Remembers how the first line went that did not go as it should."""

    outcome: Outcome | None = None

    def report_failure(self, *report: Any) -> None:
        self.outcome = self.outcome or Outcome("another answer")

    def report_unexpected_exception(self, *report: Any) -> None:
        self.outcome = self.outcome or outcome_of(report[-1][1], str(DOCS_SRC))
