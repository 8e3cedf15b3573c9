"""What inline code says about the package: every name, attribute and call of it, judged."""

import ast
import builtins
import fnmatch
import importlib
import inspect
import keyword
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import lilyaref
from lilyaref import lifecycle
from tests.docs.site import ROOT, article

# What the pages promise, by the module that a reader imports it from; the first owner of a bare
# name is the one that is meant.
PUBLIC = {
    "lilyaref": ["WebSocket", *lilyaref.__all__],
    "lilyaref.codes": ["describe", "is_sendable"],
    "lilyaref.lifecycle": ["RECEIVE", "SEND", "diagram", "label", "step"],
    "lilyaref.routing": ["Mount", "Router", "WebSocketRoute"],
    "lilyaref.endpoints": ["WebSocketEndpoint", "serve"],
    "lilyaref.testclient": [
        "TestClient",
        "WebSocketSession",
        "AsyncTestClient",
        "AsyncWebSocketSession",
        "ConversationError",
        "ConversationTimeout",
        "WebSocketDenialResponse",
    ],
    "lilyaref.conversation": ["Entry"],
}
NAMES = {
    name: getattr(importlib.import_module(module), name)
    for module, names in PUBLIC.items()
    for name in names
}
CLASSES = [thing for thing in NAMES.values() if inspect.isclass(thing)]
ERRORS = [thing for thing in CLASSES if issubclass(thing, Exception)]

# What a variable on a page stands for.
VARIABLES: dict[str, list[type]] = {
    "client": [NAMES["TestClient"], NAMES["AsyncTestClient"]],
    "connection": [lilyaref.Connection],
    "endpoint": [NAMES["WebSocketEndpoint"]],
    "entry": [NAMES["Entry"]],
    "error": ERRORS,
    "headers": [lilyaref.Headers],
    "mount": [NAMES["Mount"]],
    "query_params": [lilyaref.QueryParams],
    "response": [lilyaref.Response, NAMES["WebSocketDenialResponse"]],
    "route": [NAMES["WebSocketRoute"]],
    "router": [NAMES["Router"]],
    "session": [NAMES["WebSocketSession"], NAMES["AsyncWebSocketSession"]],
    "state": [lilyaref.State],
    "url": [lilyaref.URL],
    "websocket": [lilyaref.WebSocket],
}

# What is not ours: each word by its kind. A word that is nowhere is a mistake.
SCOPE = "type path root_path raw_path query_string headers extensions state session user auth app"
KINDS = {
    "ASGI": f"http lifespan websocket scope more_body scopes {SCOPE}".split(),
    "ASGI messages": {row for table in (lifecycle.RECEIVE, lifecycle.SEND) for row in table.values()
                      for row in row},
    "HTTP headers": "Cookie Host Origin content-length content-type cookie".split(),
    "JSON, text, URL": "Infinity NaN surrogateescape ws wss https é 你 # = ?".split(),
    "Python": [*dir(builtins), *keyword.kwlist, "async with", "pytest"],
    "programs": ["daphne", "doctest"],
}
ALLOWED = {word for words in KINDS.values() for word in words}
PROGRAMS = {"make", "python", "pytest", "pip", "uvicorn", "hypercorn", "daphne", "granian"}
FORMS = {
    "a URL or a path in one": r"\w+://[\w.:-]+/?|/[\w{}:/?=]*|\{\w+(:\w+)?\}",
    "a name of a route": r"name:route",
    "a line of Markdown": r'## .+ \{ #[\w-]+ \}|--8<-- ".+"',
    "a file that does not exist yet": r"[\w/.]*<[\w/<>]+>\.\w+",
}


class Lie(Exception):
    """What inline code says is not so."""


class Inline(NamedTuple):
    """One inline code, and where it stands."""

    file: str
    text: str
    opens_item: bool = False

    @property
    def place(self) -> str:
        lines = (ROOT / self.file).read_text("utf-8").splitlines()
        number = next((n for n, line in enumerate(lines, 1) if f"`{self.text}`" in line), 0)
        return f"{self.file}:{number}: `{self.text}`"


