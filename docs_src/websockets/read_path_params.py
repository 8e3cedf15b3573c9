from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def greet(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_text(f"Hello, {websocket.path_params['username']}!")
    await websocket.close()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    username = scope["path"].removeprefix("/users/")
    await greet({**scope, "path_params": {"username": username}}, receive, send)
