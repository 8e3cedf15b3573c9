"""*Run* on the pages: the programs, their transcripts and the reader's words, in Chromium.

Most tests read a site that hosts Python itself, with no way out of it. Where Pyodide's files are
missing (no npm, no network), they are skipped, unless LILYAREF_REQUIRE_BROWSER is set.
"""

import os
import re
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from docs.templates.run import CDN, FILES, python_files
from tests.browser.clicks import build_hosted, replay
from tests.browser.server import serve
from tests.browser.tabs import PHONE, tab, watched
from tests.browser.visits import WCAG, scripts
from tests.docs.site import article
from tests.run.test_harness import NAMES, RUNNABLE, program, replayed
from tests.run.test_words import WORDS

pytestmark = pytest.mark.anyio

TYPES = {".mjs": "text/javascript", ".wasm": "application/wasm", ".zip": "application/zip"}
ECHO = "websockets/echo"
BOOT = 60_000  # milliseconds that Python may take to start on a busy machine


@pytest.fixture(scope="module")
def python() -> Path:
    """The folder of Pyodide's files."""
    try:
        return python_files()
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        missing = f"no Pyodide for the tests of Run: {error}"
        if os.environ.get("LILYAREF_REQUIRE_BROWSER"):
            pytest.fail(missing)
        pytest.skip(missing)


