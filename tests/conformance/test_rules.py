"""A class keeps the rules, and the programs of docs_src answer the same with it.

The class is lilyaref's, or what `--websocket=module:Class` names.
"""

from collections import Counter

import pytest

from tests.conformance.catalogue import RULES
from tests.conformance.programs import PROGRAMS
from tests.conformance.runner import Result
from tests.conformance.talk import Outcome


@pytest.mark.parametrize("check", RULES)
def test_the_class_keeps_the_rule(
    check: str, result: Result, ran: Counter[str], request: pytest.FixtureRequest
) -> None:
    judge(result.outcomes[check], request.config)
    ran["rules of conformance kept"] += 1


@pytest.mark.parametrize("check", PROGRAMS)
def test_the_program_answers_the_same(
    check: str, result: Result, request: pytest.FixtureRequest
) -> None:
    judge(result.outcomes[check], request.config)


def judge(outcome: Outcome | None, config: pytest.Config) -> None:
    """Fail if something else happens; a class of somebody else need not offer everything."""
    if outcome is not None:
        happens = " ".join(outcome).strip()
        if outcome.kind == "lacks" and config.getoption("--websocket"):
            pytest.skip(happens)
        pytest.fail(happens, pytrace=False)
