from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    text = await websocket.receive_text()
    data = await websocket.receive_bytes()
    value = await websocket.receive_json()
    other = await websocket.receive_json(mode="binary")
    await websocket.send_text(f"{text!r} {data!r} {value!r} {other!r}")
    await websocket.close()
