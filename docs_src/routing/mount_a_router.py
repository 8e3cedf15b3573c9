from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

chat = Router()


@chat.websocket_route("/rooms/{room}", name="room")
async def enter(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.url_for("chat:room", room="irises"))


router = Router()
router.mount(prefix="chat", router=chat, websocket=True, name="chat")
