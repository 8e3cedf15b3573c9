import secrets
import time

from lilyaref import Response
from lilyaref.endpoints import refuse
from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()
LIFETIME = 30.0  # seconds
tickets: dict[str, tuple[str, float]] = {}


def issue(user: str) -> str:
    """What the page gets, over HTTP, once its user has logged in."""
    ticket = secrets.token_urlsafe(16)
    tickets[ticket] = user, time.monotonic() + LIFETIME
    return ticket


@app.websocket_route("/")
async def hello(websocket: WebSocket) -> None:
    ticket = websocket.query_params.get("ticket", "")
    user, end = tickets.pop(ticket, ("", 0.0))  # it is good for one connection
    if time.monotonic() > end:
        await refuse(websocket, Response("No valid ticket.", 401))
        return
    await websocket.accept()
    await websocket.send_text(f"Hello, {user}!")
