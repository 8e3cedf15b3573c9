"""How many examples hypothesis runs: a few here, more in CI, and there always the same."""

import os
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.properties.examples import EXAMPLES

SLOW_MACHINE = [HealthCheck.too_slow]

settings.register_profile(
    "local", max_examples=300, deadline=None, print_blob=True, suppress_health_check=SLOW_MACHINE
)
settings.register_profile(
    "ci",
    max_examples=1000,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=SLOW_MACHINE,
)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True)
def reported(ran: Counter[str]) -> Iterator[None]:
    """The examples of a test are added to the last lines of the run."""
    yield
    ran.update(EXAMPLES)
    EXAMPLES.clear()
