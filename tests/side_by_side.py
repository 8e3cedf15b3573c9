"""Runs every test, for `make test`: those in a browser beside all others, since each lane waits.

What the other tests say is shown as they say it; then what the browser's said.
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
BROWSER = "tests/browser"
IN_BROWSER = [*PYTEST, BROWSER, "-o", "cache_dir=.pytest_cache/browser"]
OTHERS = [*PYTEST, f"--ignore={BROWSER}"]
COVERAGE = [sys.executable, "tests/coverage_by_module.py"]


def stop(*_: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


def main() -> None:
    signal.signal(signal.SIGTERM, stop)
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
    sys.exit(len(codes) < 3 or any(codes))


if __name__ == "__main__":
    main()
