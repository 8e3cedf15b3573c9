"""The two tables, and the function that reads them."""

from typing import Any, cast

import pytest

from lilyaref.exceptions import WebSocketRuntimeError
from lilyaref.lifecycle import (
    CALLS,
    CONNECTED,
    CONNECTING,
    DISCONNECTED,
    RECEIVE,
    RESPONSE,
    SEND,
    Table,
    WebSocketState,
    diagram,
    label,
    out_of_order,
    step,
)

BODY = "websocket.http.response.body"
BOTH: list[Any] = [pytest.param(RECEIVE, id="receive"), pytest.param(SEND, id="send")]

# Contract §2, row by row.
RECEIVES = [
    (CONNECTING, "websocket.connect", CONNECTED),
    (CONNECTING, "websocket.disconnect", DISCONNECTED),
    (CONNECTED, "websocket.receive", CONNECTED),
    (CONNECTED, "websocket.disconnect", DISCONNECTED),
]
SENDS = [
    (CONNECTING, "websocket.accept", CONNECTED),
    (CONNECTING, "websocket.close", DISCONNECTED),
    (CONNECTING, "websocket.http.response.start", RESPONSE),
    (CONNECTED, "websocket.send", CONNECTED),
    (CONNECTED, "websocket.close", DISCONNECTED),
    (RESPONSE, f"{BODY} (more)", RESPONSE),
    (RESPONSE, BODY, DISCONNECTED),
]


def message(row: str) -> dict[str, Any]:
    kind = row.removesuffix(" (more)")
    return {"type": kind, "more_body": kind != row}


@pytest.mark.parametrize(("table", "rows"), [(RECEIVE, RECEIVES), (SEND, SENDS)])
def test_the_tables_are_those_of_the_contract(
    table: Table, rows: list[tuple[WebSocketState, str, WebSocketState]]
) -> None:
    written = [(state, row, after) for state in table for row, after in table[state].items()]
    assert written == rows


@pytest.mark.parametrize("table", BOTH)
def test_step_follows_every_row_and_refuses_every_other_message(table: Table) -> None:
    every = {row for _, row, _ in RECEIVES + SENDS} | {"websocket.unknown", ""}
    for state, rows in table.items():
        for row in every:
            if row in rows:
                assert step(table, state, message(row)) is rows[row]
            else:
                with pytest.raises(WebSocketRuntimeError) as caught:
                    step(table, state, message(row))
                text = str(caught.value)
                assert repr(row.removesuffix(" (more)")) in text
                for allowed in rows:
                    assert f'"{allowed.removesuffix(" (more)")}"' in text


@pytest.mark.parametrize("table", BOTH)
def test_nothing_follows_a_disconnect(table: Table) -> None:
    assert table[DISCONNECTED] == {}
    with pytest.raises(WebSocketRuntimeError, match="no ASGI message any more"):
        step(table, DISCONNECTED, {"type": "websocket.close"})


def test_a_message_that_is_expected_is_named_once() -> None:
    with pytest.raises(WebSocketRuntimeError) as caught:
        step(SEND, RESPONSE, {"type": "websocket.http.response.start"})
    assert (f"Expected ASGI message \"{BODY}\", but got 'websocket.http.response.start'") in str(
        caught.value
    )


def test_a_message_out_of_order_is_told_what_was_expected_and_in_which_state() -> None:
    with pytest.raises(WebSocketRuntimeError) as caught:
        step(SEND, CONNECTED, {"type": "websocket.accept"})
    assert str(caught.value) == (
        'Expected ASGI message "websocket.send" or "websocket.close", '
        "but got 'websocket.accept' (state: CONNECTED)"
    )


def test_a_long_type_does_not_make_a_long_error() -> None:
    with pytest.raises(WebSocketRuntimeError) as caught:
        step(SEND, CONNECTING, {"type": "x" * 10_000})
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("body", "row"),
    [
        pytest.param({"more_body": True}, f"{BODY} (more)", id="more"),
        pytest.param({"more_body": False}, BODY, id="no more"),
        pytest.param({"more_body": None}, BODY, id="None"),
        pytest.param({}, BODY, id="missing"),
    ],
)
def test_only_a_body_with_more_to_come_is_a_row_of_its_own(body: dict[str, Any], row: str) -> None:
    assert label({"type": BODY, **body}) == row
    assert label({"type": "websocket.send", **body}) == "websocket.send"


@pytest.mark.parametrize("kind", [{}, {"type": None}, {"type": b"websocket.send"}, {"type": [1]}])
def test_a_message_needs_a_type(kind: dict[str, Any]) -> None:
    with pytest.raises(WebSocketRuntimeError, match='"type"') as caught:
        label({**kind, "text": "correct-horse"})
    assert "correct-horse" not in str(caught.value)


@pytest.mark.parametrize("thing", [None, "websocket.send", 1, [("type", "websocket.send")]])
def test_a_message_is_a_mapping(thing: object) -> None:
    with pytest.raises(TypeError, match=type(thing).__name__):
        label(cast("Any", thing))


def test_the_states_are_four_and_print_as_their_names() -> None:
    assert [str(state) for state in WebSocketState] == [
        *("CONNECTING", "CONNECTED", "RESPONSE", "DISCONNECTED")
    ]
    assert [state.value for state in WebSocketState] == [
        *("connecting", "connected", "response", "disconnected")
    ]


@pytest.mark.parametrize(
    ("application", "allowed"),
    [
        pytest.param(CONNECTING, "accept(), close(), send_denial_response()", id="connecting"),
        pytest.param(
            CONNECTED, "send_text(), send_bytes(), send_json(), receive(), close()", id="connected"
        ),
        pytest.param(RESPONSE, "send()", id="response"),
    ],
)
def test_a_call_out_of_order_is_told_every_call_that_is_allowed(
    application: WebSocketState, allowed: str
) -> None:
    text = out_of_order("dance()", CONNECTED, application)
    assert text.startswith("dance() is out of order: client_state is CONNECTED")
    assert f"application_state is {application.name}" in text
    assert text.endswith(f" Allowed now: {allowed}.")


def test_every_message_of_the_application_has_its_call() -> None:
    assert {row for _, row, _ in SENDS} == CALLS.keys()


@pytest.mark.parametrize(("table", "rows"), [(RECEIVE, RECEIVES), (SEND, SENDS)])
def test_the_diagram_has_an_arrow_for_every_row(
    table: Table, rows: list[tuple[WebSocketState, str, WebSocketState]]
) -> None:
    first, second, *arrows = diagram(table).splitlines()
    assert (first, second.strip()) == ("stateDiagram-v2", "[*] --> CONNECTING")
    assert [arrow.strip() for arrow in arrows] == [
        f"{before.name} --> {after.name}: {row}" for before, row, after in rows
    ]
