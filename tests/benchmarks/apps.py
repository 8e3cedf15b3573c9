"""What runs behind uvicorn: an echo, of text at `/` and of JSON at any other path."""

import json
from collections.abc import Callable
from typing import Any

from docs_src.performance.json_by_orjson import FastWebSocket
from lilyaref.types import ASGIApp, Receive, Scope, Send
from tests.benchmarks.peers import CONTESTANTS, IN_LITESTAR
from tests.benchmarks.rounds import US


async def by_hand(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
    while (message := await receive())["type"] == "websocket.receive":
        text = message["text"]
        if scope["path"] != "/":
            text = json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
        await send({"type": "websocket.send", "text": text})


def by_class(cls: Callable[..., Any]) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        websocket = cls(scope, receive, send)
        await websocket.accept()
        if scope["path"] == "/":
            async for text in websocket.iter_text():
                await websocket.send_text(text)
        else:
            async for value in websocket.iter_json():
                await websocket.send_json(value)

    return app


async def litestar(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = CONTESTANTS["Litestar"]({**scope, **IN_LITESTAR}, receive, send)
    await websocket.accept()
    if scope["path"] == "/":
        async for text in websocket.iter_data("text"):
            await websocket.send_text(text)
    else:
        async for value in websocket.iter_json():
            await websocket.send_json(value)


lilyaref = by_class(CONTESTANTS[US])
starlette = by_class(CONTESTANTS["Starlette"])
lilya = by_class(CONTESTANTS["Lilya"])
orjson = by_class(FastWebSocket)
