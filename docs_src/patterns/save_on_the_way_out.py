import anyio

from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()
PATIENCE = 2.0  # seconds to save


@app.websocket_route("/")
async def write(websocket: WebSocket) -> None:
    await websocket.accept()
    lines: list[str] = []
    try:
        while True:
            lines.append(await websocket.receive_text())
            await websocket.send_text(f"Line {len(lines)}")
    finally:
        with anyio.move_on_after(PATIENCE, shield=True):
            await save(lines)


async def save(lines: list[str]) -> None:
    await anyio.sleep(0.01)  # a database would be here
    print(f"Saved {len(lines)} lines")
