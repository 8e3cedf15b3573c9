from lilyaref.responses import Response
from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    if websocket.query_params.get("token") != "lily":
        response = Response("Who are you?", status_code=401, headers={"x-flower": "lily"})
        await websocket.send_denial_response(response)
        return
    await websocket.accept()
    await websocket.close()
