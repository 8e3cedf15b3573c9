"""What a build puts beside the pages for *Run*."""

import base64
import hashlib
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from mkdocs.exceptions import PluginError

from docs.templates import run


def test_the_archive_holds_what_a_program_imports_with_its_licences() -> None:
    names = zipfile.ZipFile(BytesIO(run.packages())).namelist()
    wanted = {
        "harness.py",
        "lilyaref/websockets.py",
        "docs_src/websockets/echo.py",
        "multidict/_multidict_py.py",
        "anyio/__init__.py",
        "typing_extensions.py",
        "lilyaref/LICENSE",
    }
    assert wanted - set(names) == set()
    assert sum("licenses" in name for name in names) >= len(run.ABOARD)
    assert not [name for name in names if name.endswith((".pyc", ".so"))]


def test_the_archive_is_the_same_twice() -> None:
    assert run.packages() == run.packages()


def test_something_else_than_was_published_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="something else than pyodide@"):
        run._unpack(b"something else", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_site_of_its_own_cannot_be_built_without_npm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PluginError, match=r"SELF_HOSTED=1 puts Pyodide into the site, but: .*npm"):
        run._copy(tmp_path)


def test_a_file_that_is_damaged_is_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    folder = run.cache_folder()
    folder.mkdir(parents=True)
    for name in run.FILES:
        (folder / name).write_bytes(name.encode())
    known = {name: tuple(run._described(name.encode()).values()) for name in run.FILES}
    monkeypatch.setattr(run, "FILES", known)
    assert run.python_files() == folder
    for damaged in (b"cut", b"pyodide.MJS"):  # the second one is as long as it should be
        (folder / "pyodide.mjs").write_bytes(damaged)
        with pytest.raises(FileNotFoundError, match="npm"):
            run.python_files()


def test_the_policy_names_each_script_of_the_page_and_allows_no_other() -> None:
    page = "<script>first()</script><script src=elsewhere></script><script>second()</script>"
    policy = dict(part.split(" ", 1) for part in run.policy(page).split("; "))
    for script in (b"first()", b"second()"):
        known = base64.b64encode(hashlib.sha256(script).digest()).decode()
        assert f"'sha256-{known}'" in policy["script-src"]
    assert "'unsafe-inline'" not in policy["script-src"]
    assert "'unsafe-eval'" not in policy["script-src"].split()
    assert policy["connect-src"] == f"'self' {run.CDN}"


@pytest.mark.parametrize(
    ("program", "missing"),
    [
        ("import json, anyio, multidict\nfrom lilyaref import WebSocket", ()),
        ("import pytest", ("pytest",)),
        ("import threading", ("threads",)),
        ("import asyncio\nasyncio.to_thread(print)", ("threads",)),
        ("from anyio import to_thread", ("threads",)),
        ("import anyio\nanyio.run(print, backend='trio')", ("trio",)),
        ("backend = 'trio'", ()),
        ("import asyncio\nasyncio.open_connection", ("sockets",)),
        ("from subprocess import run\nimport uvicorn", ("processes", "uvicorn")),
        ("from docs_src.other import app", ("pytest",)),
        ("from docs_src import other", ("pytest",)),
    ],
)
def test_a_program_tells_what_a_browser_has_not(
    program: str, missing: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, source in (("one", program), ("other", "import pytest")):
        (tmp_path / f"{name}.py").write_text(source)
        (tmp_path / f"{name}.pycon").write_text(f">>> import docs_src.{name}\n")
    monkeypatch.setattr(run, "PROGRAMS", tmp_path)
    assert run.needs.__wrapped__("one") == missing
