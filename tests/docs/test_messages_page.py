"""The page of messages has every message, key and default of the code, and what is checked."""

from ast import literal_eval
from pathlib import Path

import pytest

from lilyaref.lifecycle import RECEIVE, SEND
from lilyaref.messages import RULES, checked
from lilyaref.testclient import TestClient
from lilyaref.types import Message
from lilyaref.websockets import WebSocketClose
from tests.docs.site import LANGUAGES, blocks, table

PAGE = "reference/messages.md"
# By message: the section of its keys, and the least that it has to say.
SENT: dict[str, tuple[str, Message]] = {
    "websocket.accept": ("accept", {}),
    "websocket.send": ("send", {"text": ""}),
    "websocket.close": ("close", {}),
    "websocket.http.response.start": ("response-start", {"status": 200}),
    "websocket.http.response.body": ("response-body", {}),
}


def allowed() -> dict[str, set[str]]:
    """By message: the state that decides, and what it may be."""
    found: dict[str, set[str]] = {}
    for decides, lifecycle in (("client_state", RECEIVE), ("application_state", SEND)):
        for state, row in lifecycle.items():
            for kind in row:
                found.setdefault(kind.removesuffix(" (more)"), {decides}).add(state.name)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_overview_is_that_of_the_lifecycle(site: Path, language: str) -> None:
    whole = blocks(site, language, PAGE)
    codes = [block.code for block in whole if block.kind == "td"]
    rows = {codes[n][0]: {*codes[n + 1]} for n in range(0, 3 * len(allowed()), 3)}
    assert rows == allowed()
    assert {block.code[0] for block in whole if block.kind == "h3"} == allowed().keys()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", RULES)
def test_the_keys_are_those_that_a_server_is_given(site: Path, language: str, kind: str) -> None:
    section, least = SENT[kind]
    message = {"type": kind, **least}
    rows = {row[0]: row for row in table(site, language, PAGE, section)}
    given = checked(message, [])
    assert given.keys() - rows.keys() == {"type"}
    for key, (_, _, default, check) in rows.items():
        if key not in least:
            assert given.get(key) == literal_eval(default)
        if check == "–":
            checked({**message, key: object()}, [])
        else:
            with pytest.raises((TypeError, ValueError)):
                checked({**message, key: object()}, [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_scope_has_the_keys_that_the_test_client_gives(site: Path, language: str) -> None:
    scope = TestClient(WebSocketClose()).websocket_connect("/").scope
    assert {row[0] for row in table(site, language, PAGE, "scope")} == scope.keys()
