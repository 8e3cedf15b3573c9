from lilyaref.codes import describe, is_sendable
from lilyaref.exceptions import WebSocketDisconnect
from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    try:
        while True:
            await websocket.receive_text()
    except WebSocketDisconnect as gone:
        print("sent:" if is_sendable(gone.code) else "observed:", describe(gone.code))