@pytest.fixture(scope="module")
def hosted(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the site is served that was built with SELF_HOSTED=1."""
    target = tmp_path_factory.mktemp("hosted")
    build_hosted(target)
    with serve(target) as address:
        yield address


@asynccontextmanager
async def offline(browser: Browser, url: str, **options: Any) -> AsyncIterator[Page]:
    """A tab from which nothing leads out of the site."""

    async def only_here(route: Route) -> None:
        here = route.request.url.startswith((url, "data:", "blob:"))
        await (route.continue_() if here else route.abort())

    async with tab(browser, url, **options) as page:
        await page.context.route(lambda address: not address.startswith(url), only_here)
        yield page


@asynccontextmanager
async def with_cdn(browser: Browser, url: str, files: Path, hear: list[str]) -> AsyncIterator[Page]:
    """A tab that finds the CDN, of which *hear* notes the files that are asked for."""

    async def answer(route: Route) -> None:
        name = route.request.url.removeprefix(CDN)
        hear.append(name)
        headers = {"content-type": TYPES[Path(name).suffix], "access-control-allow-origin": "*"}
        if (files / name).exists():
            await route.fulfill(path=files / name, headers=headers)
        else:
            await route.abort()

    context = await browser.new_context()
    context.set_default_timeout(10_000)
    await context.route(f"{CDN}**", answer)
    page = await context.new_page()
    problems = watched(page, url)
    yield page
    await context.close()
    loud = [problem for problem in problems if CDN not in problem]
    assert not loud, "\n".join(loud)


@pytest.fixture(scope="module")
async def home(browser: Browser, hosted: str) -> AsyncIterator[Page]:
    """The home page, offline, with Python started once."""
    async with offline(browser, hosted) as page:
        await page.goto(hosted)
        await run(of(page, ECHO))
        yield page


@pytest.fixture
async def echo(home: Page) -> AsyncIterator[Locator]:
    """The panel of the echo, as new."""
    panel = of(home, ECHO)
    yield panel
    await button(panel, "reset").click()


def of(page: Page, name: str, end: str = "py") -> Locator:
    return page.locator(f'.run[aria-label$=" docs_src/{name}.{end}"]')


def button(panel: Locator, key: str, language: str = "en") -> Locator:
    return panel.get_by_role("button", name=WORDS[language][key], exact=True)


def status(panel: Locator) -> Locator:
    return panel.get_by_role("status")


async def run(panel: Locator, key: str = "run", says: str = "connected", lang: str = "en") -> None:
    await button(panel, key, lang).click()
    await expect(status(panel)).to_have_text(WORDS[lang][says], timeout=BOOT)


async def timeline(panel: Locator) -> list[str]:
    """Direction, type and values of each message; the seconds are not the same twice."""
    lines = await panel.locator(".run-message").all_inner_texts()
    return [re.sub(r"^[→←]| ?[\d.]+ s$", "", " ".join(line.split())).strip() for line in lines]


# --- Before the first click -------------------------------------------------------------------


async def test_nothing_is_loaded_before_the_first_click(page: Page, url: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(url, wait_until="networkidle")
    assert [each for each in asked if each.endswith((".zip", ".wasm", "worker.js"))] == []
    note = WORDS["en"]["size"].format(n=6, host="cdn.jsdelivr.net")
    await expect(of(page, ECHO)).to_contain_text(note)


async def test_every_program_has_its_button_or_the_reason_why_not(page: Page, url: str) -> None:
    await page.goto(f"{url}learn/testing/")
    shown = await page.locator(".highlight .filename").all_inner_texts()
    names = [one.removeprefix("docs_src/").removesuffix(".py") for one in shown if one[-1] == "y"]
    for name in names:
        await expect(of(page, name)).to_have_count(int(name in RUNNABLE))
    reasons = await page.locator(".run-needs").all_inner_texts()
    assert reasons == [
        "Does not run in a browser: it needs the package pytest and the package trio.",
        "Does not run in a browser: it needs the package pytest.",
    ]


async def test_without_scripts_a_page_is_as_it_was(browser: Browser, url: str, site: Path) -> None:
    async with tab(browser, url, java_script_enabled=False) as page:
        await page.goto(url)
        codes = await page.locator(".highlight code").all_text_contents()
        assert codes == [code.get_text() for code in article(site, "en", "index.md").select("pre")]
        assert await page.locator(".run, .run-needs").count() == 0


# --- Every program ----------------------------------------------------------------------------


async def test_every_program_does_here_what_it_does_in_cpython(
    home: Page, ran: Counter[str]
) -> None:
    await every_program_is_as_in_cpython(home)
    ran["programs that ran in the browser"] += len(RUNNABLE)


async def every_program_is_as_in_cpython(page: Page) -> None:
    told = await replay(page, [program(name) for name in RUNNABLE])
    answers = {name: one.events for name, one in zip(RUNNABLE, told, strict=True)}
    for name, events in answers.items():
        assert events[-1]["same"] == events[-1]["of"] > 0, name
    other = {
        name
        for name, events in answers.items()
        if timeless(events) != timeless(replayed(program(name)))
    }
    assert other <= TIMED


# How often a message goes to and fro in these depends on the clock.
TIMED = {"mistakes/wait_for_the_slowest"}


def timeless(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**event, "seconds": 0} for event in events]


async def test_every_transcript_of_a_page_is_the_same_with_one_click(
    browser: Browser, hosted: str
) -> None:
    async with offline(browser, hosted) as page:
        await page.goto(f"{hosted}learn/routing/")
        names = [name for name in NAMES if await of(page, name, "pycon").count()]
        assert names
        for name in names:
            panel = of(page, name, "pycon")
            await button(panel, "replay").click()
            await expect(status(panel)).to_have_text(
                re.compile(r"As on the page, in all \d+ steps\."), timeout=BOOT
            )


# --- The reader's connection ------------------------------------------------------------------


async def test_a_click_loads_python_from_the_cdn_where_every_program_runs_as_well(
    browser: Browser, url: str, python: Path
) -> None:
    asked: list[str] = []
    async with with_cdn(browser, url, python, asked) as page:
        await page.goto(url)
        await run(of(page, ECHO))
        assert sorted(asked) == sorted(FILES)
        assert await page.locator(".run-size").count() == 0
        assert await timeline(of(page, ECHO)) == [
            "The application receives websocket.connect",
            "The application sends websocket.accept headers=[]",
        ]
        await every_program_is_as_in_cpython(page)


async def test_the_reader_speaks_with_the_keyboard_alone(home: Page, echo: Locator) -> None:
    await button(echo, "run").focus()
    await home.keyboard.press("Enter")
    await expect(status(echo)).to_have_text(WORDS["en"]["connected"], timeout=BOOT)
    message = echo.get_by_label(WORDS["en"]["message"])
    while not await message.evaluate("field => field === document.activeElement"):
        await home.keyboard.press("Tab")
    await expect(message).to_have_value("Hello")  # what the transcript says first
    await home.keyboard.press("Enter")
    await expect(message).to_have_value("Goodbye")
    await message.fill("olá")
    await home.keyboard.press("Enter")
    await expect(echo.locator(".run-message")).to_have_count(6)
    assert (await timeline(echo))[2:] == [
        "The application receives websocket.receive text='Hello'",
        "The application sends websocket.send text='You said: Hello'",
        "The application receives websocket.receive text='olá'",
        "The application sends websocket.send text='You said: olá'",
    ]


async def test_the_reader_speaks_json_and_bytes(echo: Locator) -> None:
    await run(echo)
    message, kind = (echo.get_by_label(WORDS["en"][key]) for key in ("message", "kind"))
    await kind.select_option("JSON")
    await message.fill("{")
    await button(echo, "say").click()
    await expect(status(echo)).to_have_text(WORDS["en"]["not json"])
    for what, text in (("JSON", '{"petals": 6}'), ("Bytes", r"\xff")):
        await kind.select_option(what)
        await message.fill(text)
        await button(echo, "say").click()
    await expect(status(echo)).to_have_text(WORDS["en"]["error"])  # it iterates over text
    assert (await timeline(echo))[2:] == [
        """The application receives websocket.receive text='{"petals":6}'""",
        """The application sends websocket.send text='You said: {"petals":6}'""",
        r"The application receives websocket.receive bytes=b'\xff'",
    ]
    await expect(echo.locator(".run-error")).to_contain_text("WebSocketDataError")


@pytest.mark.parametrize(
    ("key", "end"),
    [("close", "code=4000 reason='tab closed'"), ("leave", "code=1006 reason=''")],
)
async def test_the_reader_leaves_in_two_ways(echo: Locator, key: str, end: str) -> None:
    await run(echo)
    await echo.get_by_label(WORDS["en"]["code"]).fill("4000")
    await echo.get_by_label(WORDS["en"]["reason"]).fill("tab closed")
    await button(echo, key).click()
    await expect(status(echo)).to_have_text(WORDS["en"]["over"])
    assert (await timeline(echo))[-1] == f"The application receives websocket.disconnect {end}"
    await expect(echo.get_by_label(WORDS["en"]["message"])).to_be_hidden()


async def test_the_reader_connects_otherwise(echo: Locator) -> None:
    await run(echo)
    await echo.get_by_label(WORDS["en"]["connect"]).fill('"/lilies?token=1"')
    await button(echo, "connect again").click()
    await expect(echo.locator(".run-connection")).to_have_text("Connection to /lilies")


# --- Editing ----------------------------------------------------------------------------------


async def edited(panel: Locator, old: str, new: str) -> Locator:
    await button(panel, "edit").click()
    editor = panel.page.locator("textarea.run-editor")
    await expect(editor).to_be_focused()
    await editor.fill((await editor.input_value()).replace(old, new))
    return editor


async def test_an_edited_program_runs_and_is_reset(home: Page, echo: Locator) -> None:
    await edited(echo, "You said", "I heard")
    await home.keyboard.press("Control+Enter")
    await expect(status(echo)).to_have_text(WORDS["en"]["connected"], timeout=BOOT)
    await button(echo, "say").click()
    await expect(echo.locator(".run-message").nth(3)).to_contain_text("I heard: Hello")
    transcript = of(home, ECHO, "pycon")
    await button(transcript, "replay").click()
    await expect(status(transcript)).to_have_text(
        f"Not as on the page: 1 of 3 steps differ. {WORDS['en']['edited']}"
    )
    await button(echo, "reset").click()
    await expect(home.locator("textarea.run-editor")).to_have_count(0)
    await expect(home.locator(".highlight pre").first).to_be_visible()
    await run(echo)
    await button(echo, "say").click()
    await expect(echo.locator(".run-message").nth(3)).to_contain_text("You said: Hello")


async def test_a_typo_is_answered_with_the_line_of_the_program(echo: Locator) -> None:
    await edited(echo, ".accept()", ".acept()")
    await run(echo, says="error")
    report = await echo.locator(".run-error").inner_text()
    assert report.splitlines()[:3] == [
        "Traceback (most recent call last):",
        f'  File "docs_src/{ECHO}.py", line 7, in app',
        "    await websocket.acept()",
    ]
    assert "Did you mean: 'accept'?" in report.replace(".accept", "accept")
    assert len(report.splitlines()) <= 5


async def test_an_endless_loop_is_stopped(echo: Locator) -> None:
    await edited(echo, "    await websocket.accept()", "    while True:\n        pass")
    await button(echo, "run").click()
    await expect(echo.locator(".run-connection")).to_be_visible(timeout=BOOT)
    await button(echo, "stop").click()
    await expect(status(echo)).to_have_text(WORDS["en"]["stopped"])
    await button(echo, "reset").click()
    await run(echo)  # another Python


async def test_another_program_ends_the_one_that_runs(home: Page, echo: Locator) -> None:
    await run(echo)
    transcript = of(home, ECHO, "pycon")
    await button(transcript, "replay").click()
    await expect(status(echo)).to_have_text(WORDS["en"]["stopped"])
    await expect(status(transcript)).to_have_text("As on the page, in all 3 steps.")


# --- What goes wrong --------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [*FILES, "packages.zip", "worker.js"])
async def test_a_missing_file_is_named(browser: Browser, url: str, missing: str) -> None:
    async def answer(route: Route) -> None:
        if missing in route.request.url:
            await route.abort()
        elif not route.request.url.startswith(CDN):
            await route.continue_()
        # else it is never answered, as on a bad line

    context = await browser.new_context()
    page = await context.new_page()
    await context.route("**", answer)
    await page.goto(url)
    await button(of(page, ECHO), "run").click()
    sentence = re.compile(rf"{re.escape(missing)}\S* could not be loaded")
    await expect(status(of(page, ECHO))).to_have_text(sentence)
    await context.close()


async def test_a_changed_file_is_not_run(browser: Browser, url: str, python: Path) -> None:
    changed = (python / "pyodide.mjs").read_bytes() + b"// changed"

    async def answer(route: Route) -> None:
        if route.request.url.endswith("pyodide.mjs"):
            headers = {"content-type": "text/javascript", "access-control-allow-origin": "*"}
            await route.fulfill(body=changed, headers=headers)
        # else it is never answered: only the changed file can end the waiting

    context = await browser.new_context()
    page = await context.new_page()
    await context.route(f"{CDN}**", answer)
    await page.goto(url)
    await button(of(page, ECHO), "run").click()
    await expect(status(of(page, ECHO))).to_contain_text("pyodide.mjs could not be loaded")
    await context.close()


async def test_a_page_runs_no_text_that_is_written_into_it(browser: Browser, url: str) -> None:
    page = await browser.new_page()
    await page.goto(url)
    ran = await page.evaluate(
        """() => new Promise((done) => {
            const script = document.createElement("script")
            script.textContent = "window.inline = true"
            document.head.append(script)
            setTimeout("window.text = true")
            setTimeout(() => done([window.inline, window.text]))
        })"""
    )
    assert ran == [None, None]
    await page.close()


# --- Readers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("pt", "dark"), ("zh", "light")])
async def test_each_reader_is_answered_in_their_language_without_barriers(
    browser: Browser, hosted: str, language: str, scheme: str
) -> None:
    async with offline(browser, hosted, viewport=PHONE, color_scheme=scheme) as page:
        await page.goto(hosted if language == "en" else f"{hosted}{language}/")
        panel = of(page, ECHO)
        await run(panel, lang=language)
        await button(panel, "say", language).click()
        await expect(panel.locator(".run-who").last).to_have_text(WORDS[language]["send"])
        await button(panel, "edit", language).click()
        await expect(page.locator("textarea.run-editor")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        await page.evaluate(scripts())
        assert await page.evaluate("(tags) => probes.barriers(tags)", WCAG) == []
