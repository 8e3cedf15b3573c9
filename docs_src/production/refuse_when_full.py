from docs_src.websockets.echo import app as echo
from lilyaref import Response, WebSocket
from lilyaref.endpoints import refuse
from lilyaref.types import ASGIApp, Receive, Scope, Send

FULL = Response("Full", status_code=503)


class Limited:
    """An application that so many clients may use at the same time."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self.free = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
        elif self.free:
            self.free -= 1
            try:
                await self.app(scope, receive, send)
            finally:
                self.free += 1
        else:
            await refuse(WebSocket(scope, receive, send), FULL)


app = Limited(echo, most=2)
