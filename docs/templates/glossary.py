"""Writes the table of docs/glossary.yml where a page has `<!-- glossary -->`.

As a program it prints the dictionary for the Chinese search: `make words` keeps docs/jieba.txt.
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

SOURCE = Path(__file__).parent.parent / "glossary.yml"
NAMES = {"en": ("en", "English"), "pt": ("pt-PT", "Português"), "zh": ("zh-Hans", "简体中文")}


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    return markdown.replace("<!-- glossary -->", table())


@cache
def terms() -> list[dict[str, Any]]:
    return list(yaml.safe_load(SOURCE.read_text("utf-8")))


def words(term: dict[str, Any], language: str) -> list[str]:
    """How a language says it; the first is the usual one."""
    return term[language] if isinstance(term[language], list) else [term[language]]


def table() -> str:
    head = row({language: name for language, (_, name) in NAMES.items()})
    body = [row({language: words(term, language)[0] for language in NAMES}) for term in terms()]
    return "\n".join([head, "|---|---|---|", *body])


def row(cells: dict[str, str]) -> str:
    spans = [f'<span lang="{NAMES[name][0]}">{text}</span>' for name, text in cells.items()]
    return f"| {' | '.join(spans)} |"


def dictionary() -> str:
    tokens = [words(term, "zh")[0] for term in terms() if term.get("token")]
    return "".join(f"{token} 100 n\n" for token in tokens)


if __name__ == "__main__":
    print(dictionary(), end="")
