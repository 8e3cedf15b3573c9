from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.send(
        {
            "type": "websocket.http.response.start",
            "status": 404,
            "headers": [(b"content-type", b"text/plain")],
        }
    )
    await websocket.send(
        {"type": "websocket.http.response.body", "body": b"No lilies ", "more_body": True}
    )
    print("The application is in", websocket.application_state)
    await websocket.send({"type": "websocket.http.response.body", "body": b"here"})
