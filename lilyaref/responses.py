"""Just enough of a response to refuse a connection with; any ASGI response will do as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lilyaref.jsoncodec import encode
from lilyaref.messages import denial, pairs

if TYPE_CHECKING:
    from lilyaref.messages import HeadersLike
    from lilyaref.types import Receive, Scope, Send


class Response:
    """An HTTP response, complete in memory: an ASGI application that answers once.

    Args:
        content: the body, `str` (sent as UTF-8) or `bytes`.
        status_code: from 200 to 599.
        headers: more headers, a mapping or pairs.
        media_type: the `content-type`, unless *headers* name one; None sends none.

    >>> Response("Who are you?", status_code=401).body
    b'Who are you?'

    Raises:
        ValueError, TypeError: a value that no server may be given.

    Source: ASGI, "HTTP: Response Start" and the extension "WebSocket Denial Response".
    """

    def __init__(
        self,
        content: str | bytes = b"",
        status_code: int = 200,
        headers: HeadersLike | None = None,
        media_type: str | None = "text/plain; charset=utf-8",
    ) -> None:
        self.status_code = status_code
        self.body = content.encode() if isinstance(content, str) else content
        self._start, self._end = denial(status_code, pairs(headers), self.body)
        if media_type is not None and b"content-type" not in dict(self._start["headers"]):
            self._start["headers"] += pairs({"content-type": media_type})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response, in the form that *scope* wants: `http` or a WebSocket's denial."""
        from copy import deepcopy  # late: most connections are not refused

        prefix = "websocket." if scope["type"] == "websocket" else ""
        for message in (self._start, self._end):
            kind = message["type"].removeprefix("websocket.")
            await send(deepcopy({**message, "type": f"{prefix}{kind}"}))


class JSONResponse(Response):
    """A response whose body is JSON.

    Args:
        content: what `json.dumps` can write; `NaN` and `Infinity` are refused (RFC 8259 §6).
        status_code: from 200 to 599.
        headers: more headers, a mapping or pairs.

    >>> JSONResponse({"error": "no token"}, status_code=401).body
    b'{"error":"no token"}'
    """

    def __init__(
        self, content: Any, status_code: int = 200, headers: HeadersLike | None = None
    ) -> None:
        super().__init__(encode(content), status_code, headers, "application/json")
