import json
from datetime import date
from typing import Any

from lilyaref import websockets
from lilyaref.types import Receive, Scope, Send


def dumps(value: Any) -> str:
    return json.dumps(value, default=date.isoformat)


class WebSocket(websockets.WebSocket):
    dumps = staticmethod(dumps)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_json({"blooms": date(2026, 6, 1)})
    await websocket.close()
