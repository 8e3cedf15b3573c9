from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    lines: list[str] = []
    complete = False
    async for line in websocket.iter_text():
        if line == "the end":
            complete = True
            await websocket.close()
        else:
            lines.append(line)
    print("Saved:" if complete else "Thrown away:", lines)
