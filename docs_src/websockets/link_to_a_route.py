from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


class Names:
    def url_path_for(self, name: str, /, **path_params: str) -> str:
        return f"/{name}/{path_params['room']}"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    scope["router"] = Names()
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_text(websocket.url_for("chat", room="lilies"))
    await websocket.send_text(websocket.url_path_for("chat", room="irises"))
    await websocket.send_text(websocket.path_for("chat", room="roses"))
    await websocket.close()
