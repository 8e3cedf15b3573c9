from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

router = Router()


@router.websocket_route("/echo")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


async def hello(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("Hello")


router.add_websocket_route("/hello", hello)
