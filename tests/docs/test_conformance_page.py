"""The report of conformance: its words, and that what is stored is what a run gives."""

import json
import os
import subprocess
from typing import Any

import pytest

from docs.templates.conformance import measured, words
from tests.conformance.catalogue import RULES
from tests.conformance.peers import PEERS
from tests.conformance.programs import PROGRAMS
from tests.docs.site import LANGUAGES, ROOT
from tests.docs.test_words import has_dictionary, misspelt, untidy

PYTHON = ROOT / ".venv" / "conformance" / "bin" / "python"
STALE = "run: make conformance"


def sentences(language: str) -> str:
    """All the words of the report in a language, one below the other."""

    def leaves(node: Any) -> list[str]:
        if language in node:
            return [node[language], *leaves(node.get("why", {}))]
        return [text for child in node.values() for text in leaves(child)] if node else []

    return "\n\n".join(leaves(words()))


def test_the_english_sentence_of_a_rule_is_that_of_its_docstring() -> None:
    english = {name: text["en"] for name, text in words()["rules"].items()}
    assert english == {name: rule.sentence for name, rule in RULES.items()}


def test_every_word_is_there_in_every_language() -> None:
    texts = [*words()["words"].values(), *words()["outcomes"].values()]
    for rule in words()["rules"].values():
        texts += [{key: text for key, text in rule.items() if key != "why"}]
        texts += [rule["why"]] if "why" in rule else []
    for text in texts:
        assert set(text) == {*LANGUAGES}, text
        assert all(text.values()), text


def test_a_rule_that_some_class_does_not_keep_says_why_it_matters() -> None:
    explained = {name for name, rule in words()["rules"].items() if "why" in rule}
    differ = {
        name
        for name, row in measured()["rules"].items()
        if any(kind != "lacks" for kind, _ in row["outcomes"].values())
    }
    assert explained == differ


def test_the_words_are_spelt_right() -> None:
    assert untidy(sentences("zh")) == []
    assert not has_dictionary() or misspelt(sentences("pt")) == []


def test_the_report_has_every_rule_and_every_program() -> None:
    stored = {
        name: (row["group"], row["source"], row["choice"])
        for name, row in measured()["rules"].items()
    }
    assert stored == {n: (r.group, r.source, r.choice) for n, r in RULES.items()}, STALE
    assert [*measured()["programs"]] == [*PROGRAMS], STALE
    assert {name: about["class"] for name, about in measured()["peers"].items()} == PEERS, STALE


def test_lilyaref_keeps_every_rule_in_the_report() -> None:
    rows = [row["outcomes"] for row in measured()["rules"].values()]
    assert not any("lilyaref" in row for row in [*rows, *measured()["programs"].values()]), STALE


def test_the_releases_in_the_report_are_those_that_are_pinned() -> None:
    pins = (ROOT / "requirements" / "conformance.txt").read_text("utf-8").split()
    releases = {name: about["release"] for name, about in measured()["peers"].items()}
    assert releases.pop("lilyaref") == ""
    assert {f"{name.lower()}=={release}" for name, release in releases.items()} <= {*pins}, STALE


def test_the_report_is_what_a_run_gives() -> None:
    if not PYTHON.exists():
        missing = "The other projects are not installed; to install them: make conformance"
        assert not os.environ.get("LILYAREF_REQUIRE_PEERS"), missing
        pytest.skip(missing)
    command = [str(PYTHON), "-m", "tests.conformance.report", "--json"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, encoding="utf-8")
    found = json.loads(run.stdout)
    when = {"date": measured()["date"], "python": measured()["python"]}
    assert {**found, **when} == measured(), STALE
