"""lilyaref: a reference implementation of the ASGI WebSocket.

The test client is in `lilyaref.testclient`; it is not imported here, so that an application does
not load what only its tests need.
"""

from lilyaref.codes import CloseCode
from lilyaref.connection import Connection
from lilyaref.datastructures import URL, Address, Headers, QueryParams, State
from lilyaref.exceptions import (
    InvalidJSON,
    WebSocketDataError,
    WebSocketDisconnect,
    WebSocketDisconnected,
    WebSocketRuntimeError,
)
from lilyaref.lifecycle import WebSocketState
from lilyaref.origins import OriginGuard
from lilyaref.responses import JSONResponse, Response
from lilyaref.types import ASGIApp, Message, Receive, Scope, Send
from lilyaref.websockets import WebSocket, WebSocketClose

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
