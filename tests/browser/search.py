"""How a reader searches."""

from urllib.parse import urlsplit

from playwright.async_api import Page, expect

# What the search says while nothing is sought; before, it says that it is being made ready.
READY = """JSON.parse(document.querySelector("#__config").textContent)
.translations["search.result.placeholder"]"""


async def search(page: Page, words: str) -> None:
    """Type *words* and wait for the answer to them."""
    field = page.locator(".md-search__input")
    answer = page.locator(".md-search-result__meta")
    await field.fill("")
    await field.press("End")  # Material listens to keys, and Chinese text is put in without any.
    await expect(page.locator(".md-search-result__link")).to_have_count(0)
    ready: str = await page.evaluate(READY)
    await expect(answer).to_have_text(ready)
    await field.fill(words)
    await field.press("End")
    await expect(answer).not_to_have_text(ready)


async def first_page(page: Page, url: str, words: str) -> str:
    """The page that stands first for *words*, relative to the English home page."""
    await search(page, words)
    links = page.locator(".md-search-result__link")
    address = await links.first.get_attribute("href") or "" if await links.count() else "nothing"
    return urlsplit(address)._replace(query="", fragment="").geturl().removeprefix(url)
