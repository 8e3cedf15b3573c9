from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    async for _ in websocket.iter_text():
        pass
    await websocket.close()
    await websocket.close()
    print("No error. The connection ended with", websocket.close_code)
