from lilyaref.responses import JSONResponse
from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket

WHO_ARE_YOU = JSONResponse(
    {"error": "no token"}, status_code=401, headers={"www-authenticate": "Bearer"}
)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    if websocket.headers.get("authorization") != "Bearer lily":
        await websocket.send_denial_response(WHO_ARE_YOU)
        return
    await websocket.accept()
    await websocket.send_text("Welcome")
    await websocket.close()
