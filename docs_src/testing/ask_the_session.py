from lilyaref.responses import JSONResponse
from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    if "chat" in websocket.subprotocols:
        await websocket.accept("chat", headers={"x-room": "irises"})
        await websocket.send_bytes(await websocket.receive_bytes())
    else:
        await websocket.send_denial_response(JSONResponse({"speak": "chat"}, status_code=400))
