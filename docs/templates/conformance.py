"""Writes the report of conformance where a page asks for it: `<!-- conformance: closing -->`.

What was measured is in docs/conformance.json, which `make conformance` writes; the words, in every
language, are in docs/conformance.yml. A page asks for `measured`, `summary` or `programs`, or for
a group of rules.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

FOLDER = Path(__file__).parent.parent
PLACE = re.compile(r"^<!-- conformance: (?P<part>\w+) -->$", re.MULTILINE)


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    report = Report(config.theme["language"])
    return PLACE.sub(lambda place: report.part(place["part"]), markdown)


@cache
def measured() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "conformance.json").read_text("utf-8"))
    return found


@cache
def words() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "conformance.yml").read_text("utf-8"))
    return found


class Report:
    """The report in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.peers: dict[str, dict[str, str]] = measured()["peers"]

    def part(self, name: str) -> str:
        parts = {"measured": self.measured, "summary": self.summary, "programs": self.programs}
        return parts[name]() if name in parts else self.group(name)

    def say(self, word: str, *values: object, **named: object) -> str:
        return str(words()["words"][word][self.language]).format(*values, **named)

    def measured(self) -> str:
        """Which classes were measured, of which releases."""
        head = [self.say("framework"), self.say("class"), self.say("release")]
        when = self.say("measured", date=measured()["date"], python=measured()["python"])
        return "\n".join([*table(head, map(self.release, self.peers)), "", when])

    def release(self, peer: str) -> list[str]:
        about = self.peers[peer]
        of = [name for name, other in self.peers.items() if other["class"] == about["defined"]]
        where = f"`{about['class']}`"
        if of != [peer]:
            where += f" ({self.say('same', *of)})"
        return [peer, where, about["release"] or self.say("here")]

    def summary(self) -> str:
        """How many rules each class keeps, a standard's and our own apart."""
        rules, programs = measured()["rules"].values(), [*measured()["programs"].values()]
        standards = [rule["outcomes"] for rule in rules if not rule["choice"]]
        choices = [rule["outcomes"] for rule in rules if rule["choice"]]
        head = [
            self.say("framework"),
            self.say("standards"),
            self.say("choices"),
            self.say("answers"),
        ]
        rows = (
            [
                peer,
                sums(standards, peer),
                sums(choices, peer),
                sums(programs, peer),
            ]
            for peer in self.peers
        )
        return "\n".join(table(head, rows))

    def programs(self) -> str:
        """Which programs answer the same with each class."""
        head = [self.say("program"), *self.peers]
        rows = (
            [f"`docs_src/{name}`", *(self.verdict(row.get(peer)) for peer in self.peers)]
            for name, row in measured()["programs"].items()
        )
        return "\n".join(table(head, rows))

    def group(self, name: str) -> str:
        """The rules of a group, then what happens where a class does something else."""
        rules = {
            rule: found for rule, found in measured()["rules"].items() if found["group"] == name
        }
        head = [self.say("rule"), self.say("source"), *self.peers]
        rows = (self.row(rule, found) for rule, found in rules.items())
        explained = (self.explanation(rule, found["outcomes"]) for rule, found in rules.items())
        return "\n\n".join(["\n".join(table(head, rows)), *filter(None, explained)])

    def row(self, rule: str, found: dict[str, Any]) -> list[str]:
        outcomes = found["outcomes"]
        cells = [self.cell(rule, outcomes.get(peer)) for peer in self.peers]
        return [self.sentence(rule), self.source(found["source"]), *cells]

    def sentence(self, rule: str) -> str:
        return str(words()["rules"][rule][self.language]).rstrip(".。")

    def source(self, source: str) -> str:
        if not source.startswith("Our choice"):
            return f'<span lang="en">{source}</span>'
        _, _, projects = source.partition("; documented by ")
        documented = [f"; {self.say('documented')} {projects}"] if projects else []
        return self.say("choice") + "".join(documented)

    def cell(self, rule: str, outcome: list[str] | None) -> str:
        said = self.verdict(outcome)
        return f"[{said}](#{rule})" if said == self.say("differs") else said

    def verdict(self, outcome: list[str] | None) -> str:
        if outcome is None:
            return self.say("kept")
        return self.say("absent" if outcome[0] == "lacks" else "differs")

    def explanation(self, rule: str, outcomes: dict[str, list[str]]) -> str:
        """The rule, why it matters, and what happens; nothing where each class keeps it."""
        if all(kind == "lacks" for kind, _ in outcomes.values()):
            return ""
        said = words()["rules"][rule]
        lines = [f"**{said[self.language]}**", said["why"][self.language], *self.happens(outcomes)]
        text = ("" if self.language == "zh" else " ").join([*lines, self.say("name", rule)])
        return f"{text}\n{{ #{rule} }}"

    def happens(self, outcomes: dict[str, list[str]]) -> Iterator[str]:
        """One line for each thing that happens, with those where it does."""
        same: dict[tuple[str, str], list[str]] = {}
        for peer, (kind, what) in outcomes.items():
            same.setdefault((kind, what), []).append(peer)
        for (kind, what), peers in same.items():
            said = words()["outcomes"][kind][self.language].format(what)
            yield self.say("happens", who=self.say("comma").join(peers), what=said)


def sums(outcomes: list[dict[str, list[str]]], peer: str) -> str:
    found = [row.get(peer) for row in outcomes]
    kept = found.count(None)
    lacks = sum(outcome is not None and outcome[0] == "lacks" for outcome in found)
    return f"{kept}, {len(found) - kept - lacks}, {lacks}"


def table(head: list[str], rows: Any) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]
