from lilyaref.exceptions import WebSocketDataError
from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    try:
        await websocket.receive_text()
    except WebSocketDataError as error:
        await websocket.send_text(f"Text, please ({error.close_code:d})")
    await websocket.send_text(await websocket.receive_text())
    await websocket.close()
