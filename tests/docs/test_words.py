"""The terms of docs/glossary.yml in the translations, Portuguese spelling, Chinese typography."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import autocorrect_py
import pytest

from docs.templates.glossary import dictionary, terms, words
from tests.docs.site import LANGUAGES, ROOT, Block, blocks, line_of
from tests.docs.test_translations import TRANSLATED

# The prose of a language, and what in it is none.
PROSE = {
    language: [*sorted((ROOT / "docs" / language).rglob("*.md")), ROOT / f"README.{language}.md"]
    for language in LANGUAGES[1:]
}
NO_PROSE = re.compile(
    r"^```.*?^```|`[^`]+`|<.*?>|\{.*?\}|\]\(.*?\)|^source:.*?$|^\w+:(?= )|\w+://\S+",
    re.DOTALL | re.MULTILINE,
)


@cache
def pattern(word: str, language: str) -> re.Pattern[str]:
    """The word in its forms: plural in English, any ending in Portuguese."""
    if language == "zh":
        return re.compile(re.escape(word))
    if language == "en":
        return re.compile(rf"\b{word}e?s?\b", re.IGNORECASE)
    parts = [part if len(part) < 4 else rf"{part[:-2]}\w*" for part in word.split()]
    return re.compile(rf"\b{' '.join(parts)}", re.IGNORECASE)


def mistakes(english: Block, translated: Block, language: str) -> Iterator[str]:
    for term in terms():
        right = words(term, language)
        said = any(pattern(word, language).search(translated.words) for word in right)
        if pattern(term["en"], "en").search(english.words) and not said:
            yield f"{translated.words!r:.60} lacks {right[0]!r} for {term['en']!r}"
        for wrong in term.get("not", {}).get(language, ()):
            if re.search(wrong if language == "zh" else rf"\b{wrong}\b", translated.words.lower()):
                yield f"{translated.words!r:.60} has {wrong!r}; right is {right[0]!r}"


@pytest.mark.parametrize(("language", "page"), TRANSLATED)
def test_a_translation_keeps_to_the_glossary(site: Path, language: str, page: str) -> None:
    pairs = zip(blocks(site, "en", page), blocks(site, language, page), strict=True)
    found = [
        f"docs/{language}/{page}:{line_of(language, page, pair[1])}: {mistake}"
        for pair in pairs
        for mistake in mistakes(*pair, language)
    ]
    assert not found, "\n".join(found)


def test_the_chinese_search_knows_the_words_of_the_glossary() -> None:
    assert (ROOT / "docs" / "jieba.txt").read_text("utf-8") == dictionary(), "run: make words"


@pytest.mark.parametrize("path", PROSE["zh"], ids=lambda path: path.name)
def test_chinese_typography_is_right(path: Path) -> None:
    found = untidy(path.read_text("utf-8"))
    assert not found, "\n".join(f"{path.relative_to(ROOT)}:{mistake}" for mistake in found)


def untidy(chinese: str) -> list[str]:
    lines = autocorrect_py.lint_for(chinese, "markdown").lines
    return [f"{line.line}: {line.old.strip()!r}; right is {line.new.strip()!r}" for line in lines]


@pytest.mark.parametrize("path", PROSE["pt"], ids=lambda path: path.name)
def test_portuguese_is_spelt_right(path: Path) -> None:
    if not has_dictionary():
        missing = "No Portuguese dictionary; on Debian: apt-get install hunspell hunspell-pt-pt"
        assert not os.environ.get("LILYAREF_REQUIRE_DICTIONARY"), missing
        pytest.skip(missing)
    text = path.read_text("utf-8")
    found = [
        f"{path.relative_to(ROOT)}:{text[: text.find(word)].count(chr(10)) + 1}: {word!r}"
        for word in misspelt(text)
    ]
    assert not found, "\n".join([*found, "is misspelt, or new for tests/docs/words.pt.txt"])


@cache
def has_dictionary() -> bool:
    found = shutil.which("hunspell") and hunspell("", "-D")
    return bool(found) and "pt_PT" in str(found)


def misspelt(portuguese: str) -> list[str]:
    prose = NO_PROSE.sub(" ", portuguese)
    known = {*(ROOT / "tests" / "docs" / "words.pt.txt").read_text("utf-8").split()}
    unknown = {word.strip("-") for word in hunspell(prose, "-l").split()}
    return sorted(unknown - known - {""})


def hunspell(text: str, what: str) -> str:
    command = ["hunspell", "-d", "pt_PT", "-i", "utf-8", what]
    run = subprocess.run(command, input=text, capture_output=True, encoding="utf-8")
    return run.stdout + (run.stderr if what == "-D" else "")
