from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    if websocket.query_params.get("token") != "lily":
        await websocket.close()
        return
    await websocket.accept()
    await websocket.send_text("Welcome")
    await websocket.close()
