from typing import Any

from lilyaref.websockets import WebSocket


async def handler(theirs: Any) -> None:
    websocket = WebSocket(theirs.scope, theirs.receive, theirs.send)
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(f"{websocket.url.path} heard {text}")
    await websocket.close()
