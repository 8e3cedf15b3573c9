from lilyaref import WebSocket, WebSocketDisconnect
from lilyaref.types import Receive, Scope, Send


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    question = await websocket.receive_text()
    try:
        await websocket.send_text(f"You asked: {question}")
    except WebSocketDisconnect as gone:
        print(gone.code, "caused by an OSError:", isinstance(gone.__cause__, OSError))
    async for text in websocket.iter_text():
        print("received all the same:", text)
    await websocket.close()
    print(websocket.close_code, websocket.close_reason)
