"""What the i18n plugin shares between languages: search index, 404 page, line breaks."""

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

TRANSLATIONS = ("pt", "zh")
# Who searches for a call wants to use it, before its line in a list, its reasons and its history.
BOOSTS = {"websockets/": 1.5, "reference/api/": 0.5, "explanation/": 0.5, "changelog/": 0.5}
DOCUMENTED_CALL = re.compile(r"<li>\s*<code>(?:await )?(?:\w+\.)*(\w+)\(")
LINE_BREAK_IN_CHINESE = re.compile(r"(?<=[。！？；：，、”）])\n(?=\S)")


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Join Chinese sentences: where a source line ends, a browser would put a space."""
    return LINE_BREAK_IN_CHINESE.sub("", html) if config.theme["language"] == "zh" else html


def on_post_template(output: str, *, template_name: str, config: MkDocsConfig) -> str:
    """Keep the 404 page of each language: all three builds would write the same file."""
    language = config.theme["language"]
    if template_name != "404.html" or language == "en":
        return output
    Path(config.site_dir, language, template_name).write_text(output, "utf-8")
    return ""


@event_priority(-200)  # After the i18n plugin, which writes the common index at -100.
def on_post_build(*, config: MkDocsConfig) -> None:
    if config.plugins["i18n"].building:  # type: ignore[attr-defined]
        return
    common = json.loads(index_path(config, "en").read_text("utf-8"))
    for language in ("en", *TRANSLATIONS):
        path = index_path(config, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(only(language, common), ensure_ascii=False), "utf-8")


def index_path(config: MkDocsConfig, language: str) -> Path:
    return Path(config.site_dir, prefix(language), "search", "search_index.json")


def prefix(language: str) -> str:
    return f"{language}/" if language in TRANSLATIONS else ""


def only(language: str, index: dict[str, Any]) -> dict[str, Any]:
    settings = {**index["config"], "lang": [language]}
    entries = [
        {**entry, "location": entry["location"].removeprefix(prefix(language))}
        for entry in index["docs"]
        if language_of(entry["location"]) == language
    ]
    # A section that documents a call is found by its name as by its own title.
    settings["fields"] = {**settings["fields"], "calls": settings["fields"]["title"]}
    for entry in entries:
        entry["calls"] = " ".join(DOCUMENTED_CALL.findall(entry["text"]))
        for place, boost in BOOSTS.items():
            if entry["location"].startswith(place):
                entry["boost"] = boost
    if language == "pt":  # "ligacao" finds what "ligação" finds, in the same order.
        for name in ("title", "text"):
            settings["fields"] = {**settings["fields"], f"plain_{name}": settings["fields"][name]}
            for entry in entries:
                entry[f"plain_{name}"] = unaccented_words(entry[name])
    return {"config": settings, "docs": entries}


def language_of(location: str) -> str:
    first = location.partition("/")[0]
    return first if first in TRANSLATIONS else "en"


def unaccented_words(text: str) -> str:
    """The words of `text` that lose an accent, without it."""
    words = set(text.lower().split())
    return " ".join(sorted({unaccented(word) for word in words} - words))


def unaccented(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
