from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lilyaref.routing import Router
from lilyaref.websockets import WebSocket


@asynccontextmanager
async def lifespan(router: Router) -> AsyncIterator[dict[str, str]]:
    print("The garden opens")
    yield {"greeting": "Welcome to the garden"}
    print("The garden closes")


router = Router(lifespan=lifespan)


@router.websocket_route("/")
async def greet(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.state.greeting)
