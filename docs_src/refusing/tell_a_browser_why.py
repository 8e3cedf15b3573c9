from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    if websocket.cookies.get("token") != "lily":
        await websocket.close(4001, "Sign in first")
        return
    await websocket.send_text("Welcome")
    await websocket.close()
