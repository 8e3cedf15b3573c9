"""Checks a class from outside: whatever it does, each check has its line and the run its end."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from tests.conformance.talk import Outcome

ROOT = Path(__file__).parent.parent.parent
LIMIT = 5.0  # seconds for one check


class Unusable(Exception):
    """There is no class to check; the text is one line that says why."""


class Result(NamedTuple):
    """What came of the checks of one class.

    Args:
        home: where the class was defined, as `module:Class`.
        outcomes: by check, what happened instead; None where all went as it should.
    """

    home: str
    outcomes: dict[str, Outcome | None]


def check(spec: str, names: Iterable[str], limit: float = LIMIT) -> Result:
    """The outcomes of the checks with these *names* for the class that *spec* names.

    Raises:
        Unusable: the class cannot be imported.
    """
    home, outcomes = "", dict[str, Outcome | None]()
    names = [*names]
    while left := [name for name in names if name not in outcomes]:
        worker = run_worker(spec, str(limit), *left)
        answers = [json.loads(line) for line in worker.stdout.splitlines()]
        home = home_of(spec, answers)
        for answer in answers[1:]:
            outcome = answer["outcome"]
            outcomes[answer["name"]] = None if outcome is None else Outcome(*outcome)
        unanswered = [name for name in left if name not in outcomes]
        if unanswered:
            hangs = worker.stderr.startswith("Timeout (")
            outcomes[unanswered[0]] = Outcome("hangs" if hangs else "ended")
    return Result(home, {name: outcomes[name] for name in names})


def home_of(spec: str, answers: list[dict[str, Any]]) -> str:
    if not answers:
        raise Unusable(f"{spec} cannot be imported: the import does not end, or ends the process.")
    if "error" in answers[0]:
        raise Unusable(answers[0]["error"])
    return str(answers[0]["class"])


def run_worker(*arguments: str) -> subprocess.CompletedProcess[str]:
    # -P and PYTHONPATH: these tests are found before a folder of the same name where we are.
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-P", "-m", "tests.conformance.worker", *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
