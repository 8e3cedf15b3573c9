"""Interleaved rounds: every contestant has a short turn in each, so a busy machine slows them all.

A ratio is taken within a round; what is reported is the median of the ratios and their quartiles.
A ratio of two medians, or one contestant after the other, is wrong by up to 60 % where other work
shares the machine.

Python holds more memory than a turn needs before the first one begins. Otherwise a large contestant
gives some back, and the next one pays for it with page faults: up to a third of its time.
"""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from statistics import median, quantiles
from typing import Any, NamedTuple

US = "lilyaref"
BY_HAND = "by hand"
COLUMNS = (US, BY_HAND, "Starlette", "Lilya", "Litestar")

NOISY = 0.10  # quartiles further apart than this are marked

Measure = Callable[[], float]
"""One turn. What it gives is in the unit of the row, per operation."""


class Figure(NamedTuple):
    """A median between its quartiles."""

    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Row:
    """One operation. The figure of `reference` is in `unit`, the others are times that."""

    operation: str
    unit: str
    reference: str
    figures: dict[str, Figure]

    def cell(self, column: str) -> str:
        figure = self.figures.get(column)
        if figure is None:
            return "-"
        low, middle, high = figure
        noisy = "~" if (high - low) / middle > NOISY else ""
        if column == self.reference:
            return f"{noisy}{middle:.3g} {self.unit}"
        return f"{noisy}{middle:.2f}x [{low:.2f}-{high:.2f}]"

    def as_json(self) -> dict[str, Any]:
        figures = {name: [round(x, 4) for x in figure] for name, figure in self.figures.items()}
        return asdict(self) | {"figures": figures}


def compare(
    operation: str,
    ways: Mapping[str, Measure],
    *,
    unit: str,
    reference: str = BY_HAND,
    rounds: int = 31,
) -> Row:
    """The row of *operation*, after so many *rounds*; every second one runs backwards."""
    names = list(ways)
    turns: list[dict[str, float]] = []
    ballast = [bytes(400) for _ in range(40_000)]
    ballast = ballast[::2000]  # one for each MiB, which Python keeps for its sake
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        for number in range(rounds):
            start = number % len(names)
            order = [*names[start:], *names[:start]][:: -1 if number % 2 else 1]
            turns.append({name: ways[name]() for name in order})
    finally:
        gc.enable()
        gc.unfreeze()
    figures = {
        name: figure([turn[name] / (1 if name == reference else turn[reference]) for turn in turns])
        for name in names
    }
    return Row(operation, unit, reference, figures)


def figure(values: list[float]) -> Figure:
    if len(values) == 1:
        return Figure(*values * 3)
    low, _, high = quantiles(values, n=4)
    return Figure(low, median(values), high)


def microseconds(work: Callable[[], object], operations: int) -> float:
    """The thread's own time for *work*: what other processes take is not counted."""
    begin = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - begin) / operations / 1000


def table(rows: list[Row]) -> str:
    lines = [["operation", *COLUMNS], *([r.operation, *map(r.cell, COLUMNS)] for r in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
