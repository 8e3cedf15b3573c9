from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    if "chat.v2" in websocket.subprotocols:
        await websocket.accept(subprotocol="chat.v2")
    else:
        await websocket.accept()
    await websocket.send_json(websocket.subprotocol)
    await websocket.close()
