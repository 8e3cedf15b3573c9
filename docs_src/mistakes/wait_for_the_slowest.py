from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()
members: set[WebSocket] = set()


@app.websocket_route("/")
async def enter(websocket: WebSocket) -> None:
    await websocket.accept()
    members.add(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            for member in [*members]:
                await member.send_text(text)
    finally:
        members.discard(websocket)
