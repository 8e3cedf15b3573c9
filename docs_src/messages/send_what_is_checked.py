from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.send({"type": "websocket.accept", "headers": {"X-Flower": "lily"}})
    await websocket.send({"type": "websocket.send", "text": None, "bytes": bytearray(b"lily")})
    await websocket.send({"type": "websocket.close"})
