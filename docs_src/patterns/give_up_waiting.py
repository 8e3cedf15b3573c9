import anyio

from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()
TOO_LATE = 4002  # a close code of our own
PATIENCE = 10.0  # seconds to answer the question


@app.websocket_route("/")
async def ask(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("Who are you?")
    with anyio.move_on_after(PATIENCE):
        name = await websocket.receive_text()
        await websocket.send_text(f"Hello, {name}!")
        return
    await websocket.close(TOO_LATE, "no name in time")
