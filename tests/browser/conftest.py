"""The built site in a real browser.

`url` is the address of the English home page, `browser` is Chromium, `page` is one tab for a whole
module. A test that needs another tab (a phone, no scripts, a clipboard) opens one with
`tests.browser.tabs.tab`.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.browser.server import serve
from tests.browser.tabs import INSTALL, launched, tab


@pytest.fixture(scope="session")
def url(site: Path) -> Iterator[str]:
    """Where the site is served: `url + "pt/websockets/"` is a page."""
    with serve(site) as address:
        yield address


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """Playwright needs asyncio."""
    return "asyncio"


@pytest.fixture(scope="module")  # For a session its loop would still run in other modules' tests.
async def browser(anyio_backend: str) -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
async def page(browser: Browser, url: str) -> AsyncIterator[Page]:
    """One tab on a desktop, for the tests of a module; each begins by going somewhere."""
    async with tab(browser, url) as page:
        yield page


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if any(INSTALL in str(report.longrepr) for report in terminalreporter.getreports("skipped")):
        terminalreporter.write_line(f"skipped: {INSTALL}")
