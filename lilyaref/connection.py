"""What is known when a connection begins: a read-only view of the ASGI scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lilyaref.datastructures import (
    HOST_AS_LETTERS,
    SECURE_SCHEMES,
    URL,
    Address,
    State,
    parse_cookies,
    split_host,
)
from lilyaref.exceptions import WebSocketRuntimeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypedDict

    from lilyaref.multidicts import Headers, QueryParams
    from lilyaref.types import Scope

    class Facts(TypedDict, total=False):
        """What few connections are asked for, kept once it is known.

        As attributes, each would cost every connection of the process eight bytes.
        """

        url: URL
        query_params: QueryParams
        cookies: dict[str, str]
        state: State
        subprotocol: str
        cleanups: list[Callable[[], object]]


# Bytes that can stand in a URL as they are (RFC 3986 §3.3, §3.4); others are percent-encoded.
SAFE_IN_QUERY = bytes(range(0x21, 0x7F)).replace(b"#", b"")
SAFE_IN_PATH = SAFE_IN_QUERY.replace(b"?", b"")
SAFE_IN_DECODED_PATH = SAFE_IN_PATH.replace(b"%", b"")

# SAFE_IN_PATH as a table for `translate`, which leaves a safe path ASCII, and no other.
UNSAFE_IN_PATH = bytes(range(256)).translate(None, SAFE_IN_PATH)
UNSAFE_AS_8_BIT = bytes.maketrans(UNSAFE_IN_PATH, b"\xff" * len(UNSAFE_IN_PATH))

PREFIXES = {"ws": b"ws://", "wss": b"wss://", None: b"ws://"}  # by scheme; ws where there is none

multidicts: Any = None  # the module, once somebody has looked at headers or a query

NO_FACTS: Facts = {}  # replaced by the first fact, never written to


class Connection(Mapping[str, Any]):
    """The scope of a connection as a mapping and as properties. Two are equal if they are one.

    Args:
        scope: the ASGI connection scope.

    >>> connection = Connection({"type": "websocket", "path": "/chat", "query_string": b"q=tea"})
    >>> connection["path"], connection.url.path, connection.query_params["q"]
    ('/chat', '/chat', 'tea')

    Source: ASGI, "WebSocket Connection Scope".
    """

    scope: Scope

    _headers: Headers | None = None
    _facts: Facts = NO_FACTS

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __getitem__(self, key: str) -> Any:
        return self.scope[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.scope)

    def __len__(self) -> int:
        return len(self.scope)

    # A Mapping compares by content and cannot be hashed; a connection is itself, and people keep
    # connections in sets.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def url(self) -> URL:
        """The URL that the client asked for, a `str` with components.

        The `Host` header names the host if it is a valid one, otherwise the server's address does.
        """
        facts = self._facts
        if "url" not in facts:
            facts = self._facts = facts or {}
            facts["url"] = _url(self.scope)
        return facts["url"]

    @property
    def base_url(self) -> URL:
        """The URL of the application's root: scheme, host and root path, with a final slash."""
        return self._from_root("/")

    def _from_root(self, path: str) -> URL:
        root = _decoded(_root(self.scope.get("app_root_path", self.scope.get("root_path"))))
        netloc = _netloc(self.scope, _header(self.scope, b"host"))
        scheme = self.scope.get("scheme") or "ws"
        return URL(f"{scheme}://{netloc}{root}{path}" if netloc else f"{root}{path}")

    @property
    def headers(self) -> Headers:
        """The request's headers: a case-insensitive, read-only multidict."""
        headers = self._headers
        if headers is None:
            pairs = self.scope.get("headers") or ()
            headers = self._headers = (multidicts or _import_multidicts()).Headers(pairs)
        return headers

    @property
    def query_params(self) -> QueryParams:
        """The query's parameters: a read-only multidict, empty without a query."""
        facts = self._facts
        if "query_params" not in facts:
            query = self.scope.get("query_string")
            facts = self._facts = facts or {}
            facts["query_params"] = (multidicts or _import_multidicts()).QueryParams(query)
        return facts["query_params"]

    @property
    def path_params(self) -> dict[str, Any]:
        """The parameters that a router found in the path; empty without a router."""
        params: dict[str, Any] = self.scope.get("path_params") or {}
        return params

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies of every `Cookie` header."""
        facts = self._facts
        if "cookies" not in facts:
            cookies: dict[str, str] = {}
            for name, value in self.scope.get("headers") or ():
                if len(name) == 6 and name.lower() == b"cookie":
                    plain = type(value) is bytes and value.isascii()
                    text = value.decode() if plain else str(value, "latin-1")
                    parse_cookies(text, cookies)
            facts = self._facts = facts or {}
            facts["cookies"] = cookies
        return facts["cookies"]

    @property
    def origin(self) -> str | None:
        """The `Origin` header: the page that a browser opened the connection from.

        Programs that are no browser usually send none (RFC 6455 §10.2).
        """
        origin = _header(self.scope, b"origin")
        return None if origin is None else origin.decode("latin-1")

    @property
    def client(self) -> Address | None:
        """The client's host and port, or None where the server does not know the host."""
        return _address(self.scope.get("client"))

    @property
    def state(self) -> State:
        """What the lifespan and middleware have stored for this connection, as attributes."""
        facts = self._facts
        if "state" not in facts:
            values = self.scope.get("state")
            if values is None:  # stored back, so that everybody on this scope shares one dict
                values = self.scope["state"] = {}
            facts = self._facts = facts or {}
            facts["state"] = State(values)
        return facts["state"]

    @property
    def app(self) -> Any:
        """The application that this connection came through.

        Raises:
            WebSocketRuntimeError: no application has put itself into the scope.
        """
        return self._provided("app", "an application that puts itself into the scope")

    @property
    def auth(self) -> Any:
        """What the client may do, as an authentication middleware found it.

        Raises:
            WebSocketRuntimeError: no such middleware ran.
        """
        return self._provided("auth", "an authentication middleware")

    @property
    def user(self) -> Any:
        """Who the client is, as an authentication middleware found it.

        Raises:
            WebSocketRuntimeError: no such middleware ran.
        """
        return self._provided("user", "an authentication middleware")

    @property
    def session(self) -> Any:
        """The client's session, as a session middleware loaded it.

        Raises:
            WebSocketRuntimeError: no such middleware ran.
        """
        return self._provided("session", "a session middleware")

    def _provided(self, key: str, provider: str) -> Any:
        if key not in self.scope:
            raise WebSocketRuntimeError(
                f'The scope has no "{key}": websocket.{key} needs {provider} in front of it.'
            )
        return self.scope[key]

    def url_for(self, name: str, /, **path_params: Any) -> URL:
        """The absolute URL of the route called *name*, for this connection's host.

        Args:
            name: the route's name.
            path_params: a value for each parameter of its path.

        Raises:
            WebSocketRuntimeError: no router has put itself into the scope.
        """
        router = self._provided("router", "a router")
        path = str(router.url_path_for(name, **path_params))
        return self._from_root(path)

    url_path_for = url_for
    path_for = url_for


