import time

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream
from anyio.to_thread import run_sync

from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()
BACKLOG = 8  # numbers that may wait


@app.websocket_route("/")
async def square(websocket: WebSocket) -> None:
    await websocket.accept()
    todo, jobs = anyio.create_memory_object_stream[int](BACKLOG)
    with todo, jobs:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(work, websocket, jobs)
            while True:
                number = await websocket.receive_json()
                try:
                    todo.send_nowait(number)
                except anyio.WouldBlock:
                    await websocket.send_text(f"Too busy for {number}")


async def work(websocket: WebSocket, jobs: MemoryObjectReceiveStream[int]) -> None:
    async for number in jobs:
        await websocket.send_text(await run_sync(slowly, number))  # in a thread


def slowly(number: int) -> str:
    time.sleep(0.02)
    return f"{number} times {number} is {number * number}"
