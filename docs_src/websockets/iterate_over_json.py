from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    mode = "binary" if websocket.query_params.get("binary") else "text"
    async for order in websocket.iter_json(mode=mode):
        await websocket.send_json({"total": order["price"] * order["count"]}, mode=mode)
    await websocket.close()
