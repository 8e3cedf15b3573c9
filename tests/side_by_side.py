"""Runs every test, for `make test`: those in a browser beside all others, since each lane waits.

What the other tests say is shown as they say it; then what the browser's said. The tests of several
processes, where seconds count, have the machine for themselves at the end.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, NoReturn

ROOT = Path(__file__).parent.parent
PYTEST = [sys.executable, "-m", "pytest"]
BROWSER, PRODUCTION = "tests/browser", "tests/production"
IN_BROWSER = [*PYTEST, BROWSER, "-o", "cache_dir=.pytest_cache/browser"]
OTHERS = [*PYTEST, f"--ignore={BROWSER}", f"--ignore={PRODUCTION}"]
COVERAGE = [sys.executable, "tests/coverage_by_module.py"]
ALONE = [*PYTEST, PRODUCTION, "-o", "cache_dir=.pytest_cache/production"]


def stop(*_: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


def show(said: IO[bytes]) -> None:
    said.seek(0)
    shutil.copyfileobj(said, sys.stdout.buffer)
    sys.stdout.flush()
    said.truncate(0)


def run_all() -> list[int]:
    """The exit codes of all that was run."""
    lanes: list[subprocess.Popen[bytes]] = []

    def start(command: list[str], said: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        lanes.append(subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said))
        return lanes[-1]

    with tempfile.TemporaryFile() as said:
        try:
            browser = start(IN_BROWSER, said)
            start(OTHERS).wait()
            start(COVERAGE).wait()
            print("Waiting for the tests in the browser.", flush=True)
            browser.wait()
            show(said)
            start(ALONE).wait()
        except SystemExit:
            for lane in lanes:
                lane.send_signal(signal.SIGINT)  # as Ctrl-C does: each ends what it has started
            raise
        finally:
            codes = [lane.wait() for lane in lanes]
            show(said)
    return codes


def main() -> None:
    signal.signal(signal.SIGTERM, stop)
    try:
        codes = run_all()
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    sys.exit(any(codes))


if __name__ == "__main__":
    main()
