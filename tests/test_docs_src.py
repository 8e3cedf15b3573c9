"""Every program of docs_src answers as its transcript says, on asyncio and on trio."""

import doctest
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Literal

import pytest

from lilyaref import testclient
from tests.redis_server import RedisServer, require_redis

DOCS_SRC = Path(__file__).parent.parent / "docs_src"
PROGRAMS = sorted(DOCS_SRC.rglob("*.py"))
TRANSCRIPTS = sorted(DOCS_SRC.rglob("*.pycon"))


def needs_redis(transcript: Path) -> bool:
    """Whether a program talks to Redis."""
    program = transcript.with_suffix(".py").read_text("utf-8")
    return "\nfrom redis" in program


# The client of Redis knows asyncio alone, and so do the programs that use it.
RUNS = [
    (transcript, backend)
    for transcript in TRANSCRIPTS
    for backend in ("asyncio", "trio")
    if not (needs_redis(transcript) and backend == "trio")
]


@contextmanager
def surroundings(transcript: Path) -> Iterator[None]:
    """What a transcript finds around it: a Redis of its own, if it needs one."""
    if not needs_redis(transcript):
        yield
        return
    with RedisServer() as redis, pytest.MonkeyPatch.context() as patch:
        patch.setenv("REDIS_URL", redis.url)
        yield


def run(transcript: Path) -> tuple[doctest.TestResults, str]:
    test = doctest.DocTestParser().get_doctest(
        transcript.read_text("utf-8"), {}, transcript.name, str(transcript), 0
    )
    report: list[str] = []
    with surroundings(transcript):
        results = doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    return results, "".join(report)


@pytest.mark.parametrize(
    ("transcript", "backend"),
    RUNS,
    ids=lambda part: part.relative_to(DOCS_SRC).as_posix() if isinstance(part, Path) else part,
)
def test_a_program_answers_as_its_transcript_says(
    transcript: Path,
    backend: Literal["asyncio", "trio"],
    ran: Counter[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if needs_redis(transcript):
        require_redis()
    monkeypatch.setattr(testclient, "TestClient", partial(testclient.TestClient, backend=backend))
    results, report = run(transcript)
    assert results.attempted > 0, "The transcript has no line to run."
    assert results.failed == 0, f"{transcript} differs from what its program answers:\n{report}"
    ran["transcripts that ran"] += 1
    ran["lines of transcripts that ran"] += results.attempted


def test_every_program_has_a_transcript_and_every_transcript_a_program(ran: Counter[str]) -> None:
    assert [path.with_suffix("") for path in PROGRAMS] == [
        path.with_suffix("") for path in TRANSCRIPTS
    ]
    ran["programs in docs_src"] += len(PROGRAMS)
