"""From the client's question to the application's answer."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.conformance.talk import CONNECT, LEFT, Differs, Talk, equal, has_code, reached, text


def listed(headers: Any) -> Any:
    """Pairs as a list of tuples, whatever holds them; anything else as it is."""
    pairs = isinstance(headers, Iterable) and not isinstance(headers, Mapping)
    return [tuple(pair) for pair in headers] if pairs else headers


async def accept_waits_for_the_client(talk: Talk) -> None:
    """`accept` reads the client's question and answers it once.

    ASGI, "Connect - receive event".
    """
    websocket = talk.websocket(CONNECT)
    await websocket.accept()
    equal(len(talk.events), 0)
    talk.sent_types("websocket.accept")


async def accept_knows_what_was_read(talk: Talk) -> None:
    """`accept` reads nothing if the application has read the question itself.

    ASGI, "Connect - receive event".
    """
    websocket = talk.websocket(CONNECT)
    equal((await websocket.receive())["type"], "websocket.connect")
    await websocket.accept()
    talk.sent_types("websocket.accept")


async def accept_names_the_subprotocol(talk: Talk) -> None:
    """The subprotocol that the application chooses reaches the server.

    RFC 6455 §4.2.2.
    """
    websocket = talk.websocket(CONNECT, subprotocols=["chat.v1", "chat.v2"])
    await websocket.accept(subprotocol="chat.v2")
    reached(talk.first("subprotocol"), "chat.v2")


async def only_an_offered_subprotocol_is_agreed_on(talk: Talk) -> None:
    """A subprotocol that the client did not offer is not agreed on.

    RFC 6455 §4.2.2.
    """
    websocket = talk.websocket(CONNECT, subprotocols=["chat.v1"])
    await talk.unsent(websocket.accept, subprotocol="chat.v2")


async def header_names_are_sent_in_lower_case(talk: Talk) -> None:
    """The names of the headers of `accept` are sent in lower case.

    ASGI, "Accept - send event".
    """
    websocket = talk.websocket(CONNECT)
    await websocket.accept(headers=[(b"X-Flower", b"lily")])
    reached(listed(talk.first("headers")), [(b"x-flower", b"lily")])


async def response_headers_keep_their_order(talk: Talk) -> None:
    """The headers of `accept` keep their order, and a name that comes twice.

    ASGI, "Accept - send event".
    """
    pairs = [(b"set-cookie", b"b=2"), (b"x-flower", b"lily"), (b"set-cookie", b"a=1")]
    websocket = talk.websocket(CONNECT)
    await websocket.accept(headers=pairs)
    reached(listed(talk.first("headers")), pairs)


async def headers_may_be_a_dictionary(talk: Talk) -> None:
    """`accept` takes its headers as a dictionary, and sends pairs.

    Our choice; documented by Starlette.
    """
    websocket = talk.websocket(CONNECT)
    await websocket.accept(headers={"x-flower": "lily"})
    reached(listed(talk.first("headers")), [(b"x-flower", b"lily")])


async def the_subprotocol_has_no_header_of_its_own(talk: Talk) -> None:
    """The header that names the subprotocol is not among the headers of `accept`.

    ASGI, "Accept - send event".
    """
    websocket = talk.websocket(CONNECT, subprotocols=["chat"])
    await talk.unsent(websocket.accept, headers=[(b"sec-websocket-protocol", b"chat")])


async def a_header_has_no_line_break(talk: Talk) -> None:
    """A header value with a line break does not reach the server.

    RFC 9110 §5.5.
    """
    websocket = talk.websocket(CONNECT)
    await talk.unsent(websocket.accept, headers=[(b"x-flower", b"lily\r\nx-tree: oak")])


async def a_header_name_is_a_token(talk: Talk) -> None:
    """A header name with a space does not reach the server.

    RFC 9110 §5.1.
    """
    websocket = talk.websocket(CONNECT)
    await talk.unsent(websocket.accept, headers=[(b"x flower", b"lily")])


async def accept_happens_once(talk: Talk) -> None:
    """A second `accept` sends nothing.

    ASGI, "Connect - receive event".
    """
    websocket = await talk.opened()
    await talk.unsent(websocket.accept)


async def accept_tells_that_the_client_has_left(talk: Talk) -> None:
    """If the client leaves before it was answered, `accept` raises the news with its code.

    Our choice.
    """
    websocket = talk.websocket(LEFT)
    has_code(await talk.refused(websocket.accept), 4001)


async def a_client_that_left_is_not_accepted(talk: Talk) -> None:
    """After the application has read that the client left, `accept` is refused.

    Our choice.
    """
    websocket = talk.websocket(CONNECT, LEFT)
    talk.silent = True
    await websocket.receive()
    await websocket.receive()
    await talk.refused(websocket.accept)


async def nothing_is_sent_before_accept(talk: Talk) -> None:
    """No message is sent before `accept`.

    ASGI, "Connect - receive event".
    """
    websocket = talk.websocket(CONNECT)
    await talk.unsent(websocket.send_text, "lily")
    await talk.unsent(websocket.send_bytes, b"lily")


async def nothing_is_received_before_accept(talk: Talk) -> None:
    """Receiving data before `accept` is refused, and reads nothing.

    Our choice.
    """
    websocket = talk.websocket(CONNECT, text("lily"))
    await talk.refused(websocket.receive_text)
    equal(len(talk.events), 2)


async def an_oserror_in_accept_is_news(talk: Talk) -> None:
    """An `OSError` of the server in `accept` arrives as the news that the client is gone.

    Our choice.
    """
    websocket = talk.websocket(CONNECT)
    talk.raises = OSError("connection reset")
    try:
        await websocket.accept()
    except Exception as error:
        has_code(error, 1006)
    else:
        raise Differs("no error")
