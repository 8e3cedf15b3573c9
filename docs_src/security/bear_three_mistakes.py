from lilyaref import CloseCode, WebSocketDataError
from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()


@app.websocket_route("/")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    mistakes = 0
    while mistakes < 3:
        try:
            value = await websocket.receive_json()
        except WebSocketDataError:  # not JSON, or not even text
            mistakes += 1
            await websocket.send_json({"error": "This is not JSON."})
        else:
            await websocket.send_json({"you said": value})
    await websocket.close(CloseCode.POLICY_VIOLATION, "too many mistakes")
