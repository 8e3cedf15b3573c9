from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

router = Router()


@router.websocket_route("/rooms/{room}/seats/{seat:int}")
async def sit(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json(websocket.path_params)


@router.websocket_route("/prices/{price:float}")
@router.websocket_route("/guests/{guest:uuid}")
@router.websocket_route("/files/{file:path}")
async def show(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(repr(websocket.path_params))
