"""The built site as the tests see it: pages, and the bones of each."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import NamedTuple

from bs4 import BeautifulSoup, Tag

from tests.test_docs_src import DOCS_SRC

ROOT = Path(__file__).parent.parent.parent
SITE_URL = "https://lilyaref.example/below/a/path/"  # Links that forget the path lead nowhere.
LANGUAGES = ("en", "pt", "zh")
TEXTS = ["h1", "h2", "h3", "h4", "p", "li", "td", "th", "label", "summary"]
BLOCKS = [*TEXTS, "pre", "table", "ul", "ol", "figure", "details", "img"]


class Block(NamedTuple):
    """One block of a page: what must be the same in every language, and the words that must not."""

    kind: str
    id: str
    classes: tuple[str, ...]
    code: tuple[str, ...]
    links: tuple[str, ...]
    words: str

    @property
    def bones(self) -> tuple[object, ...]:
        return self[:-1]


def pages(language: str) -> list[str]:
    """The sources of a language, relative to its folder."""
    folder = ROOT / "docs" / language
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.md"))


@cache
def article(site: Path, language: str, page: str) -> Tag:
    """The page without what surrounds it, and without the anchors that Material adds."""
    soup = BeautifulSoup(html_path(site, language, page).read_text("utf-8"), "html.parser")
    found = soup.select_one("article.md-content__inner")
    assert found is not None, f"{language}/{page} has no article"
    for anchor in found.select("a.headerlink, a.md-content__button, pre a"):
        anchor.unwrap() if anchor.find_parent("pre") else anchor.decompose()
    return found


@cache
def blocks(site: Path, language: str, page: str) -> list[Block]:
    return list(_blocks(article(site, language, page)))


def html_path(site: Path, language: str, page: str) -> Path:
    folder = site if language == "en" else site / language
    name = re.sub(r"(^|/)index$", "", page.removesuffix(".md"))
    return folder / name / "index.html"


def _blocks(article: Tag) -> Iterator[Block]:
    for tag in article.find_all([*BLOCKS, "div"]):
        classes = tuple(name for name in tag.get_attribute_list("class") if name)
        if tag.name == "div" and "admonition" not in classes:
            continue
        if tag.name == "pre":
            yield Block("pre", "", _kinds(tag), (tag.get_text(),), (), "")
            continue
        yield Block(
            tag.name,
            str(tag.get("id", "")),
            classes,
            tuple(sorted(code.get_text() for code in tag.find_all("code"))),
            tuple(sorted(str(link["href"]) for link in tag.find_all("a", href=True))),
            _words(tag),
        )


def table(site: Path, language: str, page: str, section: str) -> list[list[str]]:
    """The cells of the table in a section, row by row, without the head."""
    whole = blocks(site, language, page)
    start = next(n for n, block in enumerate(whole) if block.id == section)
    after = whole[start + 1 :]
    end = next((n for n, block in enumerate(after) if block.kind in ("h2", "h3")), len(after))
    width = sum(block.kind == "th" for block in after[:end])
    cells = [block.words or " ".join(block.code) for block in after[:end] if block.kind == "td"]
    return [cells[n : n + width] for n in range(0, len(cells), width)]


def _kinds(pre: Tag) -> tuple[str, ...]:
    """The language of a program, its marked lines and its title."""
    box = pre.find_parent("div", class_="highlight")
    if not isinstance(box, Tag):
        return ()
    marks = [part.get_text() for part in box.select(".hll, .filename")]
    return *(str(name) for name in box.get_attribute_list("class")), *marks


def line_of(language: str, page: str, block: Block) -> int:
    """Where a block stands in its source, as far as it can be told."""
    source = (ROOT / "docs" / language / page).read_text("utf-8").splitlines()
    anchor = f"#{block.id} }}" if block.id else ""
    for clue in filter(None, [anchor, *block.classes[::-1], block.words[:15], *block.code]):
        for number, line in enumerate(source, 1):
            if clue in line:
                return number
    return 0


def _words(tag: Tag) -> str:
    """The text of a leaf, without its code and without words that stand for themselves."""
    if tag.find(BLOCKS):
        return ""
    own = [
        str(text)
        for text in tag.find_all(string=True)
        if not text.find_parent(["code", "svg"]) and not text.find_parent("span", lang=True)
    ]
    return " ".join("".join(own).split())


def unknown_includes() -> Iterator[str]:
    """MkDocs names the page; a reader needs the line, and the file that was meant."""
    files = [path.relative_to(DOCS_SRC).as_posix() for path in DOCS_SRC.rglob("*.py*")]
    for path in sorted((ROOT / "docs").rglob("*.md")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            name = line.strip().removeprefix('--8<-- "').rstrip('"')
            if "--8<--" in line and not (DOCS_SRC / name).exists():
                near = " or ".join(get_close_matches(name, files)) or "a file of docs_src"
                yield f"{path.relative_to(ROOT)}:{number}: {name!r} is no file; right is {near}"
