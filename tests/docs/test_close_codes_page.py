"""The table of close codes is that of the code: the numbers, their names, and which may travel."""

from pathlib import Path

import pytest

from lilyaref.codes import CloseCode, is_sendable
from tests.docs.site import LANGUAGES, table

PAGE = "reference/close-codes.md"
WORDS = {"en": ("yes", "no"), "pt": ("sim", "não"), "zh": ("可以", "不可以")}
EVERY_NUMBER = range(1 << 16)  # a close frame has two bytes for it (RFC 6455 §5.5.1)


def numbers(cell: str) -> range:
    """The numbers of a row: `1000` or `4000-4999`."""
    first, _, last = cell.partition("-")
    return range(int(first), int(last or first) + 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_has_one_row_and_in_order(site: Path, language: str) -> None:
    rows = table(site, language, PAGE, "table")
    assert [number for row in rows for number in numbers(row[0])] == [*EVERY_NUMBER]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_names_are_those_of_the_code(site: Path, language: str) -> None:
    named = {row[0]: row[1] for row in table(site, language, PAGE, "table") if row[1] != "–"}
    assert named == {str(int(code)): code.name for code in CloseCode}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_may_be_sent_is_what_close_accepts(site: Path, language: str) -> None:
    yes, no = WORDS[language]
    wrong = [
        number
        for row in table(site, language, PAGE, "table")
        for number in numbers(row[0])
        if row[-1] != (yes if is_sendable(number) else no)
    ]
    assert wrong == []
