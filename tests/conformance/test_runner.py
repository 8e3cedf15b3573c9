"""Whatever a class does, each check has its outcome and the run its end."""

from pathlib import Path

import pytest

from tests.conformance.catalogue import RULES
from tests.conformance.runner import Unusable, check
from tests.conformance.talk import Outcome

WRONG = "tests.conformance.wrong"
# A class that nobody has seen before: it closes and sends well, and goes wrong in every other way.
STRANGER = """
import os

class WebSocket:
    def __init__(self, scope, receive, send):
        self.scope, self._receive, self._send = scope, receive, send

    async def accept(self):
        await self._receive()
        await self._send({"type": "websocket.accept"})

    async def close(self, code=1000):
        print("noise")
        await self._send({"type": "websocket.close", "code": code})

    async def send_text(self, data):
        while True:
            try:
                pass
            except BaseException:
                pass

    async def send_bytes(self, data):
        os._exit(3)

    async def receive_text(self):
        raise SystemExit("no")

    async def receive_bytes(self):
        return (await self._receive())["bytes"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder outside this project, where somebody else works."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_class_that_was_never_seen_is_judged_rule_by_rule(folder: Path) -> None:
    (folder / "tests").mkdir()
    (folder / "tests" / "__init__.py").write_text("")  # it must not be taken for these tests
    (folder / "stranger.py").write_text(STRANGER)
    expected = {
        "close_says_1000": None,
        "text_is_sent_as_text": Outcome("hangs"),
        "bytes_are_sent_as_bytes": Outcome("ended"),
        "text_arrives_as_it_was_sent": Outcome("raised", "SystemExit"),
        "bytes_arrive_as_they_were_sent": None,
        "empty_bytes_are_a_message": None,
        "a_loop_gets_every_text": Outcome("lacks", "iter_text"),
        "close_passes_the_reason_on": Outcome("lacks", "reason"),
        "a_longer_reason_is_not_sent": Outcome("lacks", "reason"),
        "a_code_below_1000_is_not_sent": Outcome("sent", "websocket.close"),
        "a_second_close_is_a_mistake": Outcome("sent", "websocket.close"),
        "websockets/refuse_with_403.py": Outcome("lacks", "query_params"),
    }
    result = check("stranger:WebSocket", expected, limit=2)
    assert result.home == "stranger:WebSocket"
    assert result.outcomes == expected


@pytest.mark.parametrize(
    ("source", "spec", "message"),
    [
        ("", "broken", "'broken' is not of the form module:Class."),
        ("", "nowhere:WebSocket", "nowhere:WebSocket cannot be imported: ModuleNotFoundError: "),
        ("", "broken:WebSocket", "broken:WebSocket cannot be imported: AttributeError: "),
        ("WebSocket = 7", "broken:WebSocket", "broken:WebSocket is no class: int cannot be called"),
        ("raise ValueError('a\\nb')", "broken:A", "broken:A cannot be imported: ValueError: a b"),
        ("import os; os._exit(3)", "broken:A", "broken:A cannot be imported: the import does not"),
    ],
    ids=["form", "no module", "no class", "no callable", "raises", "ends"],
)
def test_a_class_that_cannot_be_imported_is_said_in_one_line(
    folder: Path, source: str, spec: str, message: str
) -> None:
    (folder / "broken.py").write_text(source)
    with pytest.raises(Unusable) as error:
        check(spec, ["close_says_1000"])
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_every_rule_says_what_it_checks_and_by_what() -> None:
    for name, rule in RULES.items():
        assert rule.sentence.endswith("."), name
        assert "\n" not in rule.sentence, name
        assert rule.source.startswith(("RFC ", "ASGI", "Our choice")), name
    standards = [rule for rule in RULES.values() if not rule.choice]
    assert len(standards) >= 60


def test_every_rule_can_be_broken() -> None:
    broken = [
        {name for name, outcome in check(spec, RULES).outcomes.items() if is_broken(outcome)}
        for spec in (f"{WRONG}:Mute", f"{WRONG}:Loud")
    ]
    assert RULES.keys() - set.union(*broken) == set()


def is_broken(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.kind != "lacks"
