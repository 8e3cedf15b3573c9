"""Every link, anchor and asset of the built site leads somewhere inside it."""

import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from tests.docs.site import SITE_URL

LINK = re.compile(r'\s(?:href|src)="?([^"\s>]+)')
ID = re.compile(r'\sid="?([^"\s>]+)')
# Places outside the site that a reader may be sent to.
OUTSIDE = (
    "https://github.com/example/lilyaref",
    "https://keepachangelog.com/en/1.1.0/",
    "https://semver.org/spec/v2.0.0.html",
    "https://asgi.readthedocs.io/en/latest/",
    "https://www.iana.org/assignments/websocket/",
    "https://www.rfc-editor.org/rfc/rfc6455",
)


@cache
def ids(page: Path) -> set[str]:
    return {unescape(found) for found in ID.findall(page.read_text("utf-8"))}


def dead_links(site: Path) -> Iterator[str]:
    for page in sorted(site.rglob("*.html")):
        here = SITE_URL + page.relative_to(site).as_posix().removesuffix("index.html")
        for link in sorted({unescape(link) for link in LINK.findall(page.read_text("utf-8"))}):
            if not link.startswith(("data:", *OUTSIDE)) and not leads_somewhere(site, here, link):
                yield f"{page.relative_to(site)}: {link} leads nowhere"


def leads_somewhere(site: Path, here: str, link: str) -> bool:
    address = urljoin(here, link)
    parts = urlsplit(address)
    target = site / unquote(parts.path.removeprefix(urlsplit(SITE_URL).path))
    target = target / "index.html" if target.is_dir() else target
    inside = address.startswith(SITE_URL) and target.is_file()
    return inside and (not parts.fragment or unquote(parts.fragment) in ids(target))


def test_every_link_leads_somewhere(site: Path) -> None:
    dead = [*dead_links(site)]
    assert not dead, "\n".join(dead)
