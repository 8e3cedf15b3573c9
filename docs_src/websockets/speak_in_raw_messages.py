from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    connect = await websocket.receive()
    await websocket.send({"type": "websocket.accept"})
    message = await websocket.receive()
    await websocket.send({"type": "websocket.send", "text": f"{connect} {message}"})
    await websocket.send({"type": "websocket.close", "code": 1000})
