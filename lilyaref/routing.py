"""From a path to a handler: routes, mounts and a router, each an ASGI application on its own."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from lilyaref.endpoints import WebSocketEndpoint, refuse, serve
from lilyaref.exceptions import WebSocketRuntimeError
from lilyaref.responses import Response
from lilyaref.websockets import WebSocket

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from typing import TypeAlias

    from lilyaref.types import ASGIApp, Receive, Scope, Send

    Handler: TypeAlias = Callable[[WebSocket], Awaitable[object]] | type[WebSocketEndpoint]
    Lifespan: TypeAlias = Callable[[Any], AbstractAsyncContextManager[Mapping[str, Any] | None]]

H = TypeVar("H", bound="Handler")


def _uuid(text: str) -> Any:
    from uuid import UUID  # late: few paths have one

    return UUID(text)


class Converter(NamedTuple):
    """What stands for a parameter in a path, and what the handler gets of it."""

    pattern: str
    convert: Callable[[str], Any]


CONVERTERS = {
    "str": Converter(r"[^/]+", str),
    "int": Converter(r"[0-9]+", int),
    "float": Converter(r"[0-9]{1,308}(?:\.[0-9]+)?", float),  # more digits would be infinite
    "uuid": Converter(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", _uuid),
    "path": Converter(r".*", str),
}
PARAMETER = re.compile(r"\{(?P<name>[^:{}]*)(?::(?P<converter>[^{}]*))?\}")
PLAIN = "/!$&'()*+,;=:@"  # what stands in a path as it is (RFC 3986 §3.3)


class Path:
    """A path with parameters: `/rooms/{room}/users/{number:int}`.

    >>> Path("/rooms/{room}/{number:int}").match("/rooms/lilies/7")
    ({'room': 'lilies', 'number': 7}, '')
    >>> Path("/rooms/{room}").fill({"room": "white lilies"})
    '/rooms/white%20lilies'

    Args:
        text: begins with a slash.
        prefix: whether more may follow, beginning with a slash. Slashes around *text* are then
            neither needed nor kept.

    Raises:
        ValueError: no slash at the beginning, an unknown converter, a brace alone, or a name that
            cannot be used.
        TypeError: *text* is not a `str`.
    """

    def __init__(self, text: str, prefix: bool = False) -> None:
        if not isinstance(text, str):
            raise TypeError(f"A path is a str, not {type(text).__name__}.")
        if prefix:
            text = f"/{text.strip('/')}".rstrip("/")
        elif not text.startswith("/"):
            raise ValueError(f'A path begins with "/"; did you mean "/{text}"?')
        self.text = text
        self.converters: dict[str, Converter] = {}
        pattern, end = "", 0
        for field in PARAMETER.finditer(text):
            pattern += re.escape(text[end : field.start()]) + self._group(field)
            end = field.end()
        pattern += re.escape(text[end:]) + (r"(?P<__rest__>/.*)?" if prefix else "")
        if {"{", "}"} & {*PARAMETER.sub("", text)}:
            raise ValueError(f'The path "{text}" has a brace without its partner.')
        self._pattern = re.compile(pattern, re.DOTALL)

    def _group(self, field: re.Match[str]) -> str:
        name, kind = field["name"], field["converter"] or "str"
        if kind not in CONVERTERS:
            known = ", ".join(CONVERTERS)
            raise ValueError(f'"{self.text}" has an unknown converter "{kind}"; known: {known}.')
        if not name.isidentifier() or name in self.converters or name == "__rest__":
            raise ValueError(f'"{self.text}" needs a name of its own for each parameter.')
        self.converters[name] = CONVERTERS[kind]
        return f"(?P<{name}>{CONVERTERS[kind].pattern})"

    def match(self, path: str) -> tuple[dict[str, Any], str] | None:
        """The parameters in *path* and what follows them, or None."""
        found = self._pattern.fullmatch(path)
        if found is None:
            return None
        values = found.groupdict("")
        rest = values.pop("__rest__", "")
        try:
            return {name: self.converters[name].convert(values[name]) for name in values}, rest
        except ValueError:  # an int of thousands of digits
            return None

    def fill(self, params: Mapping[str, Any]) -> str:
        """The path with *params* in it, percent-encoded.

        Raises:
            LookupError: *params* has other names than the path.
            ValueError: a value that the path would not match.
        """
        if params.keys() != self.converters.keys():
            raise LookupError(f'"{self.text}" takes {sorted(self.converters)}.')
        from urllib.parse import quote

        filled = PARAMETER.sub(
            lambda field: self._text(field["name"], params[field["name"]]), self.text
        )
        return quote(filled, safe=PLAIN)

    def _text(self, name: str, value: Any) -> str:
        if not re.fullmatch(self.converters[name].pattern, str(value), re.DOTALL):
            raise ValueError(f'"{self.text}" cannot hold this value of {name!r}.')
        return str(value)


class WebSocketRoute:
    """A path and the handler that answers it.

    Args:
        path: begins with a slash; parameters are `{name}`, or `{name:int}` with `int`, `float`,
            `uuid` or `path`.
        handler: a coroutine function that takes a `WebSocket`, or a `WebSocketEndpoint` class.
        name: for `url_for`; the handler's own name unless given.

    Raises:
        ValueError: the path is malformed.
        TypeError: the path is not a `str`, or the handler is not asynchronous.
    """

    def __init__(self, path: str, handler: Handler, name: str | None = None) -> None:
        self.path = Path(path)
        self.handler = handler
        self.name = getattr(handler, "__name__", "") if name is None else name
        self._is_endpoint = isinstance(handler, type) and issubclass(handler, WebSocketEndpoint)
        if not self._is_endpoint and not _is_async(handler):
            raise TypeError(f'The handler of "{path}" is not async: write it with "async def".')

    def child(self, scope: Scope, root: str, path: str) -> Scope | None:
        """The scope for the handler if the route serves *path*, else None."""
        match = self.path.match(path) if scope["type"] == "websocket" else None
        return None if match is None else _with_params(scope, match[0])

    def url_path_for(self, name: str, /, **path_params: Any) -> str:
        """The route's path, if *name* is its name.

        Raises:
            LookupError: it is not, or the parameters are others.
            ValueError: a value that the path would not match.
        """
        if name != self.name:
            raise LookupError(f"No route is called {name!r}.")
        return self.path.fill(path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the handler for a scope that `child` gave."""
        if self._is_endpoint:
            await self.handler(scope, receive, send)  # type: ignore[call-arg, arg-type]
        else:
            await serve(WebSocket(scope, receive, send), self.handler)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a connection as a router with this route alone would."""
        await Router([self])(scope, receive, send)


class Mount:
    """A prefix and the application that answers every path below it.

    Args:
        prefix: a path without its last slash; it may have parameters. `"ws"` equals `"/ws"`.
        app: any ASGI application. `url_for` finds the routes of a `Router`, a `Mount` or a
            `WebSocketRoute`; any other application is the root of its own names and `base_url`.
        websocket: whether WebSocket connections go to it; HTTP requests always do.
        name: for `url_for`, put before the names of the routes in it: `name:route`.

    Raises:
        ValueError: the prefix is malformed.
        TypeError: the prefix is not a `str`, or the application cannot be called.
    """

    def __init__(
        self, prefix: str, app: ASGIApp, websocket: bool = True, name: str | None = None
    ) -> None:
        self.path = Path(prefix, prefix=True)
        if not callable(app):
            raise TypeError(f"What is mounted is an ASGI application, not {type(app).__name__}.")
        self.app = app
        self._named = app if isinstance(app, Router | Mount | WebSocketRoute) else None
        self.websocket = websocket
        self.name = name

    def child(self, scope: Scope, root: str, path: str) -> Scope | None:
        """The scope for the application if the mount serves *path*, else None."""
        if scope["type"] == "websocket" and not self.websocket:
            return None
        match = self.path.match(path)
        if match is None:
            return None
        params, rest = match
        inner = _with_params(scope, params)
        inner["root_path"] = f"{root}{path[: len(path) - len(rest)]}"
        if self._named is None:  # other frameworks would ask our router in their own way
            for key in ("router", "app_root_path"):
                inner.pop(key, None)
        return inner

    def url_path_for(self, name: str, /, **path_params: Any) -> str:
        """The path of a route in the mounted application.

        Raises:
            LookupError: it has none of that name and these parameters.
            ValueError: a value that the path would not match.
        """
        inner = name if self.name is None else name.removeprefix(f"{self.name}:")
        if self._named is None or (self.name is not None and inner == name):
            raise LookupError(f"No route is called {name!r}.")
        own = {key: path_params.pop(key) for key in self.path.converters if key in path_params}
        below = self._named.url_path_for(inner, **path_params)
        return f"{self.path.fill(own)}{below}"

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application for a scope that `child` gave."""
        await self.app(scope, receive, send)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a connection as a router with this mount alone would."""
        await Router([self])(scope, receive, send)


class Router:
    """An ASGI application that finds a handler for each path.

    Routes are tried in the order in which they were added. A path that nobody serves is refused
    with HTTP 404, or with 403 where the server cannot send a response of our own.

    Args:
        routes: `WebSocketRoute` and `Mount` objects.
        lifespan: takes the router and gives an asynchronous context manager that is entered when
            the server starts and left when it stops. What it yields reaches `websocket.state`.

    >>> from lilyaref.testclient import TestClient
    >>> router = Router()
    >>> @router.websocket_route("/hello/{name}")
    ... async def hello(websocket):
    ...     await websocket.accept()
    ...     await websocket.send_text(f"Hello, {websocket.path_params['name']}!")
    >>> with TestClient(router).websocket_connect("/hello/lily") as session:
    ...     session.receive_text()
    'Hello, lily!'

    Raises:
        ValueError: two routes have the same path.
        TypeError: *routes* hold something else.

    Source: ASGI, "WebSocket Connection Scope" (`path`, `root_path`) and "Lifespan Protocol".
    """

    def __init__(
        self,
        routes: Iterable[WebSocketRoute | Mount] | None = None,
        *,
        lifespan: Lifespan | None = None,
    ) -> None:
        self._routes: list[WebSocketRoute | Mount] = []
        self._lifespan = lifespan
        for route in routes or ():
            self._add(route)

    @property
    def routes(self) -> Sequence[WebSocketRoute | Mount]:
        """The routes and mounts, in the order in which they are tried."""
        return tuple(self._routes)

    def websocket_route(self, path: str, name: str | None = None) -> Callable[[H], H]:
        """Make the decorated handler answer *path*.

        Args:
            path: as for `WebSocketRoute`.
            name: as for `WebSocketRoute`.

        Raises:
            ValueError: the path is malformed, or has a route already.
            TypeError: the path is not a `str`, or the handler is not asynchronous.
        """
        Path(path)  # at once, also for who forgets the parentheses of the decorator

        def add(handler: H) -> H:
            self.add_websocket_route(path, handler, name)
            return handler

        return add

    def add_websocket_route(self, path: str, handler: Handler, name: str | None = None) -> None:
        """Make *handler* answer *path*.

        Args:
            path: as for `WebSocketRoute`.
            handler: as for `WebSocketRoute`.
            name: as for `WebSocketRoute`.

        Raises:
            ValueError: the path is malformed, or has a route already.
            TypeError: the path is not a `str`, or the handler is not asynchronous.
        """
        self._add(WebSocketRoute(path, handler, name))

    def mount(
        self, prefix: str, router: ASGIApp, websocket: bool = True, name: str | None = None
    ) -> None:
        """Make *router* answer every path below *prefix*.

        Args:
            prefix: as for `Mount`.
            router: a `Router`, or any ASGI application.
            websocket: as for `Mount`.
            name: as for `Mount`.

        Raises:
            ValueError: the prefix is malformed, or has a mount already.
            TypeError: the prefix is not a `str`, or *router* cannot be called.
        """
        self._add(Mount(prefix, router, websocket, name))

    def url_path_for(self, name: str, /, **path_params: Any) -> str:
        """The path of the route called *name*.

        Args:
            name: the route's name, after that of its mount and a colon if the mount has one.
            path_params: a value for each parameter.

        Raises:
            LookupError: there is no route of that name with these parameters.
            ValueError: a value that the path would not match.
        """
        for route in self._routes:
            try:
                return route.url_path_for(name, **path_params)
            except LookupError:
                continue
        raise LookupError(f"No route is called {name!r} and takes {sorted(path_params)}.")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a connection, a request or the lifespan."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        scope, path = self._entered(scope)
        for route in self._routes:
            child = route.child(scope, scope["root_path"], path)
            if child is not None:
                await route.handle(child, receive, send)
                return
        await _not_found(scope, receive, send)

    def _add(self, route: WebSocketRoute | Mount) -> None:
        if not isinstance(route, WebSocketRoute | Mount):
            raise TypeError(f"A route is a WebSocketRoute or a Mount, not {type(route).__name__}.")
        if any(_hides(other, route) for other in self._routes):
            raise ValueError(f'The path "{route.path.text}" has a route already.')
        self._routes.append(route)

    def _entered(self, scope: Scope) -> tuple[Scope, str]:
        """A scope of our own, whose path begins with the root path, and what follows the root.

        Some servers put the root path in front of the path and others do not; a mount below needs
        to know, so it is put there once and for all.
        """
        root = (scope.get("root_path") or "").rstrip("/")
        path: str = scope.get("path") or "/"
        own = {**scope, "root_path": root, "path": path}
        if root and path != root and not path.startswith(f"{root}/"):
            own["path"] = path = f"{root}{path}"
            if scope.get("raw_path") is not None:
                own["raw_path"] = _quoted(root) + scope["raw_path"]
        if not isinstance(scope.get("router"), Router):
            own |= {"app": scope.get("app", self), "router": self, "app_root_path": root}
        return own, path[len(root) :] or "/"

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        phase = "startup"
        try:
            if self._lifespan is None:
                await send({"type": "lifespan.startup.complete"})
                await receive()
            else:
                async with self._lifespan(self) as state:
                    _keep(scope, state)
                    await send({"type": "lifespan.startup.complete"})
                    phase = "shutdown"
                    await receive()
        except BaseException as error:
            message = f"{type(error).__name__}: {error}"
            await send({"type": f"lifespan.{phase}.failed", "message": message})
            raise
        await send({"type": "lifespan.shutdown.complete"})


def _hides(first: WebSocketRoute | Mount, later: WebSocketRoute | Mount) -> bool:
    same = type(first) is type(later) and first.path.text == later.path.text
    if isinstance(first, Mount) and isinstance(later, Mount):
        return same and first.websocket >= later.websocket  # two can share HTTP and WebSocket
    return same


def _keep(scope: Scope, state: Mapping[str, Any] | None) -> None:
    if not state:
        return
    kept = scope.get("state")
    if kept is None:
        raise WebSocketRuntimeError("The server keeps no lifespan state, so none may be yielded.")
    kept.update(state)


def _with_params(scope: Scope, params: dict[str, Any]) -> Scope:
    return {**scope, "path_params": {**(scope.get("path_params") or {}), **params}}


def _quoted(path: str) -> bytes:
    from urllib.parse import quote

    return quote(path).encode()


def _is_async(handler: object) -> bool:
    from inspect import iscoroutinefunction  # late: only applications with routes need it

    while isinstance(handler, partial):
        handler = handler.func
    call = getattr(type(handler), "__call__", None)  # noqa: B004  # an object may be called, too
    return iscoroutinefunction(handler) or iscoroutinefunction(call)


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    response = Response("Not Found", status_code=404)
    if scope["type"] == "http":
        await response(scope, receive, send)
        return
    await refuse(WebSocket(scope, receive, send), response)  # no other type of scope is known
