from lilyaref import WebSocket, WebSocketDisconnect
from lilyaref.types import Message


async def lose_the_client() -> None:
    received: list[Message] = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "Never mind."},
        {"type": "websocket.disconnect", "code": 1001, "reason": "tab closed"},
    ]

    async def receive() -> Message:
        return received.pop(0)

    async def send(message: Message) -> None:
        if message["type"] == "websocket.send":
            raise OSError("the client is gone")

    websocket = WebSocket({"type": "websocket", "path": "/"}, receive, send)
    await websocket.accept()
    try:
        await websocket.send_text("Are lilies poisonous?")
    except WebSocketDisconnect as gone:
        print(gone.code, "caused by", repr(gone.__cause__))
    async for text in websocket.iter_text():
        print("received all the same:", text)
    await websocket.close()
    print(websocket.close_code, websocket.close_reason)
