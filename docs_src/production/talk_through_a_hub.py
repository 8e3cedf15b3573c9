from collections.abc import AsyncIterable, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import Protocol

from anyio import CancelScope, create_task_group, fail_after, move_on_after

from lilyaref import CloseCode, WebSocket, WebSocketDisconnect

PATIENCE = 10.0  # seconds for a client to take one message


class Hub(Protocol):
    """Connects the members of a room, wherever they are."""

    async def publish(self, room: str, text: str) -> None: ...

    def subscribe(self, room: str) -> AbstractAsyncContextManager[AsyncIterable[str]]: ...


Publish = Callable[[str], Awaitable[None]]


async def talk(websocket: WebSocket) -> None:
    hub: Hub = websocket.state.hub
    room = websocket.path_params["room"]
    async with hub.subscribe(room) as texts:
        await websocket.accept()
        await converse(websocket, texts, partial(hub.publish, room))


async def converse(websocket: WebSocket, texts: AsyncIterable[str], publish: Publish) -> None:
    async with create_task_group() as both:
        both.start_soon(hear, websocket, texts, both.cancel_scope)
        both.start_soon(speak, websocket, publish, both.cancel_scope)
    with move_on_after(PATIENCE):
        await websocket.close(CloseCode.TRY_AGAIN_LATER)  # silent if the client has left


async def hear(websocket: WebSocket, texts: AsyncIterable[str], both: CancelScope) -> None:
    with suppress(TimeoutError):
        async for text in texts:
            with fail_after(PATIENCE):
                await websocket.send_text(text)
    both.cancel()


async def speak(websocket: WebSocket, publish: Publish, both: CancelScope) -> None:
    with suppress(WebSocketDisconnect, ConnectionError):
        while True:
            await publish(await websocket.receive_text())
    both.cancel()
