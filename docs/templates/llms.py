"""Writes llms.txt, a list of the pages of a language, and llms-full.txt, their text."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page

SNIPPETS = Path(__file__).parent.parent.parent / "docs_src"
INCLUDE = re.compile(r'^--8<-- "(.+)"$', re.MULTILINE)
ONLY_FOR_BROWSERS = re.compile(r" \{ [#.][^}]* \}|<figure.*?</figure>\n", re.DOTALL)

_nav: dict[str, Navigation] = {}


@event_priority(-200)  # After the i18n plugin, which translates the navigation at -100.
def on_nav(nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
    _nav[config.theme["language"]] = nav
    return nav


def on_env(env: Environment, *, config: MkDocsConfig, files: Files) -> None:
    """Write both, now that every page has been read."""
    language = config.theme["language"]
    nav, home = _nav[language], "" if language == "en" else language
    head = f"# {config.site_name}\n\n> {config.site_description}\n"
    folder = Path(config.site_dir, home)
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("llms.txt").write_text("\n".join([head, *lines(nav.items)]) + "\n", "utf-8")
    texts = [f"{head}\n", *(text(page) for page in nav.pages)]
    folder.joinpath("llms-full.txt").write_text("\n".join(texts), "utf-8")


def lines(items: list[Any]) -> Iterator[str]:
    """Each page with its address and its description; each section of the navigation a heading."""
    for item in items:
        if isinstance(item, Section):
            yield from [f"\n## {item.title}\n", *lines(item.children)]
        elif isinstance(item, Page):  # what awaits its translation is a link without a page
            yield f"- [{item.title}]({item.canonical_url}): {item.meta['description']}"


def text(page: Page) -> str:
    """The source of a page, with the programs that it includes."""
    source = page.markdown or ""
    shown = INCLUDE.sub(lambda place: SNIPPETS.joinpath(place[1]).read_text("utf-8"), source)
    return f"<!-- {page.canonical_url} -->\n\n{ONLY_FOR_BROWSERS.sub('', shown).strip()}\n"
