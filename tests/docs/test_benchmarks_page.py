"""The page about performance holds the figures that `make bench` has written."""

import json
from pathlib import Path

import pytest

from docs.templates.benchmarks import COLUMNS, LANGUAGES, SOURCE, TABLES, WORDS, write
from tests.docs.site import blocks

FOUND = json.loads(SOURCE.read_text("utf-8"))
MEASURED = (SOURCE.parent / "en" / "explanation" / "performance.md").read_text("utf-8")


@pytest.mark.parametrize("name", TABLES)
def test_every_row_of_a_table_has_been_measured(name: str) -> None:
    assert not TABLES[name].keys() - FOUND["rows"].keys()
    assert f"<!-- benchmarks: {name} -->" in MEASURED


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_its_head_its_rows_and_its_figures(name: str, language: str) -> None:
    lines = [line[2:-2].split(" | ") for line in write(name, language).split("\n")]
    head, rule, *rows = lines
    assert head[0] == WORDS["operation"][LANGUAGES.index(language)]
    assert {len(line) for line in lines} == {len(head)}
    assert {*rule} == {"---"}
    assert [row[0] for row in rows] == [
        words[LANGUAGES.index(language)] for words in TABLES[name].values()
    ]
    assert all("×" in " ".join(row) for row in rows)


def test_the_page_has_the_machine_and_every_release(site: Path) -> None:
    text = " ".join(block.words for block in blocks(site, "en", "explanation/performance.md"))
    assert FOUND["machine"] in text
    assert FOUND["python"] in text
    assert all(f"{name} {release}" in text for name, release in FOUND["releases"].items())
    assert "<!-- benchmarks" not in text
    assert all(column in text for column in COLUMNS)
