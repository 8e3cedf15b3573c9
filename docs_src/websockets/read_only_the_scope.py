from lilyaref.types import Scope
from lilyaref.websockets import WebSocket


def greeting(scope: Scope) -> str:
    websocket = WebSocket(scope)
    return f"Welcome to {websocket.url.path}"
