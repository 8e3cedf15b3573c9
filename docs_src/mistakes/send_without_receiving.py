import anyio

from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()


@app.websocket_route("/")
async def tell_the_news(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("The lilies are in flower")
    await anyio.sleep_forever()  # until there is more to tell
