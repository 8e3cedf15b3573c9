from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    for key, value in websocket.items():
        await websocket.send_text(f"{key}: {value!r:.60}")
    await websocket.close()