def _import_multidicts() -> Any:
    global multidicts
    from lilyaref import multidicts

    return multidicts


def _header(scope: Scope, name: bytes) -> bytes | None:
    """One header straight from the scope."""
    size = len(name)
    for key, value in scope.get("headers") or ():
        if len(key) == size and key.lower() == name:
            return bytes(value)
    return None


def _url(scope: Scope) -> URL:
    host = b""  # sought here: through `_header` all this takes a fifth longer
    for name, value in scope.get("headers") or ():
        if len(name) == 4 and name.lower() == b"host":
            host = value
            break
    raw, query = scope.get("raw_path") or b"", scope.get("query_string") or b""
    prefix = PREFIXES.get(scope.get("scheme"))
    if (
        prefix
        and type(host) is bytes
        and (host.translate(HOST_AS_LETTERS).isalnum() or split_host(host.decode("latin-1")))
        and raw[:1] == b"/"
        and (raw + query).translate(UNSAFE_AS_8_BIT).isascii()
        and not scope.get("root_path")
    ):  # what most clients ask for stands in a URL as it came
        parts = (prefix, host, raw, b"?", query) if query else (prefix, host, raw)
        return URL(b"".join(parts), "ascii")
    scheme = scope.get("scheme") or "ws"
    netloc, path = _netloc(scope, bytes(host)), _path(scope)
    if not netloc and path.startswith("//"):  # it would read as a host (RFC 3986 §4.2)
        path = f"/%2F{path[2:]}"
    tail = f"{path}?{_escape(query, SAFE_IN_QUERY)}" if query else path
    return URL(f"{scheme}://{netloc}{tail}" if netloc else tail)


def _netloc(scope: Scope, host: bytes | None) -> str:
    """Host and port: the `Host` header if it is valid, else the server's address, else nothing.

    A client may write anything into `Host`; only what RFC 3986 §3.2 allows becomes part of a URL.
    """
    name = (host or b"").decode("latin-1")
    if split_host(name):
        return name
    server = _address(scope.get("server"))
    if server is None:
        return ""
    name = f"[{server.host}]" if ":" in server.host else server.host
    if not split_host(name):  # a server on a Unix socket gives the socket's path
        return ""
    default = 443 if scope.get("scheme") in SECURE_SCHEMES else 80
    return name if server.port in (0, default) else f"{name}:{server.port}"


def _path(scope: Scope) -> str:
    """The whole path as it travelled, the root path first.

    Some servers put the root path in front of `path` and `raw_path`, others do not. A request
    target may lack the first slash, or have two: neither may become part of the host.
    """
    path, raw = scope.get("path") or "", scope.get("raw_path")
    root = scope.get("root_path")
    text = _decoded(path) if raw is None else _escape(raw, SAFE_IN_PATH)
    if text and not text.startswith("/"):
        text = f"/{text}"
    if root:
        root = _root(root)
        if root and path != root and not path.startswith(f"{root}/"):
            text = f"{_decoded(root)}{text}"
    return text


def _root(path: str | None) -> str:
    """A root path with a slash before it and none after it; empty for no root path."""
    name = (path or "").strip("/")
    return f"/{name}" if name else ""


def _decoded(path: str | None) -> str:
    return _escape((path or "").encode(), SAFE_IN_DECODED_PATH)


def _escape(data: bytes, safe: bytes) -> str:
    if not data.translate(None, safe):
        return data.decode("ascii")
    return "".join(chr(byte) if byte in safe else f"%{byte:02X}" for byte in data)


def _address(pair: Any) -> Address | None:
    """Host and port of whatever a server gives: tuple or list, the port perhaps as text."""
    host = pair[0] if pair else None
    if not host:
        return None
    port = str(pair[1]) if len(pair) > 1 else ""
    return Address(str(host), int(port) if port.isdecimal() else 0)