@cache
def on_page(site: Path, language: str, page: str) -> list[Inline]:
    return [
        Inline(
            f"docs/{language}/{page}",
            code.get_text(),
            code.parent is not None and code.parent.name == "li" and not code.previous_sibling,
        )
        for code in article(site, language, page).find_all("code")
        if not code.find_parent("pre")
    ]


def in_text(file: str, text: str) -> list[Inline]:
    """The inline code of Markdown, without its blocks."""
    prose = re.sub(r"^```.*?^```|^    .*?$", "", text, flags=re.DOTALL | re.MULTILINE)
    return [
        Inline(file, re.sub(r"\s+", " ", found), bool(item))
        for item, found in re.findall(r"(^- )?`([^`]+)`", prose, re.MULTILINE)
    ]


def in_docstrings(module: Path) -> list[Inline]:
    file = module.relative_to(ROOT).as_posix()
    nodes = ast.walk(ast.parse(module.read_text("utf-8")))
    texts = (
        node.value.value
        for node in nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node.value.value, str)
    )
    return [code._replace(opens_item=False) for text in texts for code in in_text(file, inspect.cleandoc(text))]


@dataclass
class Of:
    """Some instance of a class."""

    cls: type


UNKNOWN = object()


@dataclass
class Judge:
    """Reads one inline code. What of ours it names is in `named` afterwards."""

    variables: dict[str, type]
    words: dict[str, str]
    named: set[str] = field(default_factory=set)

    def value(self, node: ast.AST, awaited: bool = False) -> Any:
        match node:
            case ast.Name(id=name):
                return self.name(name)
            case ast.Attribute():
                return self.attribute(node)
            case ast.Await(value=value):
                return self.value(value, awaited=True)
            case ast.Call():
                return self.call(node, awaited)
            case ast.Subscript(value=value, slice=ast.Constant(value=str(key))):
                if key not in SCOPE.split():
                    raise Lie(f"a scope has no {key!r}; its keys are {SCOPE}")
                return self.value(value)
            case ast.Constant(value=str(text)):
                if text and f'"{text}"' not in _sources():
                    raise Lie(f"the package knows no {text!r}")
            case ast.Assign(targets=[ast.Name(id=name)]):
                if name not in _parameters():
                    raise Lie(f"no call has an argument {name!r}{_near(name, _parameters())}")
                self.value(node.value)
            case _:
                for child in ast.iter_child_nodes(node):
                    self.value(child)
        return UNKNOWN

    def name(self, name: str) -> Any:
        if name in self.variables:
            return Of(self.variables[name])
        if name in NAMES:
            self.named.add(name)
            return NAMES[name]
        if name in self.words:
            owner = self.words[name]
            if owner:
                self.named.add(f"{owner}.{name}")
                return getattr(NAMES[owner], name, UNKNOWN)
            return UNKNOWN
        if name in ALLOWED:
            return UNKNOWN
        raise Lie(f"nothing is called {name!r}{_near(name, [*NAMES, *self.words])}")

    def attribute(self, node: ast.Attribute) -> Any:
        module = _module(node.value)
        if module is not None:
            if not hasattr(module, node.attr) and _module(node) is None:
                raise Lie(f"{module.__name__} has no {node.attr!r}{_near(node.attr, dir(module))}")
            self.named |= {node.attr} & {*PUBLIC.get(module.__name__, ())}
            return getattr(module, node.attr, UNKNOWN)
        owner = self.value(node.value)
        if owner is UNKNOWN:
            return UNKNOWN
        cls = owner.cls if isinstance(owner, Of) else owner
        if not inspect.isclass(cls):
            raise Lie(f"{ast.unparse(node.value)} is called, not read")
        if node.attr not in members(cls):
            raise Lie(f"{cls.__name__} has no {node.attr!r}{_near(node.attr, members(cls))}")
        home = _home(cls, node.attr)
        if home in NAMES:
            self.named.add(f"{home}.{node.attr}")
        thing = getattr(cls, node.attr, UNKNOWN)
        return _type(thing.fget) if isinstance(thing, property) else thing

    def call(self, node: ast.Call, awaited: bool) -> Any:
        function = self.value(node.func)
        if function is UNKNOWN or isinstance(function, Of):
            return UNKNOWN
        signature = bound(node.func, function)
        asynchronous = inspect.iscoroutinefunction(function)
        bare = isinstance(node.func, ast.Name) and not inspect.isclass(function)
        if asynchronous is not awaited and not (bare and not awaited):
            raise Lie("it is a coroutine function: `await` it" if asynchronous else "no `await`")
        if not any(isinstance(part, ast.Constant) and part.value is ... for part in node.args):
            try:
                signature.bind(*node.args, **{str(word.arg): word for word in node.keywords})
            except TypeError as error:
                raise Lie(f"{error}; right is `{full(node, function)}`") from None
        return Of(function) if inspect.isclass(function) else UNKNOWN


