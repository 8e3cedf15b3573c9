import anyio

from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()
RATE = 10.0  # messages a second, in the long run
BURST = 50.0  # messages at once, now and then


@app.websocket_route("/")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    credit, then = BURST, anyio.current_time()
    while True:
        text = await websocket.receive_text()
        now = anyio.current_time()
        credit, then = min(BURST, credit + RATE * (now - then)) - 1, now
        if credit < 0:
            await anyio.sleep(-credit / RATE)
        await websocket.send_text(f"You said: {text}")
