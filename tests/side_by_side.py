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
from typing import NoReturn

ROOT = Path(__file__).parent.parent
PYTEST = [sys.executable, "-m", "pytest"]
BROWSER, PRODUCTION = "tests/browser", "tests/production"
IN_BROWSER = [*PYTEST, BROWSER, "-o", "cache_dir=.pytest_cache/browser"]
OTHERS = [*PYTEST, f"--ignore={BROWSER}", f"--ignore={PRODUCTION}"]
COVERAGE = [sys.executable, "tests/coverage_by_module.py"]
ALONE = [*PYTEST, PRODUCTION, "-o", "cache_dir=.pytest_cache/production"]


def stop(*_: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


def run_all() -> list[int]:
    """The exit codes of all that was run."""
    lanes: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryFile() as said:
        try:
            lanes.append(subprocess.Popen(IN_BROWSER, cwd=ROOT, stdout=said, stderr=said))
            for command in (OTHERS, COVERAGE):
                lanes.append(subprocess.Popen(command, cwd=ROOT))
                lanes[-1].wait()
            print("Waiting for the tests in the browser.", flush=True)
            lanes[0].wait()
        except KeyboardInterrupt:
            pass  # each lane has heard it too, and ends what it has started
        except SystemExit:
            for lane in lanes:
                lane.send_signal(signal.SIGINT)
        finally:
            codes = [lane.wait() for lane in lanes]
            said.seek(0)
            shutil.copyfileobj(said, sys.stdout.buffer)
            sys.stdout.flush()
    if len(codes) == 3:
        codes.append(subprocess.run(ALONE, cwd=ROOT, check=False).returncode)
    return codes


def main() -> None:
    signal.signal(signal.SIGTERM, stop)
    codes = run_all()
    sys.exit(len(codes) < 4 or any(codes))


if __name__ == "__main__":
    main()
