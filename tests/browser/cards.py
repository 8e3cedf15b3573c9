"""Draws the picture that stands beside a shared link, one for each language: `make cards`.

The pictures are kept in docs/assets/social, so that the build needs no browser. The machine that
draws them needs a Chinese font, such as Debian's fonts-noto-cjk.
"""

import asyncio

from mkdocs.config import load_config

from tests.browser.tabs import launched
from tests.docs.site import ROOT

FOLDER = ROOT / "docs" / "assets" / "social"
CARD = """
<style>
  body {{ margin: 0; width: 1200px; height: 630px; box-sizing: border-box; padding: 0 90px;
         display: flex; align-items: center; gap: 60px; color: #fff;
         background: #1f5a4c;
         font-family: "Noto Sans CJK SC", sans-serif }}
  svg {{ width: 260px; flex: none; fill: #cfe9e0 }}
  h1 {{ margin: 0 0 22px; font-size: 104px; line-height: 1 }}
  p {{ margin: 0; font-size: 44px; line-height: 1.35; text-wrap: balance; color: #e4f2ed }}
  code {{ display: block; margin-top: 44px; color: #f2c08a; font: 30px monospace }}
</style>
<body>{logo}<main><h1>lilyaref</h1><p lang="{language}">{tagline}</p>
<code>await websocket.accept()</code></main>
"""


def taglines() -> dict[str, str]:
    """What the site says of itself, in each language."""
    config = load_config(str(ROOT / "mkdocs.yml"))
    languages = config.plugins["i18n"].config.languages
    return {
        each.locale: str(each.site_description or config.site_description) for each in languages
    }


async def draw() -> None:
    logo = (ROOT / "docs" / "assets" / "logo.svg").read_text("utf-8").replace('fill="#fff"', "")
    async with launched() as browser:
        page = await browser.new_page(viewport={"width": 1200, "height": 630})
        for language, tagline in taglines().items():
            await page.set_content(CARD.format(logo=logo, language=language, tagline=tagline))
            await page.screenshot(path=FOLDER / f"{language}.png")


if __name__ == "__main__":
    asyncio.run(draw())
