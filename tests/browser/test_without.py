"""Where something is missing, the page is still read: no scripts, no clipboard."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.tabs import PHONE, tab

pytestmark = pytest.mark.anyio

HOMES = ["", "pt/", "zh/"]
COPIED = {
    "": "Copied to clipboard",
    "pt/": "Copiado para a área de transferência",
    "zh/": "已复制",
}
NEEDS_SCRIPTS = ".md-search, [for=__search], [for^=__palette], [data-clipboard-target], .md-top"


@pytest.mark.parametrize("home", HOMES)
async def test_without_scripts_a_page_is_read_and_offers_nothing_that_fails(
    browser: Browser, url: str, home: str
) -> None:
    async with tab(browser, url, java_script_enabled=False) as page:
        await page.goto(f"{url}{home}learn/routing/")
        await expect(page.locator("h1")).to_be_visible()
        programs = page.locator("article .highlight code")
        await expect(programs.first).to_contain_text("from lilyaref")
        assert await programs.count() == await programs.filter(visible=True).count() > 10
        await expect(page.locator(NEEDS_SCRIPTS).filter(visible=True)).to_have_count(0)
        await page.locator(".md-select").hover()
        await page.locator(".md-select a[hreflang=pt]").click()
        await page.wait_for_url(f"{url}pt/learn/routing/")


@pytest.mark.parametrize("home", HOMES)
async def test_without_scripts_a_phone_has_the_navigation(
    browser: Browser, url: str, home: str
) -> None:
    async with tab(browser, url, java_script_enabled=False, viewport=PHONE) as page:
        await page.goto(url + home)
        await page.locator(".md-header label[for=__drawer]").click()
        glossary = "a[href$='glossary/']"
        await page.locator(f".md-nav--primary > ul > li:has({glossary}) > label").click()
        await page.locator(f".md-nav--primary {glossary}").click()
        await page.wait_for_url(f"{url}{home}glossary/")


@pytest.mark.parametrize("home", HOMES)
async def test_without_a_clipboard_interface_a_program_is_still_copied(
    browser: Browser, url: str, home: str
) -> None:
    async with tab(browser, url) as page:
        await page.add_init_script("delete Navigator.prototype.clipboard")
        await page.goto(url + home)
        assert await page.evaluate("navigator.clipboard === undefined")
        await page.locator("[data-clipboard-target]").first.click()
        await expect(page.locator(".md-dialog")).to_have_text(COPIED[home])
        await page.locator(".md-search__input").click()
        await page.keyboard.press("Control+V")
        await expect(page.locator(".md-search__input")).to_have_value(re.compile("^from lilyaref"))
