"""What inline code says about the package: every name, attribute and call in it is judged."""

import ast
import fnmatch
import importlib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from bs4 import Tag

from tests.docs.site import ROOT, article, pages
from tests.docs.vocabulary import ALLOWED, FORMS, MODULES, NAMES, PROGRAMS, SCOPE_KEYS, VARIABLES

CLASSES = [thing for thing in NAMES.values() if inspect.isclass(thing)]
SOURCES = [*(ROOT / "lilyaref").glob("*.py"), *(ROOT / "docs_src").rglob("*.py*")]
UNKNOWN = object()
UNPROMISED = {f"{error}.args" for error in NAMES}  # every exception has them


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
    codes = article(site, language, page).find_all("code")
    return [
        Inline(f"docs/{language}/{page}", code.get_text(), opens_item(code))
        for code in codes
        if not code.find_parent("pre")
    ]


def opens_item(code: Tag) -> bool:
    parent = code.parent
    return parent is not None and parent.name == "li" and parent.contents[0] is code


def in_markdown(file: str, text: str) -> list[Inline]:
    prose = re.sub(r"^```.*?^```|^    .*?$", "", text, flags=re.DOTALL | re.MULTILINE)
    found = re.findall(r"(^- )?`([^`]+)`", prose, re.MULTILINE)
    return [Inline(file, " ".join(code.split()), bool(item)) for item, code in found]


def in_docstrings(module: Path) -> list[Inline]:
    texts = (
        str(node.value.value)
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )
    prose = re.sub(r"^ *(>>>|\.\.\.) .*$", "", "\n".join(texts), flags=re.MULTILINE)
    file, codes = module.relative_to(ROOT).as_posix(), re.findall(r"`([^`]+)`", prose)
    return [Inline(file, " ".join(code.split())) for code in codes]


def judge(code: Inline, also: Iterable[str] = ()) -> set[str]:
    """The names of ours in inline code, by their owners. Raises `Lie` if something is not so."""
    text = code.text
    if text in ALLOWED or any(re.fullmatch(form, text) for form in FORMS.values()):
        return set()
    if is_command(text) or is_file(text) or ("*" in text and fnmatch.filter(words(), text)):
        return set()
    lies = []
    for variables in readings(text):
        reading = Reading(variables, {**words(), **dict.fromkeys(also, "")})
        try:
            reading.read(text, code.opens_item)
        except Lie as lie:
            lies.append(lie)
        else:
            return reading.named
    raise lies[0]


def lies(codes: Iterable[Inline], also: Iterable[str] = ()) -> list[str]:
    """What is untrue, with its place."""
    found = []
    for code in codes:
        try:
            judge(code, also)
        except Lie as lie:
            found.append(f"{code.place}: {lie}")
    return found


def readings(text: str) -> Iterator[dict[str, type]]:
    """What the variables of the text may stand for, one after the other."""
    used = [name for name in VARIABLES if re.search(rf"(?<!\.)\b{name}\b", text)]
    for number in range(max((len(VARIABLES[name]) for name in used), default=1)):
        yield {name: VARIABLES[name][min(number, len(VARIABLES[name]) - 1)] for name in used}


def is_command(text: str) -> bool:
    program, _, rest = text.partition(" ")
    if program == "make" and rest:
        return f"\n{rest.split()[0]}:" in (ROOT / "Makefile").read_text("utf-8")
    return bool(rest) and program.rpartition("/")[2] in PROGRAMS


def is_file(text: str) -> bool:
    return re.fullmatch(r"\.?\w[\w./-]*", text) is not None and (ROOT / text).exists()


class Reading:
    """One reading of inline code. What of ours it names is in `named` afterwards."""

    def __init__(self, variables: dict[str, type], words: dict[str, str]) -> None:
        self.variables, self.words = variables, words
        self.named: set[str] = set()

    def read(self, text: str, opens_item: bool) -> None:
        node = parsed(text)
        self.value(node)
        call = node.value if isinstance(node, ast.Await) else node
        if opens_item and isinstance(call, ast.Call):
            function = self.value(call.func)
            right = full(call, function)
            ours = str(getattr(function, "__module__", "")).startswith("lilyaref")
            if ours and text != right:
                raise Lie(f"right is `{right}`")

    def value(self, node: ast.AST, awaited: bool = False) -> Any:
        """What the node stands for: a class, a function, the class of an instance, or UNKNOWN."""
        match node:
            case ast.Name(id=name):
                return self.name(name)
            case ast.Attribute(value=owner, attr=name):
                return self.attribute(owner, name)
            case ast.Await(value=value):
                return self.value(value, awaited=True)
            case ast.Call(func=called):
                return self.call(node, self.value(called), awaited)
            case ast.Subscript(value=value, slice=ast.Constant(value=str(key))):
                self.value(value)
                require(key, SCOPE_KEYS, "a scope has no {}")
            case ast.Constant(value=str(text)):
                if f'"{text}"' not in sources():
                    raise Lie(f'neither the package nor a snippet has "{text}"')
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                require(name, parameters(), "no call has an argument {}")
                self.value(value)
            case _:
                for child in ast.iter_child_nodes(node):
                    self.value(child)
        return UNKNOWN

    def name(self, name: str) -> Any:
        if name in self.variables:
            return self.variables[name]
        if name in NAMES:
            self.named.add(name)
            return NAMES[name]
        if name in ALLOWED:
            return UNKNOWN
        require(name, self.words, "nothing is called {}")
        owner = self.words[name]
        self.named |= {f"{owner}.{name}"} if owner else set()
        return getattr(NAMES.get(owner), name, UNKNOWN)

    def attribute(self, owner: ast.expr, name: str) -> Any:
        if ast.unparse(owner) in MODULES or ast.unparse(owner).startswith("lilyaref"):
            module = importlib.import_module(ast.unparse(owner))
            require(name, dir(module), f"{module.__name__} has no {{}}")
            self.named |= {name} & {*NAMES}
            return getattr(module, name)
        cls = self.value(owner)
        if not inspect.isclass(cls) or cls is NAMES["State"]:
            return UNKNOWN
        require(name, members(cls), f"{cls.__name__} has no {{}}")
        self.named |= {f"{members(cls)[name]}.{name}"} if cls is not dict else set()
        thing = getattr(cls, name, UNKNOWN)
        return type_of(thing.fget) if isinstance(thing, property) else thing

    def call(self, node: ast.Call, function: Any, awaited: bool) -> Any:
        if not callable(function):
            return UNKNOWN
        coroutine = inspect.iscoroutinefunction(function)
        quoted = isinstance(node.func, ast.Name) and not node.args  # `accept()`: the name of it
        if coroutine != awaited and not (quoted and not awaited):
            wrong = "it is a coroutine function" if coroutine else "it is no coroutine function"
            raise Lie(f"{wrong}; right is `{full(node, function)}`")
        if "..." not in ast.unparse(node):
            keywords = {word.arg: word for word in node.keywords if word.arg}
            try:
                signature(function).bind(*node.args, **keywords)
            except TypeError as error:
                raise Lie(f"{error}; right is `{full(node, function)}`") from None
        return function if inspect.isclass(function) else UNKNOWN


