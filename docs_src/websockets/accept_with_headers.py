from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    match websocket.url.path:
        case "/dict":
            await websocket.accept(headers={"X-Flower": "lily"})
        case "/pairs":
            await websocket.accept(headers=[("set-cookie", "a=1"), (b"set-cookie", b"b=2")])
    await websocket.close()
