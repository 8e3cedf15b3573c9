"""Which snippets execute which documented call: every transcript is run once and watched."""

import inspect
import re
import sys
import threading
from functools import cache
from types import CodeType, FrameType
from typing import Any

from tests.docs.site import ROOT
from tests.docs.vocabulary import NAMES
from tests.redis_server import PROGRAM as REDIS
from tests.test_docs_src import DOCS_SRC, TRANSCRIPTS, needs_redis, run

PLACES = (str(ROOT / "lilyaref"), str(DOCS_SRC))


@cache
def executed() -> dict[str, set[tuple[str, str]]]:
    """By snippet, the functions that ran in it: file and qualified name."""
    return {
        transcript.relative_to(DOCS_SRC).with_suffix("").as_posix(): watch(transcript)
        for transcript in TRANSCRIPTS
        if REDIS or not needs_redis(transcript)
    }


def watch(transcript: Any) -> set[tuple[str, str]]:
    seen: set[tuple[str, str]] = set()

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(PLACES):
            seen.add(key(frame.f_code))

    before = sys.getprofile()
    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        run(transcript)
    finally:
        sys.setprofile(before)
        threading.setprofile(None)
    return seen


def key(code: CodeType) -> tuple[str, str]:
    return code.co_filename, code.co_qualname


def snippets(name: str) -> list[str]:
    """The snippets that execute the call, or use the attribute, that is documented as *name*."""
    code = code_of(name)
    return [snippet for snippet, ran in executed().items() if shows(snippet, ran, name, code)]


def shows(snippet: str, ran: set[tuple[str, str]], name: str, code: CodeType | None) -> bool:
    own = name.rpartition(".")[2]
    if code is not None:
        overridden = any(where.startswith(PLACES[1]) and q.endswith(f".{own}") for where, q in ran)
        return key(code) in ran or overridden
    used = rf"\.{own}\b|\b{own} = " if "." in name and not own.isupper() else rf"\b{own}\b"
    return re.search(used, text(snippet)) is not None


@cache
def text(snippet: str) -> str:
    return "".join((DOCS_SRC / f"{snippet}{end}").read_text("utf-8") for end in (".py", ".pycon"))


def code_of(name: str) -> CodeType | None:
    """The code of the package behind a name; constants and plain attributes have none."""
    owner, _, attribute = name.rpartition(".")
    thing: Any = getattr(NAMES[owner], attribute, None) if owner else NAMES[name]
    if inspect.isclass(thing):
        thing = vars(thing).get("__init__")
    function: Any = thing.fget if isinstance(thing, property) else thing
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code if code is not None and code.co_filename.startswith(PLACES[0]) else None
