"""Two classes that keep no rule between them, so that no rule can fall asleep."""

from typing import Any


class Mute:
    """Has every method, and says and hears nothing."""

    def __init__(self, scope: Any, receive: Any = None, send: Any = None) -> None: ...

    def __getattr__(self, name: str) -> Any:
        async def nothing(*values: Any, **named: Any) -> None: ...

        return nothing


class Wrong(dict[str, str]):
    """A mapping, an object and a text, all of the wrong values."""

    def __init__(self) -> None:
        super().__init__(wrong="lily example")

    def __getattr__(self, name: str) -> str:
        return "wrong"

    def __missing__(self, key: str) -> str:
        return "wrong"

    def __str__(self) -> str:
        return "lily example"

    def getlist(self, name: str) -> list[str]:
        return ["wrong"]


class Loud(Wrong):
    """Hands everything on to the server, in whatever state, and asks it for everything."""

    query_params = headers = url = cookies = client = client_state = application_state = Wrong()

    def __init__(self, scope: Any, receive: Any = None, send: Any = None) -> None:
        super().__init__()
        scope["headers"] = None
        self.receive, self.raw = receive, send

    async def accept(self, subprotocol: Any = None, headers: Any = None) -> None:
        await self.receive()
        reverse = [*headers][::-1] if headers else headers
        await self.send({"type": "websocket.accept", "headers": reverse})

    async def send(self, message: Any) -> None:
        for _ in range(2):
            await self.raw(message)

    async def send_text(self, data: Any) -> None:
        await self.send({"type": "websocket.send", "text": data, "bytes": data})

    send_bytes = send_text

    async def send_json(self, data: Any, mode: str = "text") -> None:
        await self.send({"type": "websocket.send", "text": f"{data} \ud83c", "bytes": b"{"})

    async def receive_text(self) -> Any:
        return await self.receive()

    receive_bytes = receive_text

    async def iter_text(self) -> Any:
        while True:
            yield await self.receive()

    iter_bytes = iter_json = iter_text

    async def receive_json(self, mode: str = "text") -> Any:
        return await self.receive()

    async def close(self, code: Any = 1006, reason: Any = None) -> None:
        await self.send({"type": "websocket.close", "code": code, "reason": f"{reason}."})

    async def send_denial_response(self, response: Any) -> None:
        await response(None, self.receive, self.send)
