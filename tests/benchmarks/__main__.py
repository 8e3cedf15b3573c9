"""`make bench`: measures everything in one run, prints one table and writes docs/benchmarks.json.

With names of parts, such as `python -m tests.benchmarks operations memory`, it only prints those.
"""

import json
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import clients, imports, memory, operations, servers
from tests.benchmarks.peers import releases
from tests.benchmarks.rounds import Row, table

PARTS = {
    "operations": operations.rows,
    "memory": memory.rows,
    "imports": imports.rows,
    "clients": clients.rows,
    "servers": servers.rows,
}
TARGET = Path(__file__).parents[2] / "docs" / "benchmarks.json"


def machine() -> str:
    """The processor and how many of it, in words of the operating system."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    cores = sum(line.startswith("processor") for line in lines)
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor()
    return f"{cores} × {name}, {platform.system()}" if cores else f"{name}, {platform.system()}"


def measured(parts: list[str]) -> Iterator[Row]:
    for part in parts:
        for row in PARTS[part]():
            print(f"  {row.operation}", file=sys.stderr)
            yield row


def main() -> None:
    print("Measuring; it takes five minutes, and wants a quiet machine.", file=sys.stderr)
    rows = [*measured(sys.argv[1:] or [*PARTS])]
    python = f"{platform.python_implementation()} {platform.python_version()}"
    print(f"{machine()}; {python}; {', '.join(map(' '.join, releases().items()))}")
    print("The column with a unit is what the others are times of; [quartiles]; ~ is noisy.")
    print(table(rows))
    if not sys.argv[1:]:
        found = {"machine": machine(), "python": python, "releases": releases()}
        found |= {"rows": {row.operation: row.as_json() for row in rows}}
        TARGET.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
        print(f"Written to {TARGET.relative_to(Path.cwd())}.", file=sys.stderr)


if __name__ == "__main__":
    main()
