"""`make clicks`: how long a reader waits after a click on *Run*, and what each program says.

Times are printed and never asserted. The site hosts Python itself and is served by this machine, so
that no line to a CDN is measured.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from playwright.async_api import BrowserContext, Page

from docs.assets.run.harness import Program
from tests.browser.server import serve
from tests.browser.tabs import reader
from tests.docs.site import ROOT, SITE_URL
from tests.run.test_harness import RUNNABLE, program

ROUNDS = 5
CLICK = """() => new Promise((done) => {
    const panel = document.querySelector(".run")
    const before = panel.querySelector(".run-message")
    const begin = performance.now()
    const look = () => {
        const first = panel.querySelector(".run-message")
        if (!first || first === before) return setTimeout(look, 1)
        requestAnimationFrame(() => done(performance.now() - begin))
    }
    panel.querySelector("button").click()
    look()
})"""
REPLAY = """async (programs) => {
    const script = document.querySelector("script[src$='run/run.js']").src
    const { ask } = await import(script.replace("run.js", "python.js"))
    const replay = (program) => new Promise((done) => {
        const begin = performance.now()
        const events = []
        ask({ ask: "replay", program }, (event) => {
            events.push(event)
            if (event.kind === "replayed") done({ events, milliseconds: performance.now() - begin })
        })
    })
    const all = []
    for (const program of programs) all.push(await replay(program))
    return all
}"""


class Replayed(NamedTuple):
    """What a transcript did in the browser, and how long it took from the request to its end."""

    events: list[dict[str, Any]]
    milliseconds: float


async def replay(page: Page, programs: Sequence[Program]) -> list[Replayed]:
    """Run the transcripts of *programs* one after the other, on a page that has *Run*."""
    answers = await page.evaluate(REPLAY, [program._asdict() for program in programs])
    return [Replayed(**answer) for answer in answers]


def build_hosted(target: Path) -> None:
    """Build the site that works offline."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)]
    environment = {**os.environ, "SITE_URL": SITE_URL, "SELF_HOSTED": "1"}
    subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)


async def opened(context: BrowserContext, url: str) -> Page:
    page = await context.new_page()
    await page.goto(url, wait_until="networkidle")
    return page


async def waits(url: str) -> dict[str, list[float]]:
    """Milliseconds from the click to the first message on the screen."""
    found: dict[str, list[float]] = {"the first time": [], "on the next page": [], "again": []}
    for _ in range(ROUNDS):
        async with reader() as context:
            page = await opened(context, url)
            found["the first time"].append(await page.evaluate(CLICK))
            for _ in range(2):
                await page.wait_for_timeout(500)
                found["again"].append(await page.evaluate(CLICK))
            await page.close()
            page = await opened(context, url)
            found["on the next page"].append(await page.evaluate(CLICK))
    return found


async def measure(url: str) -> None:
    print("Click to first message, median and all, in milliseconds:")
    for when, times in (await waits(url)).items():
        each = " ".join(f"{one:.0f}" for one in times)
        print(f"  {when:<17} {median(times):6.0f}   {each}")
    print(f"\n{'program':<45} messages      ms")
    async with reader() as context:
        page = await opened(context, url)
        programs = [program(name) for name in RUNNABLE]
        await replay(page, programs[:1])  # starts Python
        for name, one in zip(RUNNABLE, await replay(page, programs), strict=True):
            messages = sum(event["kind"] == "message" for event in one.events)
            print(f"{name:<45} {messages:8} {one.milliseconds:7.1f}")


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        build_hosted(Path(place))
        with serve(Path(place)) as url:
            asyncio.run(measure(url))


if __name__ == "__main__":
    main()
