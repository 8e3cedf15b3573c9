"""A reader without a mouse reaches everything."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.tabs import tab

pytestmark = pytest.mark.anyio

LABELS = {  # skip, scheme, language, copy, copied
    "": ("Skip to content", "Switch to light mode", "Select language", "Copied to clipboard"),
    "pt/": (
        "Ir para o conteúdo",
        "Mudar para o modo claro",
        "Selecionar o idioma",
        "Copiado para a área de transferência",
    ),
    "zh/": ("跳转到正文", "切换到浅色模式", "选择当前语言", "已复制"),
}
HOMES = list(LABELS)


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until *selector* has the focus, and see that the reader sees where it is."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


@pytest.mark.parametrize("home", HOMES)
async def test_the_first_stop_skips_to_the_content(page: Page, url: str, home: str) -> None:
    await page.goto(f"{url}{home}learn/routing/")
    await page.keyboard.press("Tab")
    focused = page.locator(":focus")
    await expect(focused).to_have_text(LABELS[home][0])
    await expect(focused).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await tab_to(page, "article *")
    await expect(page.locator("article :focus")).to_be_in_viewport()


@pytest.mark.parametrize("home", HOMES)
async def test_a_search_needs_no_mouse(page: Page, url: str, home: str) -> None:
    await page.goto(url + home)
    await page.keyboard.press("/")
    await page.keyboard.insert_text("uvicorn")
    await page.keyboard.press("End")
    await expect(page.locator(".md-search-result__link").first).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{url}{home}reference/servers/**")


@pytest.mark.parametrize("home", HOMES)
async def test_the_language_is_switched_without_a_mouse(page: Page, url: str, home: str) -> None:
    there = HOMES[HOMES.index(home) - 1]
    await page.goto(f"{url}{home}glossary/")
    await tab_to(page, ".md-select button")
    assert await page.locator(":focus").get_attribute("aria-label") == LABELS[home][2]
    await tab_to(page, f".md-select a[hreflang={there[:2] or 'en'}]")
    await expect(page.locator(":focus")).to_be_visible()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{url}{there}glossary/")


@pytest.mark.parametrize("home", HOMES)
async def test_the_colours_are_changed_without_a_mouse(
    browser: Browser, url: str, home: str
) -> None:
    async with tab(browser, url, color_scheme="dark") as page:
        await page.goto(url + home)
        body = page.locator("body")
        await expect(body).to_have_attribute("data-md-color-scheme", "slate")
        await tab_to(page, "input[name=__palette]")
        assert await page.locator(":focus").get_attribute("aria-label") == LABELS[home][1]
        await page.keyboard.press("ArrowRight")
        await expect(body).to_have_attribute("data-md-color-scheme", "default")
        await page.reload()
        await expect(body).to_have_attribute("data-md-color-scheme", "default")


@pytest.mark.parametrize("home", HOMES)
async def test_a_program_is_copied_without_a_mouse(browser: Browser, url: str, home: str) -> None:
    async with tab(browser, url, permissions=["clipboard-read"]) as page:
        await page.goto(url + home)
        await tab_to(page, "[data-clipboard-target]")
        await page.keyboard.press("Enter")
        await expect(page.locator(".md-dialog")).to_have_text(LABELS[home][3])
        copied = await page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("from lilyaref")
