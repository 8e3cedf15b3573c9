from lilyaref.routing import Mount, Router, WebSocketRoute
from lilyaref.websockets import WebSocket


async def room(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(f"This is room {websocket.path_params['number']}.")


route = WebSocketRoute("/room/{number:int}", room)
mount = Mount("/chat", Router([route]), name="chat")
app = Router([mount])
