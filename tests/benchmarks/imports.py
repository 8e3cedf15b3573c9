"""What an import costs: processor time in fresh interpreters, each with nothing else to do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.rounds import US, Measure, Row, compare

MODULES = {
    US: "lilyaref.websockets",
    "Starlette": "starlette.websockets",
    "Lilya": "lilya.websockets",
    "Litestar": "litestar.connection",
}
# What uvicorn has imported when it comes to import the application.
SERVER = "import uvicorn.main, uvicorn.protocols.websockets.websockets_sansio_impl"
WITH_BYTECODE = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
ROOT = Path(__file__).parents[2]


def fresh(before: str, module: str) -> Measure:
    """What *module* adds to a process that has done *before*, in milliseconds."""
    clock = "print((time.process_time() - begin) * 1000)"
    code = f"{before}\nimport time\nbegin = time.process_time()\nimport {module}\n{clock}"

    def measure() -> float:
        command = [sys.executable, "-c", code]
        return float(subprocess.check_output(command, cwd=ROOT, env=WITH_BYTECODE))

    measure()  # the first one compiles
    return measure


def rows(rounds: int = 15) -> Iterator[Row]:
    for name, before in (("import", "pass"), ("import, under uvicorn", SERVER)):
        ways = {column: fresh(before, module) for column, module in MODULES.items()}
        yield compare(name, ways, unit="ms", reference=US, rounds=rounds)
