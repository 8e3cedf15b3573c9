from docs_src.security.users import user_of
from lilyaref import OriginGuard, Response
from lilyaref.endpoints import refuse
from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

router = Router()
app = OriginGuard(router, ["https://example.com"])


@router.websocket_route("/")
async def hello(websocket: WebSocket) -> None:
    user = user_of(websocket.cookies.get("session", ""))
    if user is None:
        await refuse(websocket, Response("Log in first.", 401))
        return
    await websocket.accept()
    await websocket.send_text(f"Hello, {user}!")
