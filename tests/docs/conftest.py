import re
import subprocess
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

import pytest

from tests.docs.site import ROOT
from tests.test_docs_src import DOCS_SRC


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, built strictly: a warning is an error, and ends the run.

    The road not taken: to fail each test that needs the site, with one message 150 times.
    """
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)]
    build = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if build.returncode != 0:
        said = re.findall(r"^(?:WARNING|ERROR) .*", build.stderr, re.MULTILINE)
        why = [*unknown_includes(), *said] or [build.stderr]
        pytest.exit("\n".join(["The site does not build.", *why]), returncode=1)
    return target


def unknown_includes() -> Iterator[str]:
    """MkDocs names the page; a reader needs the line, and the file that was meant."""
    files = [path.relative_to(DOCS_SRC).as_posix() for path in DOCS_SRC.rglob("*.py*")]
    for path in sorted((ROOT / "docs").rglob("*.md")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            name = line.strip().removeprefix('--8<-- "').rstrip('"')
            if "--8<--" in line and not (DOCS_SRC / name).exists():
                near = " or ".join(get_close_matches(name, files)) or "a file of docs_src"
                yield f"{path.relative_to(ROOT)}:{number}: {name!r} is no file; right is {near}"
