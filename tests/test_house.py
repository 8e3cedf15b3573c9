"""The house: a module sees only the floors below it, and what is heavy waits until it is used."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import lilyaref

PACKAGE = Path(lilyaref.__file__).parent
MODULES = {path.stem: ast.parse(path.read_text("utf-8")) for path in PACKAGE.glob("*.py")}

# What a module may import, besides the standard library. A new module needs its line here.
HOUSE: dict[str, set[str]] = {
    "types": set(),
    "codes": set(),
    "exceptions": {"codes"},
    "lifecycle": {"exceptions"},
    "datastructures": set(),
    "multidicts": {"datastructures", "multidict"},
    "jsoncodec": set(),
    "messages": {"codes", "types"},
    "connection": {"types", "datastructures", "multidicts", "exceptions"},
    "responses": {"jsoncodec", "messages", "types"},
}
HOUSE["websockets"] = {*HOUSE, "anyio"}
HOUSE["endpoints"] = {*HOUSE} - {"responses"}
HOUSE["origins"] = {"datastructures", "multidicts", "endpoints", "responses"}
HOUSE["origins"] |= {"types", "websockets"}
HOUSE["routing"] = {*HOUSE}
HOUSE["__init__"] = {*HOUSE}
# What judges the rest knows none of its rules.
HOUSE["conversation"] = {"types", "exceptions", "anyio"}
HOUSE["testclient"] = {"conversation", "types", "exceptions", "multidicts", "anyio"}
LATE = {"conversation", "multidicts", "testclient"}
HEAVY = {"asyncio", "anyio", "multidict", "ssl", "http", "inspect", "logging"}


def imports(tree: ast.AST) -> Iterator[str]:
    """The full name of every module that *tree* imports, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "an import names its module in full"
            if node.module == "lilyaref":
                yield from (f"lilyaref.{alias.name}" for alias in node.names)
            else:
                yield str(node.module)


def at_module_level(tree: ast.Module) -> Iterator[str]:
    """The imports that run when the module is imported."""
    for node in tree.body:
        late = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        checking = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if not late and not checking:
            yield from imports(node)


def root(name: str) -> str:
    return name.partition(".")[0]


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_looks_only_down(module: str) -> None:
    below = {
        root(name.removeprefix("lilyaref."))
        for name in imports(MODULES[module])
        if root(name) not in sys.stdlib_module_names
    }
    assert below <= HOUSE[module]


def test_the_house_has_no_stairs_that_lead_back() -> None:
    def below(module: str) -> set[str]:
        seen: set[str] = set()
        waiting = [*HOUSE[module]]
        while waiting:
            floor = waiting.pop()
            if floor in HOUSE and floor not in seen:
                seen.add(floor)
                waiting += HOUSE[floor]
        return seen

    assert [module for module in HOUSE if module in below(module)] == []


@pytest.mark.parametrize("module", sorted(MODULES.keys() - LATE))
def test_what_is_heavy_is_imported_late(module: str) -> None:
    early = {root(name) for name in at_module_level(MODULES[module])}
    assert not early & {*HEAVY, "urllib"}


def test_importing_the_websocket_loads_nothing_that_is_heavy() -> None:
    code = "import lilyaref.websockets, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "lilyaref.websockets" in loaded
    assert "lilyaref.testclient" not in loaded
    assert not HEAVY & {*loaded}


def test_multidict_is_imported_when_somebody_looks_at_headers_or_a_query() -> None:
    code = """
import sys
from lilyaref.websockets import WebSocket
websocket = WebSocket({"type": "websocket", "headers": [(b"host", b"a")]})
websocket.url, websocket.base_url, websocket.cookies, websocket.origin, websocket.state
assert "multidict" not in sys.modules
websocket.LOOKED_AT
assert "multidict" in sys.modules
"""
    for name in ("headers", "query_params"):
        looking = code.replace("LOOKED_AT", name)
        subprocess.run([sys.executable, "-I", "-c", looking], check=True)


def test_every_public_name_is_there_and_in_order() -> None:
    names = lilyaref.__all__
    assert len(names) == len({*names})
    for name in names:
        assert getattr(lilyaref, name).__module__
    # Constants, then classes, then functions, each by the alphabet.
    assert names == sorted(names, key=lambda name: (not name.isupper(), name[0].islower(), name))


def test_every_public_name_of_the_package_is_listed() -> None:
    imported = {
        alias.asname or alias.name
        for node in ast.walk(MODULES["__init__"])
        if isinstance(node, ast.ImportFrom) and root(str(node.module)) == "lilyaref"
        for alias in node.names
    }
    assert imported == {*lilyaref.__all__} <= {*dir(lilyaref)}


def test_what_refuses_a_connection_is_imported_when_somebody_names_it() -> None:
    code = """
import sys, lilyaref
assert not {"lilyaref.origins", "lilyaref.responses"} & {*sys.modules}
assert lilyaref.responses is sys.modules["lilyaref.responses"]
assert lilyaref.Response is lilyaref.responses.Response
from lilyaref import *
assert OriginGuard is sys.modules["lilyaref.origins"].OriginGuard
"""
    subprocess.run([sys.executable, "-I", "-c", code], check=True)


def test_a_name_that_the_package_lacks_is_an_attribute_error_as_of_any_module() -> None:
    with pytest.raises(AttributeError, match="module 'lilyaref' has no attribute 'Websocket'"):
        _ = lilyaref.Websocket  # type: ignore[attr-defined]
