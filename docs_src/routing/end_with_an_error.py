from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

router = Router()


@router.websocket_route("/divide")
async def divide(websocket: WebSocket) -> None:
    await websocket.accept()
    while True:
        number = await websocket.receive_json()
        await websocket.send_json(12 / number)
