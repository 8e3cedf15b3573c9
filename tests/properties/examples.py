"""How many examples the property tests ran, counted in their bodies."""

from collections import Counter

EXAMPLES: Counter[str] = Counter()


def count() -> None:
    EXAMPLES["examples of the property tests"] += 1
