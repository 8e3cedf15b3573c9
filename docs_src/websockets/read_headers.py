from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    headers = websocket.headers
    await websocket.accept()
    await websocket.send_text(headers["Sec-WebSocket-Version"])
    await websocket.send_json([headers["x-flower"], headers.getall("X-Flower")])
    await websocket.send_json([headers.getlist("x-flower"), headers.getlist("x-tree")])
    await websocket.send_text(headers.get("x-tree", "no tree"))
    await websocket.send_json((b"x-flower", b"lily") in headers.raw)
    await websocket.close()
