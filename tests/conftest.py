"""What several test modules share: how much of the documentation was run, said at the end."""

from collections import Counter

import pytest

RAN = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RAN] = Counter()


@pytest.fixture
def ran(request: pytest.FixtureRequest) -> Counter[str]:
    """Counts that the last lines of the run report."""
    return request.config.stash[RAN]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for what, number in config.stash[RAN].items():
        terminalreporter.write_line(f"{what}: {number}")
