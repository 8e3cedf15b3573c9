from lilyaref import WebSocket, WebSocketDisconnect
from lilyaref.types import Receive, Scope, Send


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    async for _ in websocket.iter_text():
        pass
    async for _ in websocket.iter_text():
        print("This is never printed.")
    try:
        await websocket.send_text("Are you still there?")
    except WebSocketDisconnect as late:
        print(isinstance(late, RuntimeError), late.code)
        print(late)
