from lilyaref.routing import Mount, Router, WebSocketRoute
from lilyaref.websockets import WebSocket


async def lobby(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.url_for("chat:room", room="lilies"))


async def room(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(f"Welcome to {websocket.path_params['room']}")


chat = Router([WebSocketRoute("/rooms/{room}", room, name="room")])
app = Router([WebSocketRoute("/", lobby), Mount("/chat", chat, name="chat")])
