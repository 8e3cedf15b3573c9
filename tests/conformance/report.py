"""The report: every rule and every program, on every framework. `make conformance` runs it.

It writes docs/conformance.json, from which the build makes the tables of the page, and prints them.
With --json it only prints what it would write.
"""

import datetime
import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.conformance.catalogue import RULES
from tests.conformance.peers import PEERS
from tests.conformance.programs import PROGRAMS
from tests.conformance.runner import Result, check
from tests.conformance.talk import Outcome

# What is counted apart.
PARTS = {
    "rules of the standards": [name for name, rule in RULES.items() if not rule.choice],
    "rules of our choice": [name for name, rule in RULES.items() if rule.choice],
    "programs": [*PROGRAMS],
}
STORED = Path(__file__).parent.parent.parent / "docs" / "conformance.json"


def measure() -> dict[str, Any]:
    """What docs/conformance.json holds."""
    results = {peer: check(spec, [*RULES, *PROGRAMS]) for peer, spec in PEERS.items()}
    return {
        "date": datetime.date.today().isoformat(),
        "python": platform.python_version(),
        "peers": {peer: described(peer, result) for peer, result in results.items()},
        "rules": {
            name: {
                "group": rule.group,
                "source": rule.source,
                "choice": rule.choice,
                "outcomes": outcomes(name, results),
            }
            for name, rule in RULES.items()
        },
        "programs": {name: outcomes(name, results) for name in PROGRAMS},
    }


def described(peer: str, result: Result) -> dict[str, str]:
    """The class of a framework and its release; the class of another one is named as such."""
    package = PEERS[peer].partition(".")[0].partition(":")[0]
    release = "" if peer == "lilyaref" else version(package)
    return {"class": PEERS[peer], "defined": result.home, "release": release}


def outcomes(name: str, results: dict[str, Result]) -> dict[str, Outcome]:
    """What happened instead, where something did."""
    found = {peer: result.outcomes[name] for peer, result in results.items()}
    return {peer: outcome for peer, outcome in found.items() if outcome is not None}


def word(outcome: Outcome | None) -> str:
    if outcome is None:
        return "yes"
    return "-" if outcome.kind == "lacks" else "NO"


def printed(found: dict[str, Any]) -> str:
    """The matrix as text."""
    peers = [*found["peers"]]
    wide = max(map(len, [*RULES, *PROGRAMS])) + 2
    lines = [" " * wide + "".join(f"{peer:>10}" for peer in peers)]
    rows = {name: row["outcomes"] for name, row in found["rules"].items()} | found["programs"]
    for name, row in rows.items():
        lines.append(name.ljust(wide) + "".join(f"{word(row.get(peer)):>10}" for peer in peers))
    for title, part in PARTS.items():
        kept = [sum(peer not in rows[name] for name in part) for peer in peers]
        head = f"{title}: kept of {len(part)}"
        lines.append(head.ljust(wide) + "".join(f"{number:>10}" for number in kept))
    return "\n".join([*lines, "yes: kept; NO: something else happens; -: not offered"])


def main() -> None:
    found = measure()
    if "--json" in sys.argv:
        print(json.dumps(found))
        return
    STORED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(printed(found))


if __name__ == "__main__":
    main()
