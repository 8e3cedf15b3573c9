"""Runs every test, for `make test`: those of the browser beside all others, since each lane waits.

What the other tests say is shown as they say it; then what the browser's said.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PYTEST = [sys.executable, "-m", "pytest"]
BROWSER = "tests/browser"


def main() -> None:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        browser = subprocess.Popen([*PYTEST, BROWSER], cwd=ROOT, stdout=said, stderr=said)
        try:
            others = subprocess.run([*PYTEST, f"--ignore={BROWSER}"], cwd=ROOT, check=False)
            print("Checking that each module is covered by its own tests.", flush=True)
            covered = subprocess.run([sys.executable, "tests/coverage_by_module.py"], cwd=ROOT)
            print("Waiting for the tests in the browser.", flush=True)
            browser.wait()
        finally:
            browser.kill()
        said.seek(0)
        print(said.read())
    sys.exit(any(done.returncode for done in (others, covered, browser)))


if __name__ == "__main__":
    main()
