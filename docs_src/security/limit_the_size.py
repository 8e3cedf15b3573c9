from lilyaref import CloseCode
from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()
LARGEST = 1000  # characters


@app.websocket_route("/")
async def count(websocket: WebSocket) -> None:
    await websocket.accept()
    while True:
        text = await websocket.receive_text()
        if len(text) > LARGEST:
            await websocket.close(CloseCode.MESSAGE_TOO_BIG, f"at most {LARGEST} characters")
            return
        await websocket.send_text(f"{len(text)} characters")
