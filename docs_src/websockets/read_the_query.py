from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    params = websocket.query_params
    await websocket.accept()
    await websocket.send_text(params["search"])
    await websocket.send_json([params.getall("search"), params.getlist("page")])
    await websocket.send_text(params.get("page", "1"))
    await websocket.close()
