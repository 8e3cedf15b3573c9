"""The life of a connection: two tables, and one function that reads them.

`RECEIVE` says what the server may bring, `SEND` what the application may say. Everything else that
knows about order (errors, diagrams, pages) reads these two; the hot methods of `WebSocket` hold an
equal check inline, and a test compares them with the tables over every short sequence.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeAlias

from lilyaref.exceptions import WebSocketRuntimeError


class WebSocketState(Enum):
    """Where one side of the connection stands."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    RESPONSE = "response"
    DISCONNECTED = "disconnected"

    def __str__(self) -> str:
        return self.name


# Bare names: looking up a member through its class costs as much as the rest of a check.
CONNECTING = WebSocketState.CONNECTING
CONNECTED = WebSocketState.CONNECTED
RESPONSE = WebSocketState.RESPONSE
DISCONNECTED = WebSocketState.DISCONNECTED

Table: TypeAlias = Mapping[WebSocketState, Mapping[str, WebSocketState]]

RECEIVE: Table = {
    CONNECTING: {
        "websocket.connect": CONNECTED,
        "websocket.disconnect": DISCONNECTED,
    },
    CONNECTED: {
        "websocket.receive": CONNECTED,
        "websocket.disconnect": DISCONNECTED,
    },
    DISCONNECTED: {},
}

SEND: Table = {
    CONNECTING: {
        "websocket.accept": CONNECTED,
        "websocket.close": DISCONNECTED,
        "websocket.http.response.start": RESPONSE,
    },
    CONNECTED: {
        "websocket.send": CONNECTED,
        "websocket.close": DISCONNECTED,
    },
    RESPONSE: {
        "websocket.http.response.body (more)": RESPONSE,
        "websocket.http.response.body": DISCONNECTED,
    },
    DISCONNECTED: {},
}

# What an application may call where a message is allowed, for errors that say so.
CALLS = {
    "websocket.accept": "accept()",
    "websocket.close": "close()",
    "websocket.http.response.start": "send_denial_response()",
    "websocket.http.response.body (more)": "send()",
    "websocket.http.response.body": "send()",
    "websocket.send": "send_text(), send_bytes(), send_json(), receive()",
}


def label(message: Mapping[str, Any]) -> str:
    """The row of a table that *message* belongs to.

    It is the message's type, but for the body of a denial response, which only ends the
    connection when no more of it follows.

    >>> label({"type": "websocket.http.response.body", "more_body": True})
    'websocket.http.response.body (more)'

    Raises:
        WebSocketRuntimeError: the message has no `type`.
        TypeError: it is no mapping.
    """
    if not isinstance(message, Mapping):
        raise TypeError(f"An ASGI message is a mapping, not {type(message).__name__}.")
    kind = message.get("type")
    if not isinstance(kind, str):
        raise WebSocketRuntimeError('An ASGI message needs a "type" that is a str; this has none.')
    if kind == "websocket.http.response.body" and message.get("more_body"):
        return f"{kind} (more)"
    return kind


def step(table: Table, state: WebSocketState, message: Mapping[str, Any]) -> WebSocketState:
    """Where *message* takes *state*.

    >>> step(SEND, CONNECTING, {"type": "websocket.accept"})
    <WebSocketState.CONNECTED: 'connected'>

    Raises:
        WebSocketRuntimeError: the table has no such row.
    """
    try:
        return table[state][label(message)]
    except KeyError:
        raise WebSocketRuntimeError(
            f"Expected {_expected(table[state])}, but got {message['type']!r:.60} (state: {state})"
        ) from None


def _expected(rows: Mapping[str, WebSocketState]) -> str:
    kinds = dict.fromkeys(f'"{kind.removesuffix(" (more)")}"' for kind in rows)
    return f"ASGI message {' or '.join(kinds)}" if kinds else "no ASGI message any more"


def out_of_order(tried: str, client: WebSocketState, application: WebSocketState) -> str:
    """The sentence for a call that came too early or twice.

    >>> out_of_order("send_text()", CONNECTED, CONNECTING)
    'send_text() is out of order: client_state is CONNECTED, application_state is CONNECTING. \
Allowed now: accept(), close(), send_denial_response().'
    """
    allowed = ", ".join(dict.fromkeys(CALLS[kind] for kind in SEND[application]))
    return (
        f"{tried} is out of order: client_state is {client}, application_state is {application}. "
        f"Allowed now: {allowed}."
    )


def diagram(table: Table) -> str:
    """The table as a Mermaid state diagram.

    >>> print(diagram({CONNECTING: {"websocket.connect": CONNECTED}}))
    stateDiagram-v2
        [*] --> CONNECTING
        CONNECTING --> CONNECTED: websocket.connect
    """
    arrows = [
        f"    {state} --> {after}: {kind}"
        for state, rows in table.items()
        for kind, after in rows.items()
    ]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {next(iter(table))}", *arrows])
