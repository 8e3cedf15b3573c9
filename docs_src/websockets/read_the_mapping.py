from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_json(
        {
            "path": websocket["path"],
            "has headers": "headers" in websocket,
            "has a method": "method" in websocket,
            "same keys": list(websocket) == list(scope),
            "same size": len(websocket) == len(scope),
            "same dict": dict(websocket) == scope,
            "missing": websocket.get("method", "none"),
        }
    )
    await websocket.close()
