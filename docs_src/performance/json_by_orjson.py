import orjson

from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


class FastWebSocket(WebSocket):
    dumps = staticmethod(orjson.dumps)
    loads = staticmethod(orjson.loads)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = FastWebSocket(scope, receive, send)
    await websocket.accept()
    async for order in websocket.iter_json():
        await websocket.send_json({"bought": order["flower"], "left": order["stock"] - 1})
