"""The application closes."""

from tests.conformance.talk import CONNECT, LEFT, Differs, Talk, equal, reached


async def close_says_1000(talk: Talk) -> None:
    """`close` without a code closes with 1000.

    ASGI, "Close - send event".
    """
    websocket = await talk.opened()
    await websocket.close()
    talk.sent_types("websocket.close")
    reached(talk.first("code") or 1000, 1000)


async def close_passes_the_code_on(talk: Talk) -> None:
    """The close code of the application reaches the server.

    ASGI, "Close - send event".
    """
    for code in (1001, 1012, 1013, 1014, 3000, 4999):
        websocket = await talk.opened()
        await websocket.close(code=code)
        reached(talk.first("code"), code)


async def close_passes_the_reason_on(talk: Talk) -> None:
    """The close reason of the application reaches the server.

    ASGI, "Close - send event".
    """
    websocket = await talk.opened()
    await websocket.close(code=4001, reason="até já")
    reached(talk.first("reason"), "até já")


async def a_code_that_may_not_travel_is_not_sent(talk: Talk) -> None:
    """1005, 1006 and 1015 are never sent as a close code.

    RFC 6455 §7.4.1.
    """
    websocket = await talk.opened()
    for code in (1005, 1006, 1015):
        await talk.unsent(websocket.close, code)


async def a_code_below_1000_is_not_sent(talk: Talk) -> None:
    """A close code below 1000 is never sent.

    RFC 6455 §7.4.2.
    """
    websocket = await talk.opened()
    for code in (0, 999):
        await talk.unsent(websocket.close, code)


async def a_code_that_nobody_has_defined_is_refused(talk: Talk) -> None:
    """A close code that means nothing, such as 1004, 2999 or 5000, is refused.

    Our choice.
    """
    websocket = await talk.opened()
    for code in (1004, 1016, 2999, 5000):
        await talk.refused(websocket.close, code)


async def a_code_is_a_number(talk: Talk) -> None:
    """A close code that is not an `int` does not reach the server.

    ASGI, "Close - send event".
    """
    websocket = await talk.opened()
    for code in ("1000", 1000.5):
        await talk.unsent(websocket.close, code)


async def a_reason_of_123_bytes_is_sent(talk: Talk) -> None:
    """A close reason of 123 bytes, the longest there is, is sent whole.

    RFC 6455 §5.5.
    """
    websocket = await talk.opened()
    await websocket.close(code=1000, reason="é" * 61 + "!")
    reached(talk.first("reason"), "é" * 61 + "!")


async def a_longer_reason_is_not_sent(talk: Talk) -> None:
    """A close reason of more than 123 bytes does not reach the server.

    RFC 6455 §5.5.
    """
    websocket = await talk.opened()
    await talk.unsent(websocket.close, code=1000, reason="é" * 62)


async def a_reason_is_text(talk: Talk) -> None:
    """A close reason that is not text does not reach the server.

    ASGI, "Close - send event".
    """
    websocket = await talk.opened()
    for reason in (b"bye", ["bye"]):
        await talk.unsent(websocket.close, code=1000, reason=reason)


async def half_a_character_is_no_reason(talk: Talk) -> None:
    """A close reason that UTF-8 cannot carry does not reach the server.

    RFC 6455 §5.5.1.
    """
    websocket = await talk.opened()
    await talk.unsent(websocket.close, code=1000, reason="\ud83c")


async def close_before_accept_refuses(talk: Talk) -> None:
    """`close` before `accept` refuses the client.

    ASGI, "Close - send event".
    """
    websocket = talk.websocket(CONNECT)
    await websocket.close()
    talk.sent_types("websocket.close")


async def close_answers_a_question(talk: Talk) -> None:
    """`close` before `accept` reads the client's question first.

    Our choice.
    """
    websocket = talk.websocket(CONNECT)
    await websocket.close()
    if talk.events:
        raise Differs("unread", "websocket.connect")


async def a_connection_is_closed_once(talk: Talk) -> None:
    """A second `close` sends nothing.

    RFC 6455 §5.5.1.
    """
    websocket = await talk.opened()
    await websocket.close()
    await talk.unsent(websocket.close)


async def a_second_close_is_a_mistake(talk: Talk) -> None:
    """A second `close` by the application is a `RuntimeError`.

    Our choice.
    """
    websocket = await talk.opened()
    await websocket.close()
    error = await talk.refused(websocket.close)
    if not isinstance(error, RuntimeError):
        raise Differs("raised", type(error).__name__)


async def nothing_is_sent_after_close(talk: Talk) -> None:
    """After `close`, no message is sent.

    RFC 6455 §5.5.1.
    """
    websocket = await talk.opened()
    await websocket.close()
    await talk.unsent(websocket.send_text, "lily")
    await talk.unsent(websocket.send_json, "lily")


async def a_refused_client_is_not_accepted(talk: Talk) -> None:
    """After a refusal, `accept` sends nothing.

    ASGI, "Close - send event".
    """
    websocket = talk.websocket(CONNECT)
    await websocket.close()
    await talk.unsent(websocket.accept)


async def receiving_after_close_is_refused(talk: Talk) -> None:
    """After `close`, `receive_text` raises and the server is not asked.

    Our choice.
    """
    websocket = await talk.opened(LEFT)
    await websocket.close()
    await talk.refused(websocket.receive_text)
    equal(len(talk.events), 1)


async def the_closing_handshake_can_be_read(talk: Talk) -> None:
    """After `close`, a raw `receive` still brings the client's side of the closing handshake.

    Our choice.
    """
    websocket = await talk.opened(LEFT)
    await websocket.close()
    equal((await websocket.receive())["type"], "websocket.disconnect")


async def after_a_refusal_nothing_is_read(talk: Talk) -> None:
    """After a refusal, `receive` raises and the server is not asked.

    Our choice.
    """
    websocket = talk.websocket(CONNECT)
    await websocket.receive()
    await websocket.close()
    await talk.refused(websocket.receive)


async def the_application_state_follows(talk: Talk) -> None:
    """`application_state` goes from `CONNECTING` over `CONNECTED` to `DISCONNECTED`.

    Our choice; documented by Lilya, Starlette.
    """
    websocket = talk.websocket(CONNECT)
    states = [websocket.application_state.name]
    await websocket.accept()
    states.append(websocket.application_state.name)
    await websocket.close()
    equal([*states, websocket.application_state.name], ["CONNECTING", "CONNECTED", "DISCONNECTED"])


async def raw_messages_move_the_states(talk: Talk) -> None:
    """A conversation in raw messages moves both states like any other.

    Our choice; documented by Lilya, Starlette, Yaat.
    """
    websocket = talk.websocket(CONNECT, LEFT)
    await websocket.receive()
    await websocket.send({"type": "websocket.accept"})
    await websocket.send({"type": "websocket.close", "code": 1000})
    await websocket.receive()
    names = websocket.client_state.name, websocket.application_state.name
    equal(names, ("DISCONNECTED", "DISCONNECTED"))
