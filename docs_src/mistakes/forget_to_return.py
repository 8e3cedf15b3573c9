from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    if websocket.headers.get("authorization") != "Bearer lily":
        await websocket.close()
    await websocket.accept()
    await websocket.send_text("Welcome")
