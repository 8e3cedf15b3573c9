"""Each module of the package is covered, lines and branches, by its own test module alone.

Run by `make test`. A line that only another module's tests reach is a line that nobody tests.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Where the test module is called otherwise.
TESTS = {"conversation": "testclient"}
WITHOUT_CODE = {"__init__", "types"}


def uncovered(module: str) -> str:
    """The report of a module that is not covered; empty if it is."""
    data = ROOT / ".coverage_by_module" / module
    coverage = [sys.executable, "-m", "coverage"]
    own = f"--include=lilyaref/{module}.py"
    tests = f"tests/test_{TESTS.get(module, module)}.py"
    environment = {**os.environ, "COVERAGE_FILE": str(data)}
    commands = (
        [*coverage, "run", "--branch", own, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests],
        [*coverage, "report", own, "--show-missing", "--fail-under=100"],
    )
    for command in commands:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            return f"{module}, by {tests}:\n{done.stdout}{done.stderr}"
    return ""


def main() -> None:
    modules = sorted({path.stem for path in (ROOT / "lilyaref").glob("*.py")} - WITHOUT_CODE)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        reports = [report for report in pool.map(uncovered, modules) if report]
    print(*reports, sep="\n")
    print(f"{len(modules) - len(reports)} of {len(modules)} modules covered by their own tests.")
    sys.exit(bool(reports))


if __name__ == "__main__":
    main()
