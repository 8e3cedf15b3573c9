"""What the load report loads: one echo three times over, and a look at what the process holds."""

import asyncio
import gc
from collections import Counter

from lilyaref import Receive, Scope, Send, WebSocket, WebSocketDisconnect
from lilyaref.routing import Router

BLOCK = b"x" * 65_536
flooded: Counter[WebSocket] = Counter()  # bytes that the server has taken for each client


async def by_hand(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


async def with_a_class(scope: Scope, receive: Receive, send: Send) -> None:
    await echo(WebSocket(scope, receive, send))


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)
    await websocket.close()


async def flood(websocket: WebSocket) -> None:
    """Send for as long as the server takes it; keep receiving, as an application should."""

    async def send() -> None:
        try:
            while True:
                await websocket.send_bytes(BLOCK)
                flooded[websocket] += len(BLOCK)
        except WebSocketDisconnect:
            pass

    await websocket.accept()
    sending = asyncio.create_task(send())
    async for _ in websocket.iter_text():
        pass
    sending.cancel()
    del flooded[websocket]


async def look(websocket: WebSocket) -> None:
    """Tell what the process holds, whenever somebody asks."""
    await websocket.accept()
    async for _ in websocket.iter_text():
        gc.collect()
        kinds = Counter(type(thing).__name__ for thing in gc.get_objects())
        await websocket.send_json(
            {
                "tasks": len(asyncio.all_tasks()),
                "websockets": kinds["WebSocket"],
                "transports": kinds["_SelectorSocketTransport"],
                "flooded": max(flooded.values(), default=0),
            }
        )


router = Router()
for handler in (echo, flood, look):
    router.add_websocket_route(f"/{handler.__name__}", handler)


BESIDE = {"/by_hand": by_hand, "/with_a_class": with_a_class}  # without a router


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    await BESIDE.get(scope.get("path", ""), router)(scope, receive, send)
