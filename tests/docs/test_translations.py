"""The three languages have one skeleton, and each has its own words."""

import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from lilyaref import lifecycle
from tests.conformance.peers import PEERS
from tests.docs.site import LANGUAGES, ROOT, Block, blocks, html_path, line_of, pages
from tests.docs.site import table as cells
from tests.servers.stacks import STACKS
from tests.test_docs_src import DOCS_SRC

HAN = re.compile(r"[\u4e00-\u9fff]")
EVERY_PAGE = [
    pytest.param(language, page, id=f"{language}/{page}")
    for language in LANGUAGES
    for page in pages("en")
]
TRANSLATED = [case for case in EVERY_PAGE if case.values[0] != "en"]
# What is called the same in every language.
SERVERS = {word for stack in STACKS for word in (*stack.name.split(), *stack.versions)}
UNITS = {"MiB", "kB", "ms", "µs"}
NAMES = {"WebSocket", "ASGI", "JSON", "Litestar", "RFC", "TCP", "scope", *UNITS, *SERVERS, *PEERS}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_pages(language: str) -> None:
    assert pages(language) == pages("en")


@pytest.mark.parametrize(("language", "page"), TRANSLATED)
def test_a_translation_has_the_skeleton_of_the_english_page(
    site: Path, language: str, page: str
) -> None:
    for block, found in differences(blocks(site, "en", page), blocks(site, language, page)):
        pytest.fail(f"docs/{language}/{page}:{line_of(language, page, block)}: {found}")


def differences(english: list[Block], translated: list[Block]) -> Iterator[tuple[Block, str]]:
    """What stands in a translation where the English page has something else."""
    for number, (right, here) in enumerate(zip_longest(english, translated), 1):
        if right is None or here is None:
            last = here or translated[-1]
            yield last, f"block {number} is {here!r:.200}; right is {right!r:.200}"
        elif here.bones != right.bones:
            field = next(n for n in Block._fields if getattr(here, n) != getattr(right, n))
            was, be = lines(getattr(here, field)), lines(getattr(right, field))
            odd = [one for one in was if one not in be], [one for one in be if one not in was]
            yield (
                here,
                f"block {number}, {here.words!r:.60}: {field} has {odd[0]}; right is {odd[1]}",
            )


def lines(field: str | tuple[str, ...]) -> list[str]:
    return [field] if isinstance(field, str) else "\n".join(field).split("\n")


@pytest.mark.parametrize(("language", "page"), TRANSLATED)
def test_a_translation_is_translated(site: Path, language: str, page: str) -> None:
    pairs = zip(blocks(site, "en", page), blocks(site, language, page), strict=True)
    same = [there.words for here, there in pairs if is_prose(here) and here.words == there.words]
    assert same == [], f"docs/{language}/{page} has English left in it"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_the_navigation_is_translated(site: Path, language: str) -> None:
    left = titles(site, "en") & titles(site, language) - NAMES
    assert not left, f"mkdocs.yml, nav_translations of {language}: lacks {', '.join(left)}"


def titles(site: Path, language: str) -> set[str]:
    """What the navigation calls the pages."""
    home = BeautifulSoup(html_path(site, language, "index.md").read_text("utf-8"), "html.parser")
    tags = home.select(".md-nav--primary .md-ellipsis")
    return {" ".join(tag.get_text().split()) for tag in tags}


@pytest.mark.parametrize("page", pages("en"))
def test_chinese_prose_is_chinese(site: Path, page: str) -> None:
    foreign = [
        block.words
        for block in blocks(site, "zh", page)
        if is_prose(block) and not HAN.search(block.words)
    ]
    assert foreign == []


def is_prose(block: Block) -> bool:
    """Whether a block has a word that is not a name or a number."""
    return bool(set(re.findall(r"[^\W\d]{2,}", block.words)) - NAMES)


@pytest.mark.parametrize(("language", "page"), EVERY_PAGE)
def test_python_on_a_page_is_exactly_one_included_file(language: str, page: str) -> None:
    own = own_code((ROOT / "docs" / language / page).read_text("utf-8"))
    assert not own, "\n".join(f"docs/{language}/{page}:{line}: has code of its own" for line in own)


def own_code(source: str) -> list[int]:
    """The lines that open a fence with Python in it which is not exactly one included file."""
    fences = re.finditer(r"^ *```py.*?\n(.*?)^ *```", source, re.DOTALL | re.MULTILINE)
    return [
        source.count("\n", 0, fence.start()) + 1
        for fence in fences
        if not re.fullmatch(r' *--8<-- "[\w/]+\.py(con)?"\n', fence[1])
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_file_of_docs_src_is_shown(language: str) -> None:
    sources = [(ROOT / "docs" / language / page).read_text("utf-8") for page in pages(language)]
    orphans = not_shown(sources)
    assert not orphans, f"docs/{language} shows nowhere: {', '.join(orphans)}"


def not_shown(sources: list[str]) -> list[str]:
    """The files of docs_src that no page includes."""
    shown = {*re.findall(r'^ *--8<-- "(.+)"$', "\n".join(sources), re.MULTILINE)}
    return [
        name
        for path in sorted(DOCS_SRC.rglob("*.py*"))
        if (name := path.relative_to(DOCS_SRC).as_posix()) not in shown
        and path.suffix in (".py", ".pycon")
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "table"), [("receiving", lifecycle.RECEIVE), ("sending", lifecycle.SEND)]
)
def test_the_tables_of_the_page_are_the_tables_of_the_code(
    site: Path, language: str, name: str, table: lifecycle.Table
) -> None:
    rows = [
        [state.name, kind, after.name]
        for state, row in table.items()
        for kind, after in row.items()
    ]
    assert cells(site, language, "reference/lifecycle.md", name) == rows


@pytest.mark.parametrize(
    ("readme", "page"),
    [("README.md", "en"), ("README.pt.md", "pt"), ("README.zh.md", "zh")],
)
def test_a_readme_shows_the_first_program_as_it_is(readme: str, page: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    for name in ("echo.py", "echo.pycon"):
        file = ROOT / "docs_src" / "websockets" / name
        assert file.read_text("utf-8") in text, f"{readme} and {name} differ"
