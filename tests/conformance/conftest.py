"""The class is checked once, in a process of its own; with `--websocket`, each rule has a line."""

from collections.abc import Iterator

import pytest

from tests.conformance.catalogue import RULES
from tests.conformance.peers import PEERS
from tests.conformance.report import PARTS, word
from tests.conformance.runner import Result, Unusable, check

RESULT = pytest.StashKey[Result]()


def wanted(session: pytest.Session) -> list[str]:
    """The names of the checks that were selected."""
    ours = [item for item in session.items if item.path.name == "test_rules.py"]
    specs = [getattr(item, "callspec", None) for item in ours]
    return [spec.params["check"] for spec in specs if spec]


@pytest.fixture(scope="session")
def result(request: pytest.FixtureRequest) -> Result:
    """What came of the checks of the class, this package's own by default."""
    config = request.config
    spec = config.getoption("--websocket") or PEERS["lilyaref"]
    try:
        config.stash[RESULT] = check(spec, wanted(request.session))
    except Unusable as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)
    return config.stash[RESULT]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    spec, result = config.getoption("--websocket"), config.stash.get(RESULT, None)
    if spec and result is not None:
        terminalreporter.section(spec)
        for line in lines(result):
            terminalreporter.write_line(line)


def lines(result: Result) -> Iterator[str]:
    """One line a check, then the sums."""
    for name, outcome in result.outcomes.items():
        says = f"{RULES[name].sentence} ({RULES[name].source})" if name in RULES else "docs_src"
        line = f"{word(outcome):3} {name}: {says}"
        yield line if outcome is None else f"{line}: {' '.join(outcome).strip()}"
    for title, part in PARTS.items():
        words = [word(result.outcomes[name]) for name in part if name in result.outcomes]
        if words:
            kept, lacks = words.count("yes"), words.count("-")
            yield f"{title}: {kept} of {len(words)} kept, {lacks} not offered"
