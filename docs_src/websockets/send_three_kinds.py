from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_text("Olá, 你好")
    await websocket.send_bytes(b"\x00\x01")
    await websocket.send_json({"flower": "lily", "petals": 6})
    await websocket.close()
