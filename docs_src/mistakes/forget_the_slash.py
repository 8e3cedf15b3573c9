from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

router = Router()


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()


def add() -> None:
    router.add_websocket_route("echo", echo)
