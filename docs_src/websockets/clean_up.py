from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)

    async def leave_the_room() -> None:
        print("Left the room, close code", websocket.close_code)

    await websocket.accept()
    websocket.add_cleanup(leave_the_room)
    async for text in websocket.iter_text():
        await websocket.send_text(text)
