"""Writes what was counted into the pages: `{{ calls }}` becomes the number in docs/figures.json.

The tests keep the file equal to what they count; `make figures` updates it.
"""

import json
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

SOURCE = Path(__file__).parent.parent / "figures.json"


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    figures = json.loads(SOURCE.read_text("utf-8"))
    return re.sub(r"\{\{ (\w+) \}\}", lambda place: str(figures[place[1]]), markdown)
