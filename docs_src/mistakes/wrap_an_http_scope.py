from lilyaref.types import Scope
from lilyaref.websockets import WebSocket


def requested_path(scope: Scope) -> str:
    return WebSocket(scope).url.path
