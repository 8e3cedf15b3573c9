from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    name = await websocket.receive_text()
    picture = await websocket.receive_bytes()
    await websocket.send_json({"name": name, "size": len(picture)})
    await websocket.close()
