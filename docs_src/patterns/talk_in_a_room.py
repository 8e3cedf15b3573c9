from contextlib import suppress

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream

from docs_src.patterns.room import Room
from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()
room = Room()
TOO_SLOW = 4000  # a close code of our own
PATIENCE = 5.0  # seconds that one message may take


@app.websocket_route("/")
async def enter(websocket: WebSocket) -> None:
    with room.subscribe() as messages:
        await websocket.accept()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen, websocket)
            await deliver(websocket, messages)
            tasks.cancel_scope.cancel()
    with anyio.move_on_after(PATIENCE):
        await websocket.close(TOO_SLOW, "too slow")


async def listen(websocket: WebSocket) -> None:
    while True:
        room.publish(await websocket.receive_text())


async def deliver(websocket: WebSocket, messages: MemoryObjectReceiveStream[str]) -> None:
    with suppress(TimeoutError):
        async for text in messages:
            with anyio.fail_after(PATIENCE):
                await websocket.send_text(text)
