from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    async for guess in websocket.iter_text():
        if guess == "lily":
            await websocket.close(1000, "Guessed")
        else:
            await websocket.send_text("No")
    print("The game ended with", websocket.close_code, websocket.close_reason)
