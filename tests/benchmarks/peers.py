"""The contestants: one class each, made and used in the same way."""

from collections.abc import Callable
from importlib.metadata import version
from itertools import count
from typing import Any

import lilya.websockets
import litestar
import starlette.websockets
from litestar.connection import WebSocket as LitestarWebSocket

from lilyaref.types import Scope
from lilyaref.websockets import WebSocket
from tests.benchmarks.rounds import US

CONTESTANTS: dict[str, Callable[..., Any]] = {
    US: WebSocket,
    "Starlette": starlette.websockets.WebSocket,
    "Lilya": lilya.websockets.WebSocket,
    "Litestar": LitestarWebSocket,
}
RELEASES = (
    *("anyio", "lilya", "litestar", "msgspec", "multidict", "orjson"),
    *("starlette", "uvicorn", "uvloop", "websockets"),
)


@litestar.websocket("/")  # type: ignore[untyped-decorator,unused-ignore]
async def _handler(socket: LitestarWebSocket[Any, Any, Any]) -> None:
    """Litestar's class asks its handler how to read JSON."""


_APP = litestar.Litestar([_handler], openapi_config=None)
IN_LITESTAR = {"litestar_app": _APP, "route_handler": _APP.routes[0].route_handler}


def scope(number: int) -> Scope:
    """What a browser sends; values differ, so that no cache that is keyed by text flatters."""
    host = b"lily-%d.example" % number
    headers = [
        (b"host", host),
        (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101" % number),
        (b"accept", b"*/*"),
        (b"accept-language", b"pt-PT,pt;q=0.8,en;q=0.5"),
        (b"accept-encoding", b"gzip, deflate, br, zstd"),
        (b"sec-websocket-version", b"13"),
        (b"origin", b"https://" + host),
        (b"sec-websocket-extensions", b"permessage-deflate"),
        (b"sec-websocket-key", b"%022d==" % number),
        (b"connection", b"keep-alive, Upgrade"),
        (b"cookie", b"session=%032d; theme=dark; lang=pt; seen=%d" % (number, number)),
        (b"sec-fetch-dest", b"empty"),
        (b"sec-fetch-mode", b"websocket"),
        (b"pragma", b"no-cache"),
        (b"upgrade", b"websocket"),
    ]
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": "/chat",
        "raw_path": b"/chat",
        "root_path": "",
        "query_string": b"room=%d&page=2&sort=name&q=a%%20b&z=1" % number,
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "subprotocols": [],
        "state": {},
        "extensions": {},
        "path_params": {},
        **IN_LITESTAR,
    }


NUMBERS = count(1)


def scopes(number: int) -> list[Scope]:
    return [scope(next(NUMBERS)) for _ in range(number)]


def releases() -> dict[str, str]:
    return {name: version(name) for name in RELEASES}
