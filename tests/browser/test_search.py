"""A search finds the right page first, in the reader's language alone."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.search import first_page, search
from tests.docs.site import LANGUAGES

pytestmark = pytest.mark.anyio

FOUND_FIRST = {
    "en": {
        "subprotocol": "websockets/",
        "receive_json": "websockets/",
        "close code": "reference/close-codes/",
        "lifecycle": "reference/lifecycle/",
        "uvicorn": "reference/servers/",
        "mount": "learn/routing/",
        "pytest": "learn/testing/",
        "glossary": "glossary/",
        "translating": "contributing/",
        "first connection": "learn/first-connection/",
        "WebSocketEndpoint": "learn/routing/",
        "iter_text": "websockets/",
    },
    "pt": {
        "ligação": "pt/learn/first-connection/",
        "ligacao": "pt/learn/first-connection/",
        "codigo de fecho": "pt/reference/close-codes/",
        "cabeçalhos": "pt/websockets/",
        "cabecalhos": "pt/websockets/",
        "glossario": "pt/glossary/",
        "servidores": "pt/reference/servers/",
        "parametros": "pt/websockets/",
        "tradução": "pt/contributing/",
        "traducao": "pt/contributing/",
        "encaminhamento": "pt/learn/routing/",
        "subprotocolo": "pt/websockets/",
        "send_json": "pt/websockets/",
    },
    "zh": {
        "子协议": "zh/websockets/",
        "关闭码": "zh/reference/close-codes/",
        "请求头": "zh/websockets/",
        "生命周期": "zh/reference/lifecycle/",
        "服务器": "zh/reference/servers/",
        "路由": "zh/learn/routing/",
        "术语表": "zh/glossary/",
        "翻译": "zh/contributing/",
        "等不到消息": "zh/learn/testing/",
        "处理函数": "zh/learn/routing/",
        "第一个连接": "zh/learn/first-connection/",
        "拒绝响应": "zh/learn/refusing/",
        "receive_text": "zh/websockets/",
    },
}
QUERIES = [(language, query) for language in FOUND_FIRST for query in FOUND_FIRST[language]]
NOTHING = {"en": "Nothing found.", "pt": "Nada encontrado.", "zh": "没有找到。"}
HOME = {"en": "", "pt": "pt/", "zh": "zh/"}


@pytest.mark.parametrize(("language", "query"), QUERIES)
async def test_a_search_finds_the_page(page: Page, url: str, language: str, query: str) -> None:
    if page.url != url + HOME[language]:
        await page.goto(url + HOME[language])
    assert await first_page(page, url, query) == FOUND_FIRST[language][query]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_search_without_result_says_how_to_go_on(
    page: Page, url: str, language: str
) -> None:
    await page.goto(url + HOME[language])
    await search(page, "xyzzy")
    said = page.get_by_role("status").filter(has_text=NOTHING[language])
    await expect(said).to_be_visible()
    await expect(said).to_contain_text("receive_json")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_search_stays_in_its_language(page: Page, url: str, language: str) -> None:
    await page.goto(url + HOME[language])
    assert (await first_page(page, url, "WebSocket")).startswith(HOME[language])
    links = await page.locator(".md-search-result__link").evaluate_all(
        "all => all.map(a => a.href)"
    )
    others = [url + HOME[other] for other in ("pt", "zh") if other != language]
    assert links
    assert not [link for link in links if link.startswith(tuple(others))]
