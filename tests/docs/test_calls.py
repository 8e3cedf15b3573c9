"""Every inline code is true, in every language, in the READMEs and in the docstrings."""

import importlib
from pathlib import Path

import pytest

from tests.docs.calls import in_docstrings, in_markdown, lies, on_page
from tests.docs.site import ROOT
from tests.docs.test_translations import EVERY_PAGE

TEXTS = [*sorted(ROOT.glob("README*.md")), ROOT / "CONTRIBUTING.md"]
MODULES = sorted((ROOT / "lilyaref").glob("*.py"))


@pytest.mark.parametrize(("language", "page"), EVERY_PAGE)
def test_every_call_on_a_page_is_true(site: Path, language: str, page: str) -> None:
    found = lies(on_page(site, language, page))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_call_beside_the_pages_is_true(path: Path) -> None:
    found = lies(in_markdown(path.name, path.read_text("utf-8")))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_every_call_in_a_docstring_is_true(module: Path) -> None:
    names = vars(importlib.import_module(f"lilyaref.{module.stem}".removesuffix(".__init__")))
    also = frozenset({*names, *(other.stem for other in MODULES)})
    found = lies(in_docstrings(module), also)
    assert not found, "\n".join(found)
