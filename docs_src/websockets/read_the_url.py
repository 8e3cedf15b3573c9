from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    url = websocket.url
    await websocket.accept()
    await websocket.send_text(url)
    await websocket.send_json([url.scheme, url.netloc, url.hostname, url.port, url.path, url.query])
    await websocket.send_json([url.fragment, url.username, url.password, url.is_secure])
    await websocket.send_text(url.replace(scheme="wss", port=None))
    await websocket.send_text(url.replace("lily", "iris"))
    await websocket.send_text(url.include_query_params(page=2))
    await websocket.send_text(url.replace_query_params(page=2))
    await websocket.send_text(url.remove_query_params("q"))
    await websocket.send_text(websocket.base_url)
    await websocket.close()
