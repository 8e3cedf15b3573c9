"""The words on the buttons: in every language, and held to the rules of the pages."""

import importlib.util
import json
import re

import pytest

from docs.templates.run import ABSENT, needs
from tests.docs.site import ROOT, Block
from tests.docs.test_words import has_dictionary, misspelt, mistakes, untidy
from tests.test_docs_src import DOCS_SRC, PROGRAMS

WORDS: dict[str, dict[str, str]] = json.loads(
    (ROOT / "docs/assets/run/words.js").read_text("utf-8").removeprefix("export default ")
)
NAMES = [path.relative_to(DOCS_SRC).with_suffix("").as_posix() for path in PROGRAMS]


VALUE = re.compile(r"\{\w+\}( s\b| MB\b)?")  # with its unit


def prose(word: str) -> str:
    return VALUE.sub("", word)


def block(word: str) -> Block:
    return Block("p", "", (), (), (), prose(word))


def test_each_language_has_the_same_words() -> None:
    assert set(WORDS) == {"en", "pt", "zh"}
    assert WORDS["en"].keys() == WORDS["pt"].keys() == WORDS["zh"].keys()


def test_each_word_is_used() -> None:
    scripts = "".join(path.read_text("utf-8") for path in (ROOT / "docs/assets/run").glob("*.js"))
    written = scripts.replace((ROOT / "docs/assets/run/words.js").read_text("utf-8"), "")
    events = (ROOT / "docs/assets/run/harness.py").read_text("utf-8")
    known = {key for key in WORDS["en"] if f'"{key}"' in written + events}
    assert set(WORDS["en"]) - known - {*ABSENT.values(), "receive", "send"} == set()


@pytest.mark.parametrize("language", ["pt", "zh"])
def test_the_words_keep_to_the_glossary(language: str) -> None:
    english, own = WORDS["en"], WORDS[language]
    found = [m for key in own for m in mistakes(block(english[key]), block(own[key]), language)]
    assert found == []


def test_the_portuguese_words_are_spelt_right() -> None:
    if not has_dictionary():
        pytest.skip("No Portuguese dictionary")
    assert misspelt("\n".join(map(prose, WORDS["pt"].values()))) == []


def test_the_chinese_words_are_spaced_right() -> None:
    assert untidy("\n\n".join(word.strip() for word in WORDS["zh"].values())) == []


@pytest.mark.parametrize("name", [name for name in NAMES if needs(name)])
def test_what_a_program_needs_has_a_name(name: str) -> None:
    for need in needs(name):
        assert need in WORDS["en"] or importlib.util.find_spec(need)
