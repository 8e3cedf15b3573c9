from lilyaref.types import ASGIApp, Receive, Scope, Send
from lilyaref.websockets import WebSocket


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_text(f"{websocket.user} {websocket.auth} {websocket.session['seat']}")
    await websocket.send_text(f"{websocket.state.greeting} from {websocket.app.title}")
    await websocket.close()


class Middleware:
    title = "the garden"

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self
        scope["user"] = "lily"
        scope["auth"] = ["reader"]
        scope["session"] = {"seat": 7}
        WebSocket(scope).state.greeting = "Welcome"
        await self.app(scope, receive, send)


app = Middleware(hello)
