"""Every documented call is executed by a transcript, and every public name is documented."""

from pathlib import Path

import pytest

from tests.docs.calls import documented, promised
from tests.docs.execution import snippets
from tests.docs.site import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_documented_call_is_executed(
    site: Path, language: str, table: dict[str, list[str]]
) -> None:
    calls = documented(site, language)
    table |= {name: snippets(name) for name in sorted(calls)}
    empty = [
        f"{calls[name].place}: no transcript executes {name}" for name in calls if not table[name]
    ]
    assert not empty, "\n".join(empty)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_public_name_is_documented(site: Path, language: str) -> None:
    missing = promised() - documented(site, language).keys()
    assert not missing, f"docs/{language} never names: {', '.join(sorted(missing))}"
