from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket

SEATS = 1
guests: set[WebSocket] = set()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    if len(guests) == SEATS:
        await websocket.close()
        return
    guests.add(websocket)
    try:
        await websocket.accept()
        async for text in websocket.iter_text():
            await websocket.send_text(text.upper())
    finally:
        guests.remove(websocket)
