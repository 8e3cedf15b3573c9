import anyio

from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()
PAUSE = 1.0  # seconds between two numbers


@app.websocket_route("/")
async def talk(websocket: WebSocket) -> None:
    await websocket.accept()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(count, websocket)
        while True:
            name = await websocket.receive_text()
            await websocket.send_text(f"Hello, {name}!")


async def count(websocket: WebSocket) -> None:
    number = 0
    while True:
        number += 1
        await websocket.send_text(str(number))
        await anyio.sleep(PAUSE)
