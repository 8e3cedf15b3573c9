from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

router = Router()


def token_of(websocket: WebSocket) -> str | None:
    return websocket.cookies.get("token") or websocket.query_params.get("token")


@router.websocket_route("/items/{item_id:int}")
async def item(websocket: WebSocket) -> None:
    token = token_of(websocket)
    if token is None:
        await websocket.close(1008)
        return
    await websocket.accept()
    async for question in websocket.iter_text():
        await websocket.send_json([websocket.path_params["item_id"], token, question])
