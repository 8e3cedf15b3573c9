from lilyaref import WebSocket, WebSocketDisconnect
from lilyaref.types import Receive, Scope, Send


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    topic = websocket.query_params["topic"]
    await websocket.accept()
    try:
        while True:
            text = await websocket.receive_text()
            await websocket.send_json({"path": websocket["path"], topic: text})
    except WebSocketDisconnect as gone:
        print("The client left with", gone.code)
