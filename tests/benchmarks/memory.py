"""What an accepted connection takes, apart from its scope, in bytes.

`python -m tests.benchmarks.memory Starlette` prints the figures of one class. Each has a process of
its own, in which one connection has been used to the full: Python makes room in every instance for
the attributes that it has seen.
"""

import gc
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from typing import Any

from tests.benchmarks.operations import CONNECT, LEFT, at_once, compiled, drive
from tests.benchmarks.peers import CONTESTANTS, scopes
from tests.benchmarks.rounds import US, Figure, Row

MANY = 1000
STATES = {
    "nothing": "pass",
    "one header": "websocket.headers['origin']",
    "url": "websocket.url.path",
    "header, url, query, cookies": (
        "websocket.headers['origin'], websocket.url.path, websocket.query_params, websocket.cookies"
    ),
}


def taken(cls: Any, line: str) -> float:
    """Bytes for each connection that *line* was done with."""
    receive, send = at_once([LEFT, *[CONNECT] * MANY][::-1])
    ready, look = compiled("await websocket.accept()", "websocket"), compiled(line, "websocket")
    kept: list[Any] = [None] * MANY
    given = scopes(MANY)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number, scope in enumerate(given):
        kept[number] = websocket = cls(scope, receive, send)
        drive(ready([websocket], receive, send))
        drive(look([websocket], receive, send))
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / MANY


def use_one(cls: Any) -> None:
    receive, send = at_once([CONNECT])
    websocket = cls(*scopes(1), receive, send)
    for line in ("await websocket.accept()", *STATES.values(), "await websocket.close()"):
        drive(compiled(line, "websocket")([websocket], receive, send))


def rows() -> Iterator[Row]:
    figures = {
        name: json.loads(
            subprocess.run(
                [sys.executable, "-m", __name__, name], check=True, capture_output=True, text=True
            ).stdout
        )
        for name in CONTESTANTS
    }
    for state in STATES:
        ours = figures[US][state]
        cells = {name: Figure(*[figures[name][state] / ours] * 3) for name in CONTESTANTS}
        cells[US] = Figure(*[ours] * 3)
        yield Row(f"memory, looked at: {state}", "B", US, cells)


if __name__ == "__main__":
    contestant = CONTESTANTS[sys.argv[1]]
    use_one(contestant)
    print(json.dumps({state: taken(contestant, line) for state, line in STATES.items()}))
