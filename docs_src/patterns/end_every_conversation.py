import anyio

from lilyaref import CloseCode
from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()
conversations: set[anyio.CancelScope] = set()
PATIENCE = 5.0  # seconds for a goodbye


@app.websocket_route("/")
async def talk(websocket: WebSocket) -> None:
    with anyio.CancelScope() as scope:
        conversations.add(scope)
        try:
            await websocket.accept()
            while True:
                await websocket.send_text(f"You said: {await websocket.receive_text()}")
        finally:
            conversations.discard(scope)
    with anyio.move_on_after(PATIENCE):
        await websocket.close(CloseCode.SERVICE_RESTART, "back in a minute")


@app.websocket_route("/restart")  # for operators, once they have shown who they are
async def restart(websocket: WebSocket) -> None:
    await websocket.accept()
    for scope in [*conversations]:
        scope.cancel()
