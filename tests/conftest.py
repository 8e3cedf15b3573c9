"""What several test modules share: how much of the documentation was run, said at the end."""

from collections import Counter

import pytest

RAN = pytest.StashKey[Counter[str]]()
TABLE = pytest.StashKey[dict[str, list[str]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--calls", action="store_true", help="print documented call → snippets")
    parser.addoption("--figures", action="store_true", help="write docs/figures.json")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RAN] = Counter()
    config.stash[TABLE] = {}


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
