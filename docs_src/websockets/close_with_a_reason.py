from lilyaref.codes import CloseCode
from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.close(code=CloseCode.TRY_AGAIN_LATER, reason="The garden is full")
