from lilyaref.types import Message
from lilyaref.websockets import WebSocket


async def read_what_is_left() -> None:
    received: list[Message] = [{"type": "websocket.connect"}, {"type": "websocket.disconnect"}]

    async def receive() -> Message:
        return received.pop(0)

    async def send(message: Message) -> None:
        print("sent", message)

    scope = {"type": "websocket", "path": "/lily", "headers": [(b"host", b"example.com")]}
    websocket = WebSocket(scope, receive, send)
    print(websocket.url, dict(websocket.query_params), websocket.subprotocols, websocket.client)
    await websocket.accept()
    async for text in websocket.iter_text():
        print("received", text)
    print("ended with", websocket.close_code, repr(websocket.close_reason))
