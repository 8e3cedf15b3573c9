import anyio

from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()
SILENT = 4001  # a close code of our own
BEAT = 20.0  # seconds between two questions
PATIENCE = 50.0  # seconds without a word from the client


@app.websocket_route("/")
async def keep_in_touch(websocket: WebSocket) -> None:
    await websocket.accept()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask, websocket)
        with anyio.move_on_after(PATIENCE) as patience:
            while True:
                text = await websocket.receive_text()
                patience.deadline = anyio.current_time() + PATIENCE
                if text != "still here":
                    await websocket.send_text(f"You said: {text}")
        tasks.cancel_scope.cancel()
    with anyio.move_on_after(PATIENCE):
        await websocket.close(SILENT, "silent for too long")


async def ask(websocket: WebSocket) -> None:
    while True:
        await anyio.sleep(BEAT)
        await websocket.send_text("still there?")