def parsed(text: str) -> ast.AST:
    plain = re.sub(r"(?<=[(\s])(/|\*), |, /(?=\))", "", text)  # the marks of a signature
    for form in ("{}", "{}: pass", "try: pass\n{}: pass"):
        try:
            tree = ast.parse(form.format(plain))
        except SyntaxError:
            continue
        node = tree.body[0]
        return node.value if isinstance(node, ast.Expr) else node
    raise Lie("neither Python nor in tests/docs/vocabulary.yml")


def signature(function: Any) -> inspect.Signature:
    """As a caller sees it: without annotations."""
    try:
        given = inspect.signature(function).parameters.values()
    except ValueError:  # `str` has none
        return inspect.Signature([inspect.Parameter("text", inspect.Parameter.POSITIONAL_ONLY)])
    seen = [one.replace(annotation=one.empty) for one in given if one.name != "self"]
    return inspect.Signature(seen)


def full(node: ast.Call, function: Any) -> str:
    """The call with every argument and its default."""
    start = "await " if inspect.iscoroutinefunction(function) else ""
    arguments = re.sub(r"<(\w+\.\w+): \d+>", r"\1", str(signature(function)))
    return f"{start}{ast.unparse(node.func)}{arguments}".replace("'", '"')


def type_of(function: Any) -> Any:
    """The class that a property gives."""
    annotation = inspect.signature(function).return_annotation
    name = getattr(annotation, "__name__", str(annotation)).removesuffix(" | None")
    return NAMES.get(name) or {"dict[str, str]": dict, "str": str}.get(name, UNKNOWN)


def require(name: str, known: Iterable[str], sentence: str) -> None:
    if name not in known:
        near = get_close_matches(name, list(known), 3)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise Lie(sentence.format(f'"{name}"') + hint)


def _own(cls: Any) -> set[str]:
    """What a class itself brings: in its body, and on `self`."""
    names = {*vars(cls), *getattr(cls, "__annotations__", {})}
    if cls.__module__.startswith(("lilyaref", "json")):
        names |= {*re.findall(r"self\.([a-z]\w*)(?=[^()\n]* = )", inspect.getsource(cls))}
    return {name for name in names if not name.startswith("_")}


def _members(cls: Any) -> dict[str, str]:
    """Every public member, and the public class that brings it."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        home = base if base.__name__ in NAMES else cls
        found = dict.fromkeys(own(base), home.__name__) | found
    return found


own: Callable[[Any], set[str]] = cache(_own)
members: Callable[[Any], dict[str, str]] = cache(_members)


@cache
def parameters() -> set[str]:
    things = [*NAMES.values(), *(getattr(c, name, None) for c in CLASSES for name in members(c))]
    ours = [one for one in things if str(getattr(one, "__module__", "")).startswith("lilyaref")]
    calls = [one for one in ours if callable(one) and "__call__" in dir(type(one))]
    return {name for call in calls for name in signature(call).parameters}


@cache
def words() -> dict[str, str]:
    """What may stand alone: the members of our classes with their owner, and arguments."""
    owners = {name: home for c in reversed(CLASSES) for name, home in members(c).items()}
    return dict.fromkeys(parameters(), "") | owners


@cache
def sources() -> str:
    return "\n".join(path.read_text("utf-8") for path in SOURCES)


@cache
def documented(site: Path, language: str) -> dict[str, Inline]:
    """Every name of ours on the pages of a language, and where it stands first."""
    found: dict[str, Inline] = {}
    for page in pages(language):
        for code in on_page(site, language, page):
            try:
                found = dict.fromkeys(judge(code), code) | found
            except Lie:
                continue  # test_calls tells
    return found


def promised() -> set[str]:
    """Every public name, with the members that our classes bring themselves."""
    names = {*NAMES}
    for cls in CLASSES:
        for base in cls.__mro__:
            if base.__module__.startswith("lilyaref") and not cls.__name__.startswith("Async"):
                names |= {f"{members(cls)[name]}.{name}" for name in own(base)}
    return names - UNPROMISED
