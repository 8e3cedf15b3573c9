from docs_src.security.users import user_of
from lilyaref import Response
from lilyaref.endpoints import refuse
from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()
WHO = Response("Who are you?", 401, {"www-authenticate": "Bearer"})


@app.websocket_route("/")
async def hello(websocket: WebSocket) -> None:
    scheme, _, token = websocket.headers.get("authorization", "").partition(" ")
    user = user_of(token) if scheme.lower() == "bearer" else None
    if user is None:
        await refuse(websocket, WHO)
        return
    await websocket.accept()
    await websocket.send_text(f"Hello, {user}!")
