"""Whether a translation was made from the English page as it is now.

A translation keeps, in its front matter, a hash of the English source that it was made from.
`stale` shows what has changed in English since; `accept` writes the hash after a review.
"""

import hashlib
import re
import subprocess
import sys

from tests.docs.site import LANGUAGES, ROOT, pages

FRONT_MATTER = re.compile(r"\A---\n(.*?)^---\n", re.DOTALL | re.MULTILINE)
SOURCE = re.compile(r"^source: (\w+)\n", re.MULTILINE)


def fingerprint(english: str) -> str:
    """The first digits of the hash of a page, its front matter left out."""
    body = FRONT_MATTER.sub("", english.replace("\r\n", "\n"))
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def recorded(translation: str) -> str:
    front = FRONT_MATTER.match(translation.replace("\r\n", "\n"))
    found = SOURCE.search(front[1]) if front else None
    return found[1] if found else ""


def accepted(translation: str, source: str) -> str:
    """The translation with another hash."""
    line = f"source: {source}\n"
    if recorded(translation):
        return SOURCE.sub(line, translation, count=1)
    return translation.replace("---\n", f"---\n{line}", 1)


def read(page: str) -> str:
    return (ROOT / "docs" / page).read_text("utf-8")


def stale() -> list[str]:
    """The translations, such as `pt/websockets.md`, whose English page has changed."""
    return [
        f"{language}/{page}"
        for language in LANGUAGES[1:]
        for page in pages(language)
        if recorded(read(f"{language}/{page}")) != fingerprint(read(f"en/{page}"))
    ]


def changes(page: str) -> str:
    """What git knows: the English page then and now."""
    english = f"docs/en/{page.partition('/')[2]}"
    for commit in git("log", "--format=%h", "--", english).split():
        if fingerprint(git("show", f"{commit}:{english}")) == recorded(read(page)):
            return f"git diff {commit} -- {english}\n{git('diff', commit, '--', english)}"
    return f"No commit has the English page that it was made from; read {english} as a whole.\n"


def git(*arguments: str) -> str:
    command = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return command.stdout


def main(command: str, *names: str) -> None:
    if command == "accept":
        for name in names:
            source = fingerprint(read(f"en/{name.partition('/')[2]}"))
            (ROOT / "docs" / name).write_text(accepted(read(name), source), "utf-8")
            print(f"docs/{name} says what docs/en says now.")
        return
    for name in stale():
        print(f"docs/{name} is stale.\n{changes(name)}After the review: make accept PAGE={name}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
