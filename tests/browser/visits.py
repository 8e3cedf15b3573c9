"""One visit to every page, in several tabs: what is seen there, for the tests to judge."""

import asyncio
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, Page, TimeoutError, ViewportSize

from tests.browser.tabs import PHONE, watched
from tests.docs.site import LANGUAGES

TABS = 4
TRIES = 10
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PAPER: ViewportSize = {"width": 718, "height": 1000}  # A4 between its margins
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]  # All that the dark can change.
PROBES = Path(__file__).with_name("probes.js")


@dataclass
class Visit:
    """What one page showed."""

    problems: list[str] = field(default_factory=list)  # said on the console, or asked for elsewhere
    copied: list[dict[str, Any]] = field(default_factory=list)
    overflowing: list[str] = field(default_factory=list)
    on_paper: list[str] = field(default_factory=list)
    barriers: dict[str, list[str]] = field(default_factory=dict)  # by colour scheme


def addresses(site: Path) -> dict[str, list[str]]:
    """Every page of the built site by its language, relative to the English home page."""
    found = defaultdict(list)
    for path in sorted(site.rglob("index.html")):
        where = path.parent.relative_to(site).as_posix().removeprefix(".")
        first = where.partition("/")[0]
        found[first if first in LANGUAGES else "en"].append(f"{where}/" if where else "")
    return dict(found)


async def visit_all(browser: Browser, url: str, pages: list[str]) -> dict[str, Visit]:
    """Each page once, shared among the tabs."""
    visits: dict[str, Visit] = {}
    waiting = list(reversed(pages))

    async def work() -> None:
        context = await browser.new_context(viewport=DESKTOP, color_scheme="light")
        await context.add_init_script(scripts())
        page = await context.new_page()
        problems = watched(page, url)
        while waiting:
            where = waiting.pop()
            visits[where] = await visit(page, url + where)
            visits[where].problems = [*problems]
            problems.clear()
        await context.close()

    async with asyncio.TaskGroup() as tabs:
        for _ in range(TABS):
            tabs.create_task(work())
    return visits


async def visit(page: Page, address: str) -> Visit:
    seen = Visit()
    response = await page.goto(address)
    assert response, address
    assert response.ok, address
    seen.copied = await copied(page)
    await page.set_viewport_size(PHONE)
    seen.overflowing = await page.evaluate("probes.overflowing()")
    await in_colours(page, "dark")
    await page.set_viewport_size(PAPER)
    await page.emulate_media(media="print")
    seen.on_paper = await page.evaluate("probes.onPaper()")
    await page.emulate_media(media="screen")
    await page.set_viewport_size(DESKTOP)
    await page.evaluate("probes.thinOut()")
    seen.barriers["dark"] = await page.evaluate("(rules) => probes.barriers(rules)", COLOURS)
    await in_colours(page, "light")
    seen.barriers["light"] = await page.evaluate("(rules) => probes.barriers(rules)", WCAG)
    return seen


async def in_colours(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Wait for the page's own script, which may not listen yet when the colours change first."""
    name = {"light": "default", "dark": "slate"}[scheme]
    body = page.locator(f"body[data-md-color-scheme={name}]")
    for _ in range(TRIES):
        await page.emulate_media(color_scheme=scheme)
        with suppress(TimeoutError):
            return await body.wait_for(timeout=3000)
        await page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
    raise AssertionError(f"{page.url} does not turn {scheme}")


async def copied(page: Page) -> list[dict[str, Any]]:
    """What the button of each program copies; each is clicked by a gesture of its own."""
    programs = await page.evaluate("probes.programs()")
    texts = [await page.evaluate("(n) => probes.copied(n)", n) for n in range(programs)]
    await page.evaluate("probes.showAll()")
    return texts


@cache
def scripts() -> str:
    """axe, which looks for barriers, and our own probes."""
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
    return f"{axe}\n{PROBES.read_text('utf-8')}"
