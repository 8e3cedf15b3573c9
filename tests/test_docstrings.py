"""The examples in docstrings are run, and every public thing has a docstring."""

import doctest
import importlib
import inspect
import pkgutil
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

import lilyaref

MODULES = [
    "lilyaref",
    *(f"lilyaref.{module.name}" for module in pkgutil.iter_modules(lilyaref.__path__)),
]

# These have no examples: there is nothing in them to show. Every other module has at least one.
WITHOUT_EXAMPLES = {"lilyaref", "lilyaref.types", "lilyaref.jsoncodec", "lilyaref.messages"}


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str, ran: Counter[str]) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0
    assert (result.attempted == 0) == (name in WITHOUT_EXAMPLES)
    ran["Examples in docstrings"] += result.attempted


def public(name: str) -> Iterator[tuple[str, Any]]:
    """The classes and functions that a module defines, with their methods."""
    module = importlib.import_module(name)
    for key, value in vars(module).items():
        if key.startswith("_") or getattr(value, "__module__", None) != name:
            continue
        if inspect.isclass(value) or inspect.isfunction(value):
            yield key, value
        if inspect.isclass(value):
            for method, thing in vars(value).items():
                if not method.startswith("_") and (
                    inspect.isfunction(thing) or isinstance(thing, property)
                ):
                    yield f"{key}.{method}", thing


@pytest.mark.parametrize("name", MODULES)
def test_every_public_thing_has_a_docstring(name: str) -> None:
    assert importlib.import_module(name).__doc__
    assert [key for key, value in public(name) if not inspect.getdoc(value)] == []
