"""What was checked, in figures: at the end of the run, and on the home page."""

import json
from collections import Counter
from pathlib import Path

import pytest

from docs.templates import figures as home
from tests.docs.calls import documented, lies, on_page
from tests.docs.execution import snippets
from tests.docs.freshness import stale
from tests.docs.site import LANGUAGES, pages
from tests.test_docs_src import TRANSCRIPTS


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_run_ends_with_a_summary(site: Path, language: str, ran: Counter[str]) -> None:
    checked = documented(site, language)
    untrue = [lie for page in pages(language) for lie in lies(on_page(site, language, page))]
    executed = sum(bool(snippets(name)) for name in checked)
    known = f"{len(checked) + len(untrue)} calls documented, {len(checked)} checked, executed"
    ran[f"docs/{language}: {len(pages(language))} pages, {known}"] = executed
    ran["stale pages"] = len(stale())
    assert executed == len(checked) == len(checked) + len(untrue)


def test_the_figures_on_the_home_page_are_those_of_the_tests(
    site: Path, request: pytest.FixtureRequest
) -> None:
    [calls] = {len(documented(site, language)) for language in LANGUAGES}
    figures = {"calls": calls, "pages": len(pages("en")), "snippets": len(TRANSCRIPTS)}
    if request.config.getoption("--figures"):
        home.SOURCE.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    assert json.loads(home.SOURCE.read_text("utf-8")) == figures, "run: make figures"
