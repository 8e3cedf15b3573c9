"""Handlers: how one is run to a clean end, how one refuses, and one in the form of a class."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from lilyaref.codes import CloseCode
from lilyaref.exceptions import WebSocketDataError, WebSocketDisconnect, WebSocketDisconnected
from lilyaref.lifecycle import WebSocketState
from lilyaref.websockets import DENIAL_EXTENSION, WebSocket

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from lilyaref.types import ASGIApp, Receive, Scope, Send


async def serve(websocket: WebSocket, handler: Callable[[WebSocket], Awaitable[object]]) -> None:
    """Run *handler*, and end the connection if it has not: servers disagree on what happens else.

    A return closes with 1000, or refuses with 403 what was never accepted. An error closes with
    1011 and no word about it, and is raised again. The client's leaving ends quietly.

    Args:
        websocket: the connection.
        handler: takes it.

    Raises:
        WebSocketDisconnected: the handler went on after its own close.
        Exception: what else the handler raises.
    """
    try:
        await handler(websocket)
    except Exception as error:
        if not _is_news(error, websocket):
            if not websocket._closed:
                with suppress(Exception):  # some servers refuse 1011; the error matters more
                    await websocket.close(CloseCode.INTERNAL_ERROR)
            raise
    if not websocket._closed:
        await websocket.close()


async def refuse(websocket: WebSocket, response: ASGIApp) -> None:
    """Refuse a connection with *response*, or with HTTP 403 where the server cannot send one.

    A client that did not wait for the answer is no error.

    Args:
        websocket: the connection, before `accept`.
        response: any ASGI response, as for `WebSocket.send_denial_response`.

    Raises:
        WebSocketRuntimeError: the connection is accepted already.
        WebSocketDisconnected: this application has refused it already.

    Source: ASGI extension, "WebSocket Denial Response".
    """
    can_deny = DENIAL_EXTENSION in (websocket.get("extensions") or {})
    try:
        if can_deny or websocket.application_state is not WebSocketState.CONNECTING:
            await websocket.send_denial_response(response)  # or it explains what is out of order
        else:
            await websocket.close()
    except WebSocketDisconnect as error:
        if not _is_news(error, websocket):
            raise


def _is_news(error: Exception, websocket: WebSocket) -> bool:
    """Whether *error* only says that the client has left, alone or out of a task group."""
    if isinstance(error, ExceptionGroup):
        return all(_is_news(part, websocket) for part in error.exceptions)
    late = isinstance(error, WebSocketDisconnected) and websocket._closed
    return isinstance(error, WebSocketDisconnect) and not late


class WebSocketEndpoint:
    """A handler in the form of a class, and an ASGI application on its own.

    A subclass says what it wants to do on each occasion; the loop is here.

    Args:
        scope: the connection scope.
        receive: awaits the server's next message.
        send: hands a message to the server.

    >>> from lilyaref.testclient import TestClient
    >>> class Echo(WebSocketEndpoint):
    ...     encoding = "text"
    ...     async def on_receive(self, websocket, data):
    ...         await websocket.send_text(data)
    >>> with TestClient(Echo).websocket_connect("/") as session:
    ...     session.send_text("Hello")
    ...     session.receive_text()
    'Hello'
    """

    encoding: Literal["text", "bytes", "json"] | None = None
    """What messages are: None takes text and bytes as they come. The wrong kind closes the
    connection with the `close_code` of the error."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.websocket = WebSocket(scope, receive, send)

    def __await__(self) -> Generator[Any, Any, None]:
        return serve(self.websocket, self._converse).__await__()

    async def on_connect(self, websocket: WebSocket) -> None:
        """A client has come. Unless overridden, it is accepted."""
        await websocket.accept()

    async def on_receive(self, websocket: WebSocket, data: Any) -> None:
        """A message has come.

        Args:
            websocket: the connection.
            data: the message, as `encoding` says.
        """

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        """A connection that `on_connect` has accepted has ended, or will when this returns.

        Args:
            websocket: the connection.
            close_code: why; 1011 for an error of the endpoint.
        """

    async def _converse(self, websocket: WebSocket) -> None:
        await self.on_connect(websocket)
        if not websocket._accepted:
            return
        code = int(CloseCode.INTERNAL_ERROR)
        try:
            while not websocket._closed:
                await self._receive_one(websocket)
            code = websocket.close_code or code
        except WebSocketDisconnect as news:  # also out of `on_receive`, where a send met it
            code = news.code
            raise
        finally:
            await self.on_disconnect(websocket, code)

    async def _receive_one(self, websocket: WebSocket) -> None:
        try:
            data = await self._next(websocket)
        except WebSocketDataError as error:
            await websocket.close(error.close_code)
        else:
            await self.on_receive(websocket, data)

    async def _next(self, websocket: WebSocket) -> Any:
        if self.encoding == "text":
            return await websocket.receive_text()
        if self.encoding == "bytes":
            return await websocket.receive_bytes()
        if self.encoding == "json":
            return await websocket.receive_json()
        message = await websocket.receive()
        text, data = message.get("text"), message.get("bytes")
        if (text is None) == (data is None):  # a disconnect, or a mistake of the server
            raise await websocket._no_data(message, "text", "on_receive()")
        return data if text is None else text
