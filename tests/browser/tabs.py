"""A tab of the browser that hears what a reader does not see: complaints and outside requests."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    ViewportSize,
    async_playwright,
)

INSTALL = (
    "no Chromium for the browser tests; install one with: .venv/bin/playwright install chromium"
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
PHONE: ViewportSize = {"width": 390, "height": 844}


def executable(playwright: Playwright) -> str:
    """Playwright's own Chromium, or the one that the machine has."""
    own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    if found := next(filter(None, map(shutil.which, NAMES)), None):
        return found
    if os.environ.get("LILYAREF_REQUIRE_BROWSER"):
        pytest.fail(INSTALL)
    pytest.skip(INSTALL)


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**options(playwright))
        yield browser
        await browser.close()


@asynccontextmanager
async def reader() -> AsyncIterator[BrowserContext]:
    """A reader who has never been here, and whose browser keeps on disk what it has read."""
    async with async_playwright() as playwright:
        with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            context = await playwright.chromium.launch_persistent_context(
                profile, **options(playwright)
            )
            yield context
            await context.close()


def options(playwright: Playwright) -> dict[str, Any]:
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium's sandbox refuses root.
    return {
        "executable_path": executable(playwright),
        "args": ["--no-sandbox"] if root else [],
    }


@asynccontextmanager
async def tab(browser: Browser, url: str, **options: Any) -> AsyncIterator[Page]:
    """A page in a context of its own; *options* are those of `browser.new_context`.

    At its end the console must be empty, and every request must have stayed on the site.
    """
    context = await browser.new_context(**options)
    context.set_default_timeout(10_000)
    page = await context.new_page()
    problems = watched(page, url)
    yield page
    await context.close()
    assert not problems, "\n".join(problems)


def watched(page: Page, url: str) -> list[str]:
    """What goes wrong on a page from now on, unseen by the reader."""
    problems: list[str] = []
    host = url.split("/")[2]

    def on_console(message: ConsoleMessage) -> None:
        itself = message.location.get("url") == page.url  # A wrong address is one, and says so.
        if message.type in ("error", "warning") and not itself:
            problems.append(f"{page.url}: the console says: {message.text}")

    def on_request(request: Request) -> None:
        if not request.url.startswith((f"http://{host}/", "data:", "blob:")):
            problems.append(f"{page.url}: a request leaves the site: {request.url}")

    page.on("console", on_console)
    page.on("request", on_request)
    page.on("pageerror", lambda error: problems.append(f"{page.url}: uncaught: {error}"))
    return problems
