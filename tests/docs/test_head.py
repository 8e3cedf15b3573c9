"""What a page says to search engines, to shared links, to programs and to screen readers."""

import json
import re
import struct
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup, Tag

from tests.docs.site import LANGUAGES, ROOT, SITE_URL, html_path, pages

TAGS = {"en": "en", "pt": "pt-PT", "zh": "zh-Hans"}
LOCALES = {"en": "en_GB", "pt": "pt_PT", "zh": "zh_CN"}
PAGES = [(language, page) for language in LANGUAGES for page in pages(language)]
EDIT = "https://github.com/example/lilyaref/edit/main/"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
# Names, and what is written alike in every language.
SAME_EVERYWHERE = {
    "lilyaref",
    "WebSocket",
    "GitHub",
    "BSD-3-Clause",
    "English",
    "Português",
    "简体中文",
}


@cache
def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def one(path: Path, selector: str, attribute: str) -> str:
    found = soup(path).select(selector)
    assert len(found) == 1, f"{path}: {len(found)} times {selector}"
    return str(found[0][attribute])


def address(language: str, page: str) -> str:
    folder = html_path(Path(), language, page).parent.as_posix()
    return SITE_URL if folder == "." else f"{SITE_URL}{folder}/"


def alternates(links: list[Tag]) -> dict[str, str]:
    return {str(link["hreflang"]): str(link["href"]) for link in links}


def every_language(page: str) -> dict[str, str]:
    return {language: address(language, page) for language in LANGUAGES}


@pytest.mark.parametrize(("language", "page"), PAGES)
def test_a_page_names_its_language_its_address_and_its_translations(
    site: Path, language: str, page: str
) -> None:
    path = html_path(site, language, page)
    assert one(path, "html", "lang") == TAGS[language]
    assert one(path, "link[rel=canonical]", "href") == address(language, page)
    links = soup(path).select("head link[rel~=alternate]")
    assert alternates(links) == {**every_language(page), "x-default": address("en", page)}
    assert one(path, "a[rel=edit]", "href") == f"{EDIT}docs/{language}/{page}"


@pytest.mark.parametrize(("language", "page"), PAGES)
def test_a_shared_link_has_a_title_a_summary_and_a_picture(
    site: Path, language: str, page: str
) -> None:
    path = html_path(site, language, page)
    description = one(path, "meta[name=description]", "content")
    assert description == one(path, 'meta[property="og:description"]', "content")
    assert one(path, 'meta[property="og:title"]', "content").strip()
    assert one(path, 'meta[property="og:url"]', "content") == address(language, page)
    assert one(path, 'meta[property="og:locale"]', "content") == LOCALES[language]
    picture = one(path, 'meta[property="og:image"]', "content")
    assert picture == f"{SITE_URL}assets/social/{language}.png"
    head = (site / picture.removeprefix(SITE_URL)).read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    assert struct.unpack(">II", head[16:]) == (1200, 630)


def test_the_sitemap_lists_every_page_with_its_translations(site: Path) -> None:
    listed = {
        str(url.findtext(f"{SITEMAP}loc")): {
            link.attrib["hreflang"]: link.attrib["href"] for link in url.findall(f"{XHTML}link")
        }
        for url in ElementTree.parse(site / "sitemap.xml").getroot()
    }
    assert listed == {address(language, page): every_language(page) for language, page in PAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_programs_find_every_page_with_what_it_is_about(site: Path, language: str) -> None:
    folder = html_path(site, language, "index.md").parent
    listed = dict(
        re.findall(
            r"^- \[.+\]\((.+)\): (.+)$", folder.joinpath("llms.txt").read_text("utf-8"), re.M
        )
    )
    assert listed == {
        address(language, page): one(
            html_path(site, language, page), "meta[name=description]", "content"
        )
        for page in pages(language)
    }
    full = folder.joinpath("llms-full.txt").read_text("utf-8")
    assert all(f"<!-- {where} -->" in full for where in listed)
    assert (ROOT / "docs_src" / "websockets" / "echo.py").read_text("utf-8") in full
    assert "--8<--" not in full


def interface(path: Path) -> set[str]:
    """The words around the page: labels, hints, buttons, navigation, and what scripts will say."""
    whole = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    script = whole.select_one("script#__config")
    assert script is not None
    said = {*json.loads(script.get_text())["translations"].values()}
    for own in whole.select("article, [data-md-type=toc]"):
        own.decompose()
    for tag in whole.find_all(True):
        said |= {str(tag.get(name, "")) for name in ("aria-label", "title", "placeholder")}
    said |= {*whole.stripped_strings}
    return {words for words in said if re.search(r"[^\W\d_]", words)}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_the_words_around_a_page_are_in_its_language(site: Path, language: str) -> None:
    english = interface(html_path(site, "en", "learn/routing.md"))
    untranslated = interface(html_path(site, language, "learn/routing.md")) & english
    assert untranslated <= SAME_EVERYWHERE


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_address_has_a_page_in_each_language(site: Path, language: str) -> None:
    path = html_path(site, language, "index.md").parent / "404.html"
    assert one(path, "html", "lang") == TAGS[language]
    own = [] if language == "en" else [language]
    sections = [str(section["lang"]) for section in soup(path).select("article section")]
    assert sections == [TAGS[each] for each in own or LANGUAGES]
    assert not soup(path).select("link[rel~=alternate], link[rel=canonical]")
