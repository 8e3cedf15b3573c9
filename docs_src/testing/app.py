from lilyaref.exceptions import WebSocketDisconnect
from lilyaref.responses import Response
from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()


@app.websocket_route("/double")
async def double(websocket: WebSocket) -> None:
    if websocket.query_params.get("token") != "lily":
        await websocket.send_denial_response(Response("Who are you?", status_code=401))
        return
    await websocket.accept()
    try:
        while (number := await websocket.receive_json()) < 100:
            await websocket.send_json(number * 2)
        await websocket.close(4000, "Too large")
    except WebSocketDisconnect:
        pass


@app.websocket_route("/silent")
async def silent(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.receive_text()
