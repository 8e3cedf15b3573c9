"""Draws a table of the lifecycle where a page asks for it: `<!-- diagram: SEND | its label -->`.

Each state is a line from top to bottom, each row of the table an arrow from one line to another.
The pictures are drawn by the build, so they cannot differ from the code, and need no script.
"""

import re
from html import escape

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from lilyaref.lifecycle import RECEIVE, SEND, Table, WebSocketState

TABLES = {"RECEIVE": RECEIVE, "SEND": SEND}
PLACE = re.compile(r"^<!-- diagram: (?P<table>\w+) \| (?P<label>.+) -->$", re.MULTILINE)
COLUMN, ROW, TOP = 200, 46, 44  # in user units, which are pixels at full size


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    return PLACE.sub(lambda place: draw(TABLES[place["table"]], place["label"]), markdown)


def draw(table: Table, label: str) -> str:
    """The table as one `<svg>`, which *label* describes to those who cannot see it."""
    states = list(table)
    rows = [(before, kind, after) for before in table for kind, after in table[before].items()]
    width, height = COLUMN * len(states) + 30, TOP + ROW * len(rows) + 12
    parts = [
        f'<figure class="lifecycle" markdown="0"><svg role="img" aria-label="{escape(label)}" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        *(column(states, state, height) for state in states),
        *(arrow(states, *row, TOP + ROW * (n + 1)) for n, row in enumerate(rows)),
        "</svg></figure>",
    ]
    return "\n".join(parts)


def x(states: list[WebSocketState], state: WebSocketState) -> float:
    return COLUMN * (states.index(state) + 0.5)


def column(states: list[WebSocketState], state: WebSocketState, height: int) -> str:
    at = x(states, state)
    return (
        f'<text class="state" x="{at}" y="20">{state}</text>'
        f'<line class="column" x1="{at}" y1="30" x2="{at}" y2="{height}"/>'
    )


def arrow(
    states: list[WebSocketState], before: WebSocketState, kind: str, after: WebSocketState, y: int
) -> str:
    start, end = x(states, before), x(states, after)
    if before is after:  # the row leads back to its own state: a small loop
        line, head = f"M{start} {y - 14}h26v14h-20", f"M{end} {y}l8 -4v8z"
        text = f'<text class="loop" x="{start + 34}" y="{y - 3}">{escape(kind)}</text>'
    else:
        line, head = f"M{start} {y}H{end - 6}", f"M{end} {y}l-8 -4v8z"
        text = f'<text x="{(start + end) / 2}" y="{y - 8}">{escape(kind)}</text>'
    return f'<path class="row" d="{line}"/><path class="head" d="{head}"/>{text}'
