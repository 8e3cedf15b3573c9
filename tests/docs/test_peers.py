"""The pages that speak of other projects name the releases that were run."""

from pathlib import Path

import pytest

from tests.docs.site import LANGUAGES, table
from tests.docs.vocabulary import PEERS


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_releases_are_those_whose_words_are_known(site: Path, language: str) -> None:
    rows = table(site, language, "explanation/coming-from.md", "releases")
    assert [f"{project} {release}" for project, release, _ in rows] == [*PEERS]


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_pages_speak_of_the_same_releases(site: Path, language: str) -> None:
    sources = dict(table(site, language, "explanation/decisions.md", "sources"))
    for release in PEERS:
        project, _, version = release.partition(" ")
        assert version in sources[project]
