import anyio

from lilyaref import CloseCode
from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()
CUSTOMERS = anyio.Path("/srv/lily/customers.csv")


@app.websocket_route("/")
async def read(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        await websocket.send_text(await CUSTOMERS.read_text("utf-8"))
    except OSError as error:
        await websocket.close(CloseCode.INTERNAL_ERROR, str(error))
