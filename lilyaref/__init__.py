"""lilyaref: a reference implementation of the ASGI WebSocket.

The test client is in `lilyaref.testclient`; it is not imported here, so that an application does
not load what only its tests need. Nor is what refuses a connection, or what needs multidict, until
somebody names it.
"""

from typing import TYPE_CHECKING

from lilyaref.codes import CloseCode
from lilyaref.connection import Connection
from lilyaref.datastructures import URL, Address, State
from lilyaref.exceptions import (
    InvalidJSON,
    WebSocketDataError,
    WebSocketDisconnect,
    WebSocketDisconnected,
    WebSocketRuntimeError,
)
from lilyaref.lifecycle import WebSocketState
from lilyaref.types import ASGIApp, Message, Receive, Scope, Send
from lilyaref.websockets import WebSocket, WebSocketClose

if TYPE_CHECKING:
    from lilyaref.multidicts import Headers, QueryParams
    from lilyaref.origins import OriginGuard
    from lilyaref.responses import JSONResponse, Response

__all__ = [
    "URL",
    "ASGIApp",
    "Address",
    "CloseCode",
    "Connection",
    "Headers",
    "InvalidJSON",
    "JSONResponse",
    "Message",
    "OriginGuard",
    "QueryParams",
    "Receive",
    "Response",
    "Scope",
    "Send",
    "State",
    "WebSocket",
    "WebSocketClose",
    "WebSocketDataError",
    "WebSocketDisconnect",
    "WebSocketDisconnected",
    "WebSocketRuntimeError",
    "WebSocketState",
]

if not TYPE_CHECKING:  # else a checker would believe that every name is here
    LATE = {
        "Headers": "multidicts",
        "JSONResponse": "responses",
        "OriginGuard": "origins",
        "QueryParams": "multidicts",
        "Response": "responses",
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name in LATE.values():
            return import_module(f"lilyaref.{name}")
        if name not in LATE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"lilyaref.{LATE[name]}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *LATE})
