"""Who may connect from a browser: a guard that looks at the Origin of every handshake."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lilyaref.datastructures import split_host
from lilyaref.endpoints import refuse
from lilyaref.multidicts import Headers
from lilyaref.responses import Response
from lilyaref.websockets import WebSocket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lilyaref.types import ASGIApp, Receive, Scope, Send

ORIGIN = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<netloc>[^/?#]*)", re.IGNORECASE | re.ASCII
)
DEFAULT_PORTS = {"http": 80, "https": 443}
# A page is never loaded over these: who writes them means the page's own scheme.
PAGE_SCHEMES = {"ws": "http", "wss": "https"}


class OriginGuard:
    """Middleware that lets in the pages of some origins, and refuses all others with HTTP 403.

    A browser lets every page connect to every server, and sends the user's cookies along. All that
    tells one page from another is the `Origin` header, and only a browser sends a true one: the
    guard protects the users of browsers, and is no authentication.

    An origin is compared as a whole, letter by letter. A handshake with several `Origin` headers is
    refused. Requests and the lifespan pass.

    Args:
        app: the ASGI application to guard.
        origins: each as a browser sends it: `https://example.com`, `http://localhost:8000`.
        allow_missing: whether those who send no origin may pass. Browsers always send one; most
            other programs send none.

    >>> from lilyaref import WebSocketClose
    >>> guard = OriginGuard(WebSocketClose(), ["https://example.com"])
    >>> OriginGuard(WebSocketClose(), ["https://Example.com:443/"])
    Traceback (most recent call last):
        ...
    ValueError: 'https://Example.com:443/' is no origin as browsers send it. Write \
'https://example.com'.

    Raises:
        ValueError: an origin that no browser sends; or nobody could pass.
        TypeError: *app* cannot be called, or *origins* are not several `str`.

    Source: RFC 6455 §4.2.2, §10.2; RFC 6454 §6.2, §7.
    """

    def __init__(
        self, app: ASGIApp, origins: Iterable[str], *, allow_missing: bool = False
    ) -> None:
        if not callable(app):
            raise TypeError(f"What is guarded is an ASGI application, not {type(app).__name__}.")
        if isinstance(origins, str):
            raise TypeError("Origins are several: put even a single one into a list.")
        self.app = app
        self.origins = frozenset(map(_checked, origins))
        self.allow_missing = allow_missing
        if not self.origins and not allow_missing:
            raise ValueError("Without origins, and without allow_missing, nobody could pass.")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on, or refuse it."""
        if scope["type"] != "websocket" or self._lets_in(scope):
            await self.app(scope, receive, send)
        else:
            response = Response("This origin may not connect.", status_code=403)
            await refuse(WebSocket(scope, receive, send), response)

    def _lets_in(self, scope: Scope) -> bool:
        sent = Headers(scope.get("headers") or ()).getlist("origin")
        return sent[0] in self.origins if len(sent) == 1 else not sent and self.allow_missing


def _checked(origin: object) -> str:
    """*origin*, if a browser could send it."""
    if not isinstance(origin, str):
        raise TypeError(f"An origin is a str, not {type(origin).__name__}.")
    right = _serialized(origin)
    if right is None:
        raise ValueError(
            f"{origin!r} is no origin. Write a scheme and a host in ASCII, and a port unless it is "
            "the usual one: 'https://example.com'. There are no patterns, and 'null' is what a "
            "browser sends for a page that it trusts with nothing."
        )
    if origin != right:
        raise ValueError(f"{origin!r} is no origin as browsers send it. Write {right!r}.")
    return origin


def _serialized(text: str) -> str | None:
    """What a browser sends for *text*, or None if it is not even near an origin.

    Lower case, no user name, no port that is the scheme's own, no path (RFC 6454 §6.2).
    """
    found = ORIGIN.match(text)
    netloc = found["netloc"].rpartition("@")[2].lower() if found else ""
    host = split_host(netloc)
    if found is None or host is None:
        return None
    scheme = found["scheme"].lower()
    scheme = PAGE_SCHEMES.get(scheme, scheme)
    name, port = host[0], int(host[1] or 0)
    if name.startswith("["):
        from ipaddress import IPv6Address  # late: hosts in brackets are rare

        name = f"[{IPv6Address(name[1:-1]).compressed}]"
    return f"{scheme}://{name}" + (f":{port}" if port not in (0, DEFAULT_PORTS.get(scheme)) else "")
