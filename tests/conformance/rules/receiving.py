"""What the client sends, as the application gets it."""

import asyncio

from tests.conformance.talk import LEFT, Differs, Talk, binary, equal, error_of, text


async def text_arrives_as_it_was_sent(talk: Talk) -> None:
    """A text message arrives as the text that was sent.

    RFC 6455 §5.6.
    """
    websocket = await talk.opened(text("Olá, 你好"))
    equal(await websocket.receive_text(), "Olá, 你好")


async def bytes_arrive_as_they_were_sent(talk: Talk) -> None:
    """A binary message arrives as the bytes that were sent.

    RFC 6455 §5.6.
    """
    websocket = await talk.opened(binary(b"\x00\xff"))
    equal(await websocket.receive_bytes(), b"\x00\xff")


async def a_key_of_none_changes_nothing(talk: Talk) -> None:
    """A message arrives the same whether the server leaves the other key out or sets it to None.

    ASGI, "Receive - receive event".
    """
    websocket = await talk.opened({**text("a"), "bytes": None}, {**binary(b"b"), "text": None})
    equal(await websocket.receive_text(), "a")
    equal(await websocket.receive_bytes(), b"b")


async def a_binary_message_is_never_text(talk: Talk) -> None:
    """An application that asks for text is never given anything else.

    ASGI, "Receive - receive event".
    """
    for message in (binary(b"lily"), {**binary(b"lily"), "text": None}):
        websocket = await talk.opened(message)
        if await error_of(websocket.receive_text) is None:
            raise Differs("gave", message.get("text"))


async def a_text_message_is_never_bytes(talk: Talk) -> None:
    """An application that asks for bytes is never given anything else.

    ASGI, "Receive - receive event".
    """
    for message in (text("lily"), {**text("lily"), "bytes": None}):
        websocket = await talk.opened(message)
        if await error_of(websocket.receive_bytes) is None:
            raise Differs("gave", message.get("bytes"))


async def the_wrong_kind_has_an_error_of_its_own(talk: Talk) -> None:
    """A message of the wrong kind raises an error that was made for it.

    Our choice.
    """
    websocket = await talk.opened(binary(b"lily"))
    error = await talk.refused(websocket.receive_text)
    if type(error).__module__ == "builtins":
        raise Differs("raised", type(error).__name__)


async def the_wrong_kind_is_not_the_end(talk: Talk) -> None:
    """After a message of the wrong kind, the next message arrives.

    Our choice.
    """
    websocket = await talk.opened(binary(b"lily"), text("iris"))
    await talk.refused(websocket.receive_text)
    equal(await websocket.receive_text(), "iris")


async def a_message_of_both_kinds_is_refused(talk: Talk) -> None:
    """A message that is both text and binary is refused.

    Our choice.
    """
    websocket = await talk.opened({**text("lily"), "bytes": b"lily"})
    await talk.refused(websocket.receive_text)


async def empty_text_is_a_message(talk: Talk) -> None:
    """An empty text message arrives as empty text.

    RFC 6455 §5.6.
    """
    websocket = await talk.opened(text(""))
    equal(await websocket.receive_text(), "")


async def empty_bytes_are_a_message(talk: Talk) -> None:
    """An empty binary message arrives as empty bytes.

    RFC 6455 §5.6.
    """
    websocket = await talk.opened(binary(b""))
    equal(await websocket.receive_bytes(), b"")


async def a_loop_gets_every_text(talk: Talk) -> None:
    """A loop over `iter_text` gets every text, also an empty one, until the client leaves.

    Our choice; documented by Lilya, Starlette.
    """
    websocket = await talk.opened(text("a"), text(""), text("b"), LEFT)
    equal([data async for data in websocket.iter_text()], ["a", "", "b"])


async def a_loop_gets_all_bytes(talk: Talk) -> None:
    """A loop over `iter_bytes` gets all bytes, also empty ones, until the client leaves.

    Our choice; documented by Lilya, Starlette.
    """
    websocket = await talk.opened(binary(b"a"), binary(b""), binary(b"b"), LEFT)
    equal([data async for data in websocket.iter_bytes()], [b"a", b"", b"b"])


async def a_loop_gets_every_json_value(talk: Talk) -> None:
    """A loop over `iter_json` gets every value, also an empty one, until the client leaves.

    Our choice; documented by Lilya, Starlette.
    """
    websocket = await talk.opened(text("[]"), text("0"), text("null"), LEFT)
    equal([data async for data in websocket.iter_json()], [[], 0, None])


async def leaving_a_loop_loses_nothing(talk: Talk) -> None:
    """After a `break` out of a loop, the next message arrives.

    Our choice.
    """
    websocket = await talk.opened(text("a"), text("b"))
    async for _ in websocket.iter_text():
        break
    equal(await websocket.receive_text(), "b")


async def a_cancelled_receive_loses_nothing(talk: Talk) -> None:
    """After a receive that a timeout has cancelled, the next message arrives.

    Our choice.
    """
    websocket = await talk.opened(..., text("lily"))
    waiting = asyncio.ensure_future(websocket.receive_text())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    equal(await websocket.receive_text(), "lily")
