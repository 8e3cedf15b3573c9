from lilyaref.endpoints import WebSocketEndpoint
from lilyaref.routing import Router, WebSocketRoute
from lilyaref.websockets import WebSocket


class Calculator(WebSocketEndpoint):
    encoding = "json"

    async def on_receive(self, websocket: WebSocket, data: list[int]) -> None:
        await websocket.send_json(sum(data))

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        print("Done,", close_code)


router = Router([WebSocketRoute("/sum", Calculator)])
