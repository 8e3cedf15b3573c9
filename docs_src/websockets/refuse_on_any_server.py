from lilyaref.responses import JSONResponse
from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    response = JSONResponse({"error": "no token"}, status_code=401)
    try:
        await websocket.send_denial_response(response)
    except RuntimeError as error:
        print(error)
        await websocket.close()
