"""The switcher keeps the page and the section; a wrong address is answered in its language."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.search import first_page
from tests.browser.tabs import tab
from tests.browser.visits import addresses
from tests.docs.site import LANGUAGES

pytestmark = pytest.mark.anyio

TAGS = {"en": "en", "pt": "pt-PT", "zh": "zh-Hans"}
NAMES = {"en": "English", "pt": "Português", "zh": "简体中文"}
HOME = {"en": "", "pt": "pt/", "zh": "zh/"}
NOT_FOUND = {"en": "Page not found", "pt": "Página não encontrada", "zh": "找不到页面"}
SWITCHES = [("en", "zh"), ("zh", "pt"), ("pt", "en")]


async def switch(page: Page, language: str) -> None:
    await page.locator(".md-select").hover()
    await page.get_by_role("link", name=NAMES[language], exact=True).click()
    await expect(page.locator("html")).to_have_attribute("lang", TAGS[language])


@pytest.mark.parametrize(("here", "there"), SWITCHES)
async def test_the_switcher_keeps_the_page_and_the_section(
    page: Page, url: str, site: Path, here: str, there: str
) -> None:
    for where in addresses(site)[here][::4]:
        name = where.removeprefix(HOME[here])
        await page.goto(url + where)
        ids = await page.locator("article h2[id]").evaluate_all("all => all.map(h => h.id)")
        section = f"#{ids[-1]}" if ids else ""
        await page.evaluate("(section) => location.hash = section", section)
        await switch(page, there)
        assert page.url == url + HOME[there] + name + section
        if section:
            await expect(page.locator(section)).to_be_in_viewport()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_wrong_address_is_answered_in_its_language(
    page: Page, url: str, language: str
) -> None:
    response = await page.goto(f"{url}{HOME[language]}learn/no-such-page/")
    assert response
    assert response.status == 404
    await expect(page.locator("html")).to_have_attribute("lang", TAGS[language])
    await expect(page.get_by_role("heading", level=1)).to_have_text(NOT_FOUND[language])
    assert await first_page(page, url, "receive_json") == f"{HOME[language]}websockets/"
    await page.keyboard.press("Escape")
    await page.locator("article li a").first.click()
    await page.wait_for_url(url + HOME[language])


async def test_a_wrong_address_without_scripts_is_answered_in_every_language(
    browser: Browser, url: str
) -> None:
    async with tab(browser, url, java_script_enabled=False) as page:
        await page.goto(f"{url}zh/no-such-page/")
        for language, words in NOT_FOUND.items():
            await expect(page.get_by_role("heading", name=words)).to_be_visible()
            assert await page.locator(f"section[lang={TAGS[language]}] a").count() == 3
