from lilyaref.exceptions import InvalidJSON, WebSocketDisconnect
from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    while True:
        try:
            value = await websocket.receive_json()
        except InvalidJSON as error:
            await websocket.send_json({"error": error.msg, "position": error.pos})
        except WebSocketDisconnect:
            break
        else:
            await websocket.send_json({"got": value})
