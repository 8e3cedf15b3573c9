from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket

room: set[WebSocket] = set()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    room.add(websocket)
    try:
        async for _ in websocket.iter_text():
            await websocket.send_text(f"{len(room)} here")
    finally:
        room.remove(websocket)
