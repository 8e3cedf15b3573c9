"""The application refuses with an HTTP response of its own."""

from typing import Any

from tests.conformance.talk import CONNECT, DENIAL, Differs, Talk, reached


def response(prefix: str, *parts: bytes) -> Any:
    """An ASGI response: 401 and a body in *parts*."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": f"{prefix}.start", "status": 401, "headers": []})
        for number, part in enumerate(parts, 1):
            more = number < len(parts)
            await send({"type": f"{prefix}.body", "body": part, "more_body": more})

    return app


WHO = response(DENIAL, b"Who are you?")


def body(talk: Talk) -> bytes:
    return b"".join(message.get("body", b"") for message in talk.sent[1:])


async def a_denial_reaches_the_server(talk: Talk) -> None:
    """The status and the body of a denial response reach the server.

    ASGI extension, "WebSocket Denial Response".
    """
    websocket = talk.websocket(CONNECT)
    await websocket.send_denial_response(WHO)
    talk.sent_types(f"{DENIAL}.start", f"{DENIAL}.body")
    reached((talk.first("status"), body(talk)), (401, b"Who are you?"))


async def a_denial_in_parts_arrives_whole(talk: Talk) -> None:
    """A denial response whose body comes in parts reaches the server whole.

    ASGI extension, "WebSocket Denial Response".
    """
    websocket = talk.websocket(CONNECT)
    await websocket.send_denial_response(response(DENIAL, b"Who ", b"are ", b"you?"))
    reached((talk.first("status"), body(talk)), (401, b"Who are you?"))
    reached([bool(message.get("more_body")) for message in talk.sent[-1:]], [False])


async def any_asgi_response_will_do(talk: Talk) -> None:
    """An ASGI response that knows nothing of WebSockets can be a denial response.

    Our choice.
    """
    websocket = talk.websocket(CONNECT)
    await websocket.send_denial_response(response("http.response", b"Who are you?"))
    talk.sent_types(f"{DENIAL}.start", f"{DENIAL}.body")


async def a_denial_answers_a_question(talk: Talk) -> None:
    """A denial response is sent after the client's question was read.

    Our choice.
    """
    websocket = talk.websocket(CONNECT)
    await websocket.send_denial_response(WHO)
    if talk.events:
        raise Differs("unread", "websocket.connect")


async def without_the_extension_nothing_is_sent(talk: Talk) -> None:
    """On a server without the extension, no denial response is sent.

    ASGI extension, "WebSocket Denial Response".
    """
    websocket = talk.websocket(CONNECT, extensions={})
    await talk.unsent(websocket.send_denial_response, WHO)


async def without_the_extension_it_is_a_runtime_error(talk: Talk) -> None:
    """On a server without the extension, or without any, a denial is a `RuntimeError`.

    Our choice; documented by Lilya, Starlette.
    """
    missing: list[Any] = [{}, None, ...]
    for extensions in missing:
        websocket = talk.websocket(CONNECT, extensions=extensions)
        error = await talk.refused(websocket.send_denial_response, WHO)
        if not isinstance(error, RuntimeError):
            raise Differs("raised", type(error).__name__)


async def an_accepted_client_cannot_be_denied(talk: Talk) -> None:
    """After `accept`, no denial response is sent.

    ASGI extension, "WebSocket Denial Response".
    """
    websocket = await talk.opened()
    await talk.unsent(websocket.send_denial_response, WHO)


async def a_denial_is_the_end(talk: Talk) -> None:
    """After a denial response, nothing else is sent.

    ASGI extension, "WebSocket Denial Response".
    """
    websocket = talk.websocket(CONNECT)
    await websocket.send_denial_response(WHO)
    for call in (websocket.accept, websocket.close):
        await talk.unsent(call)
    await talk.unsent(websocket.send_text, "lily")


async def after_a_denial_nothing_is_read(talk: Talk) -> None:
    """After a denial response, `receive` raises and the server is not asked.

    Our choice.
    """
    websocket = talk.websocket(CONNECT)
    await websocket.receive()
    await websocket.send_denial_response(WHO)
    await talk.refused(websocket.receive)
