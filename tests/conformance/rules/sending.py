"""What the application sends, as the server gets it."""

from tests.conformance.talk import Differs, Talk, error_of, reached


async def text_is_sent_as_text(talk: Talk) -> None:
    """Text is sent as a text message and nothing else.

    ASGI, "Send - send event".
    """
    websocket = await talk.opened()
    await websocket.send_text("Olá, 你好")
    talk.sent_types("websocket.send")
    reached((talk.first("text"), talk.first("bytes")), ("Olá, 你好", None))


async def bytes_are_sent_as_bytes(talk: Talk) -> None:
    """Bytes are sent as a binary message and nothing else.

    ASGI, "Send - send event".
    """
    websocket = await talk.opened()
    await websocket.send_bytes(b"\x00\xff")
    talk.sent_types("websocket.send")
    reached((talk.first("bytes"), talk.first("text")), (b"\x00\xff", None))


async def empty_messages_are_sent(talk: Talk) -> None:
    """Empty text and empty bytes are sent like any other.

    RFC 6455 §5.6.
    """
    websocket = await talk.opened()
    await websocket.send_text("")
    reached(talk.first("text"), "")
    talk.sent.clear()
    await websocket.send_bytes(b"")
    reached(talk.first("bytes"), b"")


async def text_is_a_str(talk: Talk) -> None:
    """What `send_text` sends is a `str`: bytes, a number or None does not reach the server.

    ASGI, "Send - send event".
    """
    websocket = await talk.opened()
    for data in (b"lily", 7, None):
        await talk.unsent(websocket.send_text, data)


async def binary_data_are_bytes(talk: Talk) -> None:
    """What `send_bytes` sends is bytes: text, a number or None does not reach the server.

    ASGI, "Send - send event".
    """
    websocket = await talk.opened()
    for data in ("lily", 7, None):
        await talk.unsent(websocket.send_bytes, data)


async def lent_bytes_become_bytes(talk: Talk) -> None:
    """A `bytearray` or a `memoryview` reaches the server as `bytes`, or not at all.

    ASGI, "Strings and Unicode".
    """
    websocket = await talk.opened()
    for data in (bytearray(b"lily"), memoryview(b"lily")):
        await error_of(websocket.send_bytes, data)
    for message in talk.sent:
        if type(message.get("bytes")) is not bytes:
            raise Differs("sent", type(message.get("bytes")).__name__)


async def half_a_character_is_not_sent(talk: Talk) -> None:
    """Text that UTF-8 cannot carry does not reach the server.

    RFC 6455 §5.6; RFC 3629 §3.
    """
    websocket = await talk.opened()
    await talk.unsent(websocket.send_text, "\ud83c")


async def a_raw_message_is_of_one_kind(talk: Talk) -> None:
    """A raw message with both kinds of data, or with none, does not reach the server.

    ASGI, "Send - send event".
    """
    websocket = await talk.opened()
    await talk.unsent(websocket.send, {"type": "websocket.send", "text": "a", "bytes": b"b"})
    await talk.unsent(websocket.send, {"type": "websocket.send"})


async def an_unknown_raw_message_is_refused(talk: Talk) -> None:
    """A raw message of a type that ASGI does not have is refused.

    Our choice.
    """
    websocket = await talk.opened()
    await talk.refused(websocket.send, {"type": "websocket.ping"})
