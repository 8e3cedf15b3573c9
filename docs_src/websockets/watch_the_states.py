from lilyaref.types import Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    states = [(websocket.client_state.name, websocket.application_state.name)]
    await websocket.accept()
    states.append((websocket.client_state.name, websocket.application_state.name))
    await websocket.send_json(states)
    await websocket.close()
    print(websocket.client_state, websocket.application_state)
