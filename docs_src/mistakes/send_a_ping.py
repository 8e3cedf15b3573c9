from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send({"type": "websocket.ping"})
