import pytest
from playwright.async_api import Page

pytestmark = pytest.mark.anyio


async def test_home(page: Page, url: str) -> None:
    await page.goto(url)
    assert await page.title() == "lilyaref"
