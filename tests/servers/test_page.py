"""The page about servers holds the matrix that the server tests hold."""

from pathlib import Path

import pytest

from tests.docs.site import LANGUAGES, table
from tests.servers import test_scenarios
from tests.servers.expectations import DIFFERENCES
from tests.servers.stacks import STACKS
from tests.servers.talk import sentence

SCENARIOS = [
    sentence(name)
    for name, test in vars(test_scenarios).items()
    if name.startswith("test_") and "talk" in test.__annotations__
]
PAGE = "reference/servers.md"
# The words for a cell, the promised one first.
WORDS = {"en": ("yes", "differs"), "pt": ("sim", "difere"), "zh": ("一致", "不同")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_matrix_of_the_page_is_that_of_the_tests(site: Path, language: str) -> None:
    yes, differs = WORDS[language]
    expected = [
        [
            differs if any(d.concerns(scenario, stack) for d in DIFFERENCES) else yes
            for stack in STACKS
        ]
        for scenario in SCENARIOS
    ]
    assert [row[1:] for row in table(site, language, PAGE, "matrix")] == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_difference_stands_on_the_page(site: Path, language: str) -> None:
    servers = [row[1] for row in table(site, language, PAGE, "differences")]
    assert servers == [
        ", ".join(stack.name for stack in difference.stacks) for difference in DIFFERENCES
    ]


def test_the_english_page_has_the_sentences_of_the_tests(site: Path) -> None:
    assert [row[0] for row in table(site, "en", PAGE, "matrix")] == SCENARIOS
    assert [(row[0], row[2]) for row in table(site, "en", PAGE, "differences")] == [
        (difference.scenario, difference.reason) for difference in DIFFERENCES
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_versions_on_the_page_are_those_that_were_run(site: Path, language: str) -> None:
    versions = [row[2] for row in table(site, language, PAGE, "measured")]
    assert versions == [
        ", ".join(f"{name} {version}" for name, version in stack.versions.items())
        for stack in STACKS
    ]
