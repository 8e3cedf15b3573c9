"""Checks one class in a process of its own: `python -m tests.conformance.worker SPEC LIMIT NAME...`

Each answer is a line of JSON. A check that takes longer than its limit ends the process, which no
loop of the class can prevent; the runner then starts another one for the rest.
"""

import asyncio
import faulthandler
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

from tests.conformance import programs
from tests.conformance.catalogue import RULES
from tests.conformance.peers import load
from tests.conformance.talk import Differs, Outcome, Talk, Waits, outcome_of

IMPORT_LIMIT = 30  # seconds
HERE = str(Path(__file__).parent)


def verdict(name: str, kind: Any) -> Outcome | None:
    """What happens instead of what the rule or the transcript says; None if it is as it says."""
    try:
        if name in programs.PROGRAMS:
            return programs.run(name, kind)
        asyncio.run(keep(name, kind))
    except Differs as difference:
        return difference.outcome
    except Waits:
        return Outcome("waits")
    except BaseException as error:
        return outcome_of(error, HERE)
    return None


async def keep(name: str, kind: Any) -> None:
    await RULES[name].check(Talk(kind))


def main(spec: str, limit: str, *names: str) -> None:
    # What the class prints is not an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    warnings.simplefilter("ignore")
    sys.path.append(os.getcwd())
    faulthandler.dump_traceback_later(IMPORT_LIMIT, exit=True)
    try:
        kind = load(spec)
    except ValueError as error:
        answers.write(json.dumps({"error": str(error)}) + "\n")
        return
    home = f"{getattr(kind, '__module__', '?')}:{getattr(kind, '__qualname__', '?')}"
    answers.write(json.dumps({"class": home}) + "\n")
    for name in names:
        faulthandler.dump_traceback_later(float(limit), exit=True)
        answers.write(json.dumps({"name": name, "outcome": verdict(name, kind)}) + "\n")
    faulthandler.cancel_dump_traceback_later()
    answers.flush()
    os._exit(0)  # whatever the class has left running


if __name__ == "__main__":
    main(*sys.argv[1:])
