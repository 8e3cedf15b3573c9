from typing import Any

import msgspec

from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


class Order(msgspec.Struct):
    flower: str
    stock: int


class OrderWebSocket(WebSocket):
    dumps = staticmethod(msgspec.json.Encoder().encode)
    loads = staticmethod(msgspec.json.Decoder(Order).decode)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = OrderWebSocket(scope, receive, send)
    await websocket.accept()
    order: Any
    async for order in websocket.iter_json():
        await websocket.send_json(Order(order.flower, order.stock - 1))
