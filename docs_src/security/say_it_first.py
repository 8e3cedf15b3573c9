from contextlib import suppress

import anyio

from docs_src.security.users import user_of
from lilyaref import WebSocketDataError
from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()
WHO = 4401  # a close code of our own
PATIENCE = 5.0  # seconds for the first message


@app.websocket_route("/")
async def hello(websocket: WebSocket) -> None:
    await websocket.accept()
    user = None
    with suppress(WebSocketDataError), anyio.move_on_after(PATIENCE):
        user = user_of(await websocket.receive_text())
    if user is None:
        await websocket.close(WHO, "no valid token")
        return
    await websocket.send_text(f"Hello, {user}!")
