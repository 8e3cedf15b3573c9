"""The client leaves, or the server loses it."""

from tests.conformance.talk import LEFT, Differs, Talk, equal, error_of, has_code, text


async def the_code_of_the_client_arrives(talk: Talk) -> None:
    """The error that tells of the client's leaving has its close code.

    ASGI, "Disconnect - receive event"; RFC 6455 §7.1.5.
    """
    websocket = await talk.opened(LEFT)
    has_code(await talk.refused(websocket.receive_text), 4001)


async def the_reason_of_the_client_arrives(talk: Talk) -> None:
    """The error that tells of the client's leaving has its close reason.

    ASGI, "Disconnect - receive event"; RFC 6455 §7.1.6.
    """
    websocket = await talk.opened(LEFT)
    error = await talk.refused(websocket.receive_text)
    equal(error.reason, "bye")  # type: ignore[attr-defined]


async def a_missing_reason_is_empty(talk: Talk) -> None:
    """A close reason that the server leaves out, or sets to None, is empty.

    ASGI, "Disconnect - receive event"; RFC 6455 §7.1.6.
    """
    without = {"type": "websocket.disconnect", "code": 1001}
    for event in (without, {**without, "reason": None}):
        websocket = await talk.opened(event)
        error = await talk.refused(websocket.receive_text)
        equal(error.reason, "")  # type: ignore[attr-defined]
        talk.left = False


async def a_missing_code_is_1005(talk: Talk) -> None:
    """A close code that the server leaves out, or sets to None, is 1005.

    Our choice.
    """
    for event in ({"type": "websocket.disconnect"}, {"type": "websocket.disconnect", "code": None}):
        websocket = await talk.opened(event)
        has_code(await talk.refused(websocket.receive_text), 1005)
        talk.left = False


async def the_state_tells_that_the_client_left(talk: Talk) -> None:
    """After a raw disconnect, `client_state` is `DISCONNECTED`.

    Our choice; documented by Lilya, Starlette.
    """
    websocket = await talk.opened(LEFT)
    await websocket.receive()
    equal(websocket.client_state.name, "DISCONNECTED")


async def the_server_is_not_asked_after_the_end(talk: Talk) -> None:
    """After the client left, a receive raises and the server is not asked again.

    Our choice.
    """
    websocket = await talk.opened(LEFT)
    await websocket.receive()
    await talk.refused(websocket.receive)
    await talk.refused(websocket.receive_text)


async def a_second_loop_ends_at_once(talk: Talk) -> None:
    """After the client left, another loop ends at once.

    Our choice.
    """
    websocket = await talk.opened(LEFT)
    for _ in range(2):
        equal([data async for data in websocket.iter_text()], [])


async def closing_after_the_client_is_quiet(talk: Talk) -> None:
    """A loop over `iter_text` may be followed by `close`, although the client has left.

    Our choice; documented by Lilya, Starlette.
    """
    websocket = await talk.opened(text("lily"), LEFT)
    async for _ in websocket.iter_text():
        pass
    await websocket.close()


async def sending_to_nobody_raises(talk: Talk) -> None:
    """If the server raises because the client has left, so does `send_text`.

    ASGI, "Disconnected Client - send exception".
    """
    websocket = await talk.opened(LEFT)
    await websocket.receive()
    if await error_of(websocket.send_text, "lily") is None:
        raise Differs("no error")


async def sending_to_nobody_raises_on_every_server(talk: Talk) -> None:
    """After the application has read that the client left, `send_text` raises on every server.

    Our choice.
    """
    websocket = await talk.opened(LEFT)
    talk.silent = True
    await websocket.receive()
    await talk.refused(websocket.send_text, "lily")


async def an_oserror_is_news(talk: Talk) -> None:
    """An `OSError` of the server in `send_text` arrives as the news that the client is gone.

    Our choice.
    """
    websocket = await talk.opened()
    talk.raises = OSError("connection reset")
    error = await error_of(websocket.send_text, "lily")
    if error is None:
        raise Differs("no error")
    has_code(error, 1006)


async def closing_a_lost_connection_is_quiet(talk: Talk) -> None:
    """`close` is quiet if the server has lost the client.

    Our choice.
    """
    websocket = await talk.opened()
    talk.raises = OSError("connection reset")
    await websocket.close()


async def what_came_before_the_loss_is_read(talk: Talk) -> None:
    """After an `OSError` in `send_text`, what the client had sent before can still be received.

    Our choice.
    """
    websocket = await talk.opened(text("last words"), LEFT)
    talk.raises = OSError("connection reset")
    await error_of(websocket.send_text, "lily")
    equal(await websocket.receive_text(), "last words")
