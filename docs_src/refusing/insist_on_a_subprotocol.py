from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket

SPOKEN_HERE = ("chat.v2", "chat.v1")


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    for subprotocol in SPOKEN_HERE:
        if subprotocol in websocket.subprotocols:
            await websocket.accept(subprotocol=subprotocol)
            await websocket.send_text(f"We speak {websocket.subprotocol}")
            break
    await websocket.close()
