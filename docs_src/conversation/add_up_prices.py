from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    total = 0
    async for item in websocket.iter_json():
        total += item["price"] * item["count"]
        await websocket.send_json({"flower": item["flower"], "total": total})
