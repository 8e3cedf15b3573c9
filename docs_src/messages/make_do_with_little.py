from lilyaref.types import Scope
from lilyaref.websockets import WebSocket


def known(scope: Scope) -> dict[str, object]:
    websocket = WebSocket(scope)
    return {
        "url": websocket.url,
        "query": dict(websocket.query_params),
        "headers": dict(websocket.headers),
        "client": websocket.client,
        "subprotocols": websocket.subprotocols,
    }
