"""One server process for each stack, and the matrix of what was promised and what was met.

`python -m pytest tests/servers` prints the matrix; `--matrix PATH` writes it as JSON too.
"""

import json
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.servers.expectations import DIFFERENCES
from tests.servers.stacks import STACKS, Server, Stack, named
from tests.servers.talk import Talk, sentence

CELLS = pytest.StashKey[dict[str, dict[str, str]]]()
NOT_RUN = "-"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--matrix", type=Path, metavar="PATH", help="write what each server does, as JSON"
    )


@pytest.fixture(scope="session", params=STACKS, ids=named)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Each stack in turn, started once."""
    running = Server(request.param, tmp_path_factory.mktemp("server"))
    try:
        running.wait_until_ready()
        yield running
        assert running.process.poll() is None, "the server has ended by itself"
    except Exception as error:
        error.add_note(running.log.read_text("utf-8", "replace"))
        raise
    finally:
        running.stop()


@pytest.fixture
def talk(request: pytest.FixtureRequest, server: Server) -> Talk:
    return Talk(server, sentence(request.function.__name__))


# ── The matrix ──────────────────────────────────────────────────────────────────────────────────


def where(item: pytest.Item) -> tuple[str, Stack] | None:
    """The row and the column of a test, if it has a cell."""
    if not isinstance(item, pytest.Function) or "talk" not in item.fixturenames:
        return None
    stack = item.callspec.params["server"]
    assert isinstance(stack, Stack)
    return sentence(item.function.__name__), stack


def pytest_collection_finish(session: pytest.Session) -> None:
    session.config.stash[CELLS] = {
        cell[0]: dict.fromkeys((stack.name for stack in STACKS), NOT_RUN)
        for item in session.items
        if (cell := where(item))
    }


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    cell = where(item)
    if cell and (report.failed or report.when == "call"):
        scenario, stack = cell
        differs = any(difference.concerns(scenario, stack) for difference in DIFFERENCES)
        met = "differs" if differs else "yes"
        item.config.stash[CELLS][scenario][stack.name] = met if report.passed else "FAILS"
    talk = getattr(item, "funcargs", {}).get("talk")
    if report.failed and isinstance(talk, Talk):
        report.sections.append((f"log of {talk.server.stack.name}", talk.log))
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    cells = config.stash.get(CELLS, {})
    if not cells:
        return
    terminalreporter.section("what is promised, on real servers")
    width = max(map(len, cells))
    for words in zip(*([*stack.name.split(), ""][:2] for stack in STACKS), strict=True):
        terminalreporter.write_line(" " * width + "".join(f"{word:>10}" for word in words))
    for scenario, row in cells.items():
        line = f"{scenario:{width}}" + "".join(f"{row[stack.name]:>10}" for stack in STACKS)
        terminalreporter.write_line(line, red="FAILS" in row.values())
    path = config.getoption("matrix", None)
    if path is None:
        return
    partial = any(NOT_RUN in row.values() for row in cells.values())
    if partial or terminalreporter.stats.get("deselected"):
        terminalreporter.write_line(f"{path} was not written: some cells were not run.", red=True)
    else:
        path.write_text(json.dumps(matrix(cells), ensure_ascii=False, indent=2) + "\n", "utf-8")


def matrix(cells: dict[str, dict[str, str]]) -> dict[str, object]:
    """The same for a page of the documentation."""
    return {
        "servers": [
            {"name": stack.name, "command": stack.command, "versions": stack.versions}
            for stack in STACKS
        ],
        "scenarios": [{"scenario": scenario, "cells": row} for scenario, row in cells.items()],
        "differences": [
            {
                "scenario": difference.scenario,
                "servers": [stack.name for stack in difference.stacks],
                "reason": difference.reason,
            }
            for difference in DIFFERENCES
        ],
    }
