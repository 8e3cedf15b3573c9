"""What several test modules share: the built site, and how much of it was run, said at the end."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.docs.site import ROOT, SITE_URL, unknown_includes

RAN = pytest.StashKey[Counter[str]]()
TABLE = pytest.StashKey[dict[str, list[str]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--calls", action="store_true", help="print documented call → snippets")
    parser.addoption("--figures", action="store_true", help="write docs/figures.json")
    parser.addoption("--websocket", metavar="MODULE:CLASS", help="check this class instead of ours")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RAN] = Counter()
    config.stash[TABLE] = {}
    if config.getoption("--websocket"):  # The rules alone; tests/conformance writes the report.
        if config.args_source is not config.ArgsSource.ARGS:
            config.args = ["tests/conformance/test_rules.py"]
        config.option.tbstyle, config.option.reportchars = "no", ""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, built strictly: a warning is an error, and ends the run.

    The road not taken: to fail each test that needs the site, with one message 150 times.
    """
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)]
    environment = {**os.environ, "SITE_URL": SITE_URL}
    build = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if build.returncode != 0:
        said = re.findall(r"^(?:WARNING|ERROR) .*", build.stderr, re.MULTILINE)
        why = [*unknown_includes(), *said] or [build.stderr]
        pytest.exit("\n".join(["The site does not build.", *why]), returncode=1)
    return target


@pytest.fixture
def ran(request: pytest.FixtureRequest) -> Counter[str]:
    """Counts that the last lines of the run report."""
    return request.config.stash[RAN]


@pytest.fixture
def table(request: pytest.FixtureRequest) -> dict[str, list[str]]:
    """The snippets that execute each documented call; `--calls` prints it."""
    return request.config.stash[TABLE]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for what, number in config.stash[RAN].items():
        terminalreporter.write_line(f"{what}: {number}")
    if config.getoption("--calls"):
        for call, snippets in config.stash[TABLE].items():
            more = f" and {len(snippets) - 4} more" if len(snippets) > 4 else ""
            terminalreporter.write_line(f"{call} → {', '.join(snippets[:4])}{more}")
