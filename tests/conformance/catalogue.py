"""Every rule by its name: a coroutine function whose docstring says what it checks, and why."""

import inspect
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import NamedTuple

from tests.conformance.rules import (
    closing,
    denial,
    handshake,
    json_messages,
    leaving,
    receiving,
    scope,
    sending,
)
from tests.conformance.talk import Talk

GROUPS = {
    "scope": scope,
    "handshake": handshake,
    "receiving": receiving,
    "sending": sending,
    "json": json_messages,
    "leaving": leaving,
    "closing": closing,
    "denial": denial,
}


class Rule(NamedTuple):
    """One rule.

    Args:
        group: the section of the report.
        sentence: what it checks.
        source: the standard's section, or that it is our choice.
        choice: whether it is our choice and not a standard's.
        check: raises if the class does not keep it.
    """

    group: str
    sentence: str
    source: str
    choice: bool
    check: Callable[[Talk], Awaitable[None]]


def rules_of(group: str, module: ModuleType) -> dict[str, Rule]:
    return {
        name: rule(group, check)
        for name, check in vars(module).items()
        if inspect.iscoroutinefunction(check) and [*inspect.signature(check).parameters] == ["talk"]
    }


def rule(group: str, check: Callable[[Talk], Awaitable[None]]) -> Rule:
    sentence, _, source = (inspect.getdoc(check) or "").partition("\n\n")
    source = " ".join(source.split())
    return Rule(group, sentence, source.removesuffix("."), source.startswith("Our choice"), check)


RULES = {
    name: rule for group, module in GROUPS.items() for name, rule in rules_of(group, module).items()
}
