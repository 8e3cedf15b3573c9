from docs_src.security.users import user_of
from lilyaref import Response
from lilyaref.endpoints import refuse
from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()


@app.websocket_route("/")
async def hello(websocket: WebSocket) -> None:
    protocol, token, *_ = [*websocket.subprotocols, "", ""]
    user = user_of(token.removeprefix("token."))
    if protocol != "chat" or user is None:
        await refuse(websocket, Response("Who are you?", 401))
        return
    await websocket.accept("chat")  # never the token: it would be echoed
    await websocket.send_text(f"Hello, {user}!")
