"""Each page of the built site, in each language: all are visited once."""

from doctest import DocTestParser
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.visits import Visit, addresses, visit_all
from tests.docs.site import LANGUAGES, ROOT

pytestmark = pytest.mark.anyio
Visits = dict[str, Visit]


@pytest.fixture(scope="module")
async def all_visits(browser: Browser, url: str, site: Path) -> dict[str, Visits]:
    pages = addresses(site)
    seen = await visit_all(browser, url, [page for each in pages.values() for page in each])
    return {language: {page: seen[page] for page in pages[language]} for language in pages}


@pytest.fixture(params=LANGUAGES)
def visits(request: pytest.FixtureRequest, all_visits: dict[str, Visits]) -> Visits:
    return all_visits[request.param]


async def test_no_page_complains_or_asks_elsewhere(visits: Visits) -> None:
    problems = [problem for visit in visits.values() for problem in visit.problems]
    assert not problems, "\n".join(problems)


async def test_no_page_is_wider_than_a_phone(visits: Visits) -> None:
    wide = {page: visit.overflowing for page, visit in visits.items() if visit.overflowing}
    assert not wide, by_page(wide)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_page_has_a_barrier(visits: Visits, scheme: str) -> None:
    barriers = {page: found for page, visit in visits.items() if (found := visit.barriers[scheme])}
    assert not barriers, by_page(barriers)


async def test_every_page_can_be_printed(visits: Visits) -> None:
    wrong = {page: visit.on_paper for page, visit in visits.items() if visit.on_paper}
    assert not wrong, by_page(wrong)


async def test_every_program_is_copied_exactly(visits: Visits) -> None:
    programs = [(page, program) for page, visit in visits.items() for program in visit.copied]
    assert len(programs) > len(visits)
    for page, program in programs:
        title, text = program["title"], program["text"]
        assert program["buttons"] == 1, f"{page}: {program['buttons']} buttons copy {text}"
        assert program["copied"] == to_copy(title, text), f"{page}: {title} is not what is copied"


def to_copy(title: str, text: str) -> str:
    """A program is its file, a transcript what a reader would type, a command is itself."""
    source = (ROOT / title).read_text("utf-8") if title else text
    if title.endswith(".pycon"):
        source = "".join(example.source for example in DocTestParser().get_examples(source))
    return source.rstrip("\n")


def by_page(found: dict[str, list[str]]) -> str:
    return "\n".join(f"{page or '(home)'}: {each}" for page in found for each in found[page])
