from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()
SESSIONS = {"5c1f": "Ana"}  # who is logged in, by the value of the cookie


@app.websocket_route("/")
async def account(websocket: WebSocket) -> None:
    user = SESSIONS.get(websocket.cookies.get("session", ""))
    if user is None:
        await websocket.close()
        return
    await websocket.accept()
    await websocket.send_text(f"{user}, you have 1200 euros")