def bound(node: ast.expr, function: Any) -> inspect.Signature:
    """The signature as a caller sees it, without annotations."""
    signature = inspect.signature(function)
    parameters = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    if parameters and parameters[0].name == "self":
        del parameters[0]
    return inspect.Signature(parameters)


def full(node: ast.Call, function: Any) -> str:
    """The call as a list item writes it: every argument, with its default."""
    arguments = str(bound(node.func, function)).replace("'", '"')
    arguments = re.sub(r"<(\w+\.\w+): \d+>", r"\1", arguments)
    start = "await " if inspect.iscoroutinefunction(function) else ""
    return f"{start}{ast.unparse(node.func)}{arguments}"


def judge(text: str, opens_item: bool = False, also: frozenset[str] = frozenset()) -> set[str]:
    """The names of ours in inline code. Raises `Lie` if something in it is not so."""
    if _is_no_python(text):
        return set()
    tree = _parsed(text)
    if tree is None:
        raise Lie("neither Python nor a kind that tests/docs/calls.py knows")
    first: Lie | None = None
    for variables in _readings(text):
        judge = Judge(variables, _words() | dict.fromkeys(also - {*variables}, ""))
        try:
            judge.value(tree)
            _must_be_full(tree, judge, opens_item, text)
        except Lie as lie:
            first = first or lie
        else:
            return judge.named
    raise first or Lie("it says nothing")


def _must_be_full(tree: ast.AST, judge: Judge, opens_item: bool, text: str) -> None:
    node = tree.value if isinstance(tree, ast.Expr | ast.Await) else tree
    node = node.value if isinstance(node, ast.Await) else node
    if opens_item and isinstance(node, ast.Call):
        right = full(node, judge.value(node.func))
        if text != right:
            raise Lie(f"right is `{right}`")


def _readings(text: str) -> Iterator[dict[str, type]]:
    """What the variables may stand for, one after the other."""
    used = [name for name in VARIABLES if re.search(rf"\b{name}[.\[]", text)]
    most = max((len(VARIABLES[name]) for name in used), default=1)
    for number in range(most):
        yield {name: VARIABLES[name][min(number, len(VARIABLES[name]) - 1)] for name in used}


def _is_no_python(text: str) -> bool:
    words = text.split()
    if text in ALLOWED or any(re.fullmatch(form, text) for form in FORMS.values()):
        return True
    if "*" in text and re.fullmatch(r"\w+\*", text):
        return bool(fnmatch.filter(_words(), text))
    if words[:1] == ["make"] and len(words) == 2:
        return re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE) is not None
    return Path(shlex.split(text)[0] if words and "'" not in text and '"' not in text else "-").name in PROGRAMS or (
        re.fullmatch(r"[\w./-]+", text) is not None and "." != text and (ROOT / text).exists()
    )
