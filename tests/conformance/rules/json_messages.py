"""JSON, in text and in binary messages."""

import json
from typing import Any

from tests.conformance.talk import Differs, Talk, binary, equal, reached, text


def value_of(sent: Any) -> Any:
    """The value of JSON that was sent, in bytes as UTF-8; what is no JSON stays as it is."""
    try:
        return json.loads(sent.decode() if isinstance(sent, bytes) else sent)
    except (TypeError, ValueError):
        return sent


async def json_arrives_in_text(talk: Talk) -> None:
    """JSON in a text message arrives as its value.

    RFC 8259 §2.
    """
    websocket = await talk.opened(text('{"flower": "l\\u00edrio", "petals": 6}'))
    equal(await websocket.receive_json(), {"flower": "lírio", "petals": 6})


async def json_arrives_in_bytes(talk: Talk) -> None:
    """JSON in a binary message is read as UTF-8.

    RFC 8259 §8.1.
    """
    websocket = await talk.opened(binary('{"flower": "lírio"}'.encode()))
    equal(await websocket.receive_json(mode="binary"), {"flower": "lírio"})


async def json_is_sent_in_text(talk: Talk) -> None:
    """A value is sent as JSON in a text message.

    RFC 8259 §2.
    """
    websocket = await talk.opened()
    await websocket.send_json({"flower": "lírio", "petals": [6]})
    reached(value_of(talk.first("text")), {"flower": "lírio", "petals": [6]})


async def json_is_sent_in_bytes(talk: Talk) -> None:
    """A value is sent as JSON in UTF-8 in a binary message.

    RFC 8259 §8.1.
    """
    websocket = await talk.opened()
    await websocket.send_json({"flower": "lírio"}, mode="binary")
    reached(value_of(talk.first("bytes")), {"flower": "lírio"})


async def json_is_compact(talk: Talk) -> None:
    """JSON is sent without white space, and letters outside ASCII stay as they are.

    Our choice.
    """
    websocket = await talk.opened()
    await websocket.send_json({"flower": "lírio", "petals": 6})
    reached(talk.first("text"), '{"flower":"lírio","petals":6}')


async def nan_is_not_sent(talk: Talk) -> None:
    """NaN and Infinity, which JSON does not have, do not reach the server.

    RFC 8259 §6.
    """
    websocket = await talk.opened()
    for number in ("nan", "inf", "-inf"):
        await talk.unsent(websocket.send_json, [float(number)])


async def nan_is_not_read(talk: Talk) -> None:
    """NaN and Infinity, which JSON does not have, are not read as numbers.

    Our choice.
    """
    for number in ("NaN", "-Infinity"):
        websocket = await talk.opened(text(number))
        await talk.refused(websocket.receive_json)


async def half_a_character_in_json_is_not_sent(talk: Talk) -> None:
    """JSON that UTF-8 cannot carry does not reach the server.

    RFC 8259 §8.1; RFC 6455 §5.6.
    """
    websocket = await talk.opened()
    try:
        await websocket.send_json("\ud83c")
    except Exception:
        return
    if any("\ud800" <= letter <= "\udfff" for letter in str(talk.first("text"))):
        raise Differs("sent", talk.first("type"))


async def malformed_json_is_a_value_error(talk: Talk) -> None:
    """A message that is not JSON raises a `ValueError`, and the next message arrives.

    Our choice.
    """
    for message, mode in ((text("{lily"), "text"), (binary(b"\xff"), "binary")):
        websocket = await talk.opened(message, text("1"))
        error = await talk.refused(websocket.receive_json, mode=mode)
        if not isinstance(error, ValueError):
            raise Differs("raised", type(error).__name__)
        equal(await websocket.receive_json(), 1)


async def deep_json_is_a_value_error(talk: Talk) -> None:
    """JSON that is nested too deeply raises a `ValueError` as well.

    Our choice.
    """
    websocket = await talk.opened(text("[" * 100_000))
    error = await talk.refused(websocket.receive_json)
    if not isinstance(error, ValueError):
        raise Differs("raised", type(error).__name__)


async def both_words_for_binary_are_known(talk: Talk) -> None:
    """`mode="bytes"` means the same as `mode="binary"`.

    Our choice; documented by Lilya, Starlette, Yaat.
    """
    for mode in ("binary", "bytes"):
        websocket = await talk.opened()
        await websocket.send_json(1, mode=mode)
        reached(talk.first("bytes"), b"1")
        talk.sent.clear()


async def an_unknown_mode_is_refused(talk: Talk) -> None:
    """A mode that does not exist is refused.

    Our choice.
    """
    websocket = await talk.opened()
    await talk.refused(websocket.send_json, 1, mode="flower")
