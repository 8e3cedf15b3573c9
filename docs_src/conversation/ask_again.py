from lilyaref.exceptions import WebSocketDataError
from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    while True:
        try:
            order = await websocket.receive_json()
            break
        except WebSocketDataError:
            await websocket.send_text("Text with JSON in it, please.")
    await websocket.send_text(f"You ordered {order}.")
    await websocket.close()
