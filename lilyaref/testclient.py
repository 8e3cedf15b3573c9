"""A client that talks to an application in memory: for tests, transcripts and the browser.

`AsyncTestClient` is a task beside the application; `TestClient` is the same for code that does not
await, over a private event loop in the calling thread. The server between client and application
is that of `lilyaref.conversation`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import weakref
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import lru_cache, partial, wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, Self, TypeAlias, TypeVar
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

from lilyaref.conversation import (
    DENIAL,
    LIFESPAN,
    NOT_ENTERED,
    WEBSOCKET,
    Conversation,
    ConversationError,
    ConversationTimeout,
    Entry,
    asyncio_runs,
    disconnect,
    show,
)
from lilyaref.exceptions import WebSocketDisconnect
from lilyaref.multidicts import Headers
from lilyaref.types import ASGIApp, Message, Scope

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

__all__ = [
    "AsyncTestClient",
    "AsyncWebSocketSession",
    "ConversationError",
    "ConversationTimeout",
    "Entry",
    "TestClient",
    "WebSocketDenialResponse",
    "WebSocketSession",
]

P = ParamSpec("P")
T = TypeVar("T")
Pairs: TypeAlias = Mapping[str, Any] | Iterable[tuple[str, Any]]
HeadersLike: TypeAlias = Mapping[str, str] | Iterable[tuple[str | bytes, str | bytes]]

ANOTHER_LOOP = (
    "This thread runs an event loop by now, which a TestClient from before cannot wait in. "
    "Use AsyncTestClient, or connect inside."
)
TIMEOUT = 5.0  # seconds, for whatever a client waits for
ASGI = {"version": "3.0", "spec_version": "2.4"}
SCHEMES = {"ws": "ws", "http": "ws", "wss": "wss", "https": "wss"}
PORTS = {"ws": 80, "wss": 443}
HANDSHAKE = [
    (b"user-agent", b"testclient"),
    (b"connection", b"upgrade"),
    (b"upgrade", b"websocket"),
    (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),  # the sample of RFC 6455 §1.3
    (b"sec-websocket-version", b"13"),
]
PATH = "/%!$&'()*+,;=:@~"  # what stands in a path as it is (RFC 3986 §3.3)
EXTENSIONS: Mapping[str, Any] = {DENIAL: {}}


class WebSocketDenialResponse(WebSocketDisconnect):
    """The application has refused the connection with an HTTP response.

    It has `status_code`, `headers`, `content` (bytes), `text` and `json()`. Its close code is 1006.

    Source: ASGI extension "WebSocket Denial Response".
    """

    def __init__(self, status_code: int, headers: Headers, content: bytes) -> None:
        super().__init__(1006)
        self.args = (status_code, headers, content)
        self.status_code, self.headers, self.content = status_code, headers, content

    def __str__(self) -> str:
        return f"The connection was denied with HTTP status {self.status_code}."

    @property
    def text(self) -> str:
        """The body as UTF-8 text."""
        return self.content.decode()

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.content)


# --- The request ------------------------------------------------------------------------------


@lru_cache
def _parsed(base_url: str, url: str) -> tuple[str, str, int, str, str]:
    parts = urlsplit(urljoin(base_url, url))
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise ValueError(f"A WebSocket URL has a host after ws:// or wss://; not {url!r:.80}.")
    scheme = SCHEMES[parts.scheme]
    path = quote(parts.path or "/", safe=PATH)
    return scheme, parts.hostname, parts.port or PORTS[scheme], path, quote(parts.query, PATH + "?")


def _scope(base_url: str, url: str, params: Pairs | None, subprotocols: Sequence[str]) -> Scope:
    scheme, host, port, path, query = _parsed(base_url, url)
    if params:
        added = urlencode(params if isinstance(params, Mapping) else list(params), doseq=True)
        query = f"{query}&{added}" if query and added else query or added
    return {
        "type": "websocket",
        "asgi": dict(ASGI),
        "http_version": "1.1",
        "scheme": scheme,
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [],
        "client": ("testclient", 50000),
        "server": [host, port],
        "subprotocols": list(subprotocols),
    }


def _headers(
    scope: Scope, cookies: Mapping[str, str] | None, headers: HeadersLike | None
) -> list[tuple[bytes, bytes]]:
    usual = [(b"host", _host(scope).encode()), *HANDSHAKE]
    if scope["subprotocols"]:
        usual.append((b"sec-websocket-protocol", ", ".join(scope["subprotocols"]).encode()))
    if cookies:
        pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
        usual.append((b"cookie", _latin1(pairs)))
    if not headers:
        return usual
    items = headers.items() if isinstance(headers, Mapping) else headers
    own = [(_latin1(name).lower(), _latin1(value)) for name, value in items]
    replaced = {name for name, _ in own}
    return [pair for pair in usual if pair[0] not in replaced] + own


def _host(scope: Scope) -> str:
    name, port = scope["server"]
    name = f"[{name}]" if ":" in name else name
    return name if port == PORTS[scope["scheme"]] else f"{name}:{port}"


def _latin1(value: str | bytes) -> bytes:
    return value.encode("latin-1") if isinstance(value, str) else value


def _single_callable(app: ASGIApp) -> ASGIApp:
    try:
        parameters = signature(app)
    except (TypeError, ValueError):
        return app  # some callables have no signature; the call will tell
    try:
        parameters.bind(None, None, None)
    except TypeError:
        raise TypeError(
            "An ASGI 3 application is called with (scope, receive, send); "
            f"this one is {getattr(app, '__name__', type(app).__name__)}{parameters}. "
            "asgiref.compatibility can convert the two calls of ASGI 2."
        ) from None
    return app


# --- Asynchronous -----------------------------------------------------------------------------


class _Session:
    _conversation: Conversation

    @property
    def accepted_subprotocol(self) -> str | None:
        """The subprotocol that the application has chosen, if any."""
        chosen: str | None = self._conversation.answer.get("subprotocol")
        return chosen

    @property
    def extra_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers of the application's accept, as pairs of bytes."""
        return list(self._conversation.answer.get("headers", ()))

    @property
    def scope(self) -> Scope:
        """The connection scope that the application was called with."""
        return self._conversation.scope

    @property
    def messages(self) -> list[Entry]:
        """Every message so far, as the application saw it."""
        return self._conversation.timeline


class AsyncWebSocketSession(_Session):
    """One connection of a client; `AsyncTestClient.websocket_connect` makes it.

    `async with` connects and waits for the answer. Leaving it closes the connection, waits for the
    application to end and raises what the application has raised. That the client has left is no
    error: there a `WebSocketDisconnect`, or the `OSError` of a late `send`, ends quietly.

    Raises:
        WebSocketDisconnect: on entering, the application has refused the connection.
        WebSocketDenialResponse: the same, with an HTTP response.
        ConversationError: the application has broken a rule of ASGI, or has not answered.
    """

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    async def __aenter__(self) -> Self:
        return await self._enter()

    async def _enter(self, loop: asyncio.AbstractEventLoop | None = None) -> Self:
        await self._conversation.start(loop)
        try:
            await self._handshake()
        except BaseException as error:
            await self._conversation.end(error)
            raise
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        await self._conversation.end(error)

    async def _handshake(self) -> None:
        answer = await self._conversation.get()
        if answer["type"] == "websocket.close":
            raise WebSocketDisconnect(answer.get("code", 1000), answer.get("reason"))
        if answer["type"] != "websocket.accept":
            raise await self._denial(answer)
        self._conversation.answer = answer

    async def _denial(self, start: Message) -> WebSocketDenialResponse:
        content, more = b"", True
        while more:
            part = await self._conversation.get()
            content += part.get("body", b"")
            more = part.get("more_body", False)
        return WebSocketDenialResponse(start["status"], Headers(start["headers"]), content)

    async def send(self, message: Message) -> None:
        """Hand the application *message* as it is, even one that no server would send."""
        self._conversation.put(message)

    async def send_text(self, data: str) -> None:
        """Send a text message."""
        await self.send({"type": "websocket.receive", "text": data})

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary message."""
        await self.send({"type": "websocket.receive", "bytes": data})

    async def send_json(self, data: Any, mode: str = "text") -> None:
        """Send *data* as compact JSON, in a text message or, with mode "binary", a binary one."""
        text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
        if _key(mode) == "text":
            await self.send_text(text)
        else:
            await self.send_bytes(text.encode())

    async def receive(self, timeout: float | None = None) -> Message:
        """The next message of the application, whatever it is.

        Args:
            timeout: seconds to wait; by default those of the session.

        Raises:
            ConversationTimeout: none came in time.
            ConversationError: none can come: the application has returned, or the close was read.
        """
        return await self._conversation.get(timeout)

    async def receive_text(self, timeout: float | None = None) -> str:
        """The next message, which must be text."""
        return str(await self._data("text", timeout))

    async def receive_bytes(self, timeout: float | None = None) -> bytes:
        """The next message, which must be binary."""
        return bytes(await self._data("bytes", timeout))

    async def receive_json(self, mode: str = "text", timeout: float | None = None) -> Any:
        """The next message, read as JSON."""
        return json.loads(await self._data(_key(mode), timeout))

    async def _data(self, key: str, timeout: float | None) -> Any:
        message = await self.receive(timeout)
        if message["type"] == "websocket.close":
            raise WebSocketDisconnect(message.get("code", 1000), message.get("reason"))
        if message.get(key) is None:
            kinds = ("text", "binary") if key == "text" else ("binary", "text")
            raise self._conversation.error("Expected a {} message, got a {} one.".format(*kinds))
        return message[key]

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """Leave. What the application has sent before can still be received.

        Args:
            code: the close code that the application is told; 1006 is leaving without a handshake.
            reason: the close reason.
        """
        if not self._conversation.over:
            self._conversation.put(disconnect(code, reason))

    async def expect_close(
        self, code: int = 1000, reason: str | None = None, timeout: float | None = None
    ) -> Message:
        """Receive the application's close, and fail if it is anything else.

        Args:
            code: the close code that it must have.
            reason: the close reason that it must have; None for any.
        """
        message = await self.receive(timeout)
        expected = f"Expected websocket.close code={code}"
        wrong = message["type"] != "websocket.close" or message.get("code", 1000) != code
        if reason is not None:
            expected += f" reason={reason!r}"
            wrong = wrong or (message.get("reason") or "") != reason
        if wrong:
            raise self._conversation.error(f"{expected}, got {show(message)}.")
        return message


def _key(mode: str) -> str:
    try:
        return {"text": "text", "binary": "bytes", "bytes": "bytes"}[mode]
    except KeyError:
        raise ValueError(f'The mode is "text" or "binary", not {mode!r}.') from None


class AsyncTestClient:
    """Connects to an application in the event loop that runs it, asyncio's or trio's.

    `async with AsyncTestClient(app) as client` runs the lifespan around the sessions; the state
    that it leaves is copied into each scope. Without `async with` there is no lifespan.

    Args:
        app: the ASGI application.
        base_url: what a relative URL is relative to; `https` makes the scheme `wss`.

    >>> async def app(scope, receive, send):
    ...     await send({"type": "websocket.accept"})
    ...     await send({"type": "websocket.send", "text": "hi"})
    >>> async def test():
    ...     async with AsyncTestClient(app).websocket_connect("/") as session:
    ...         print(await session.receive_text())
    >>> asyncio.run(test())
    hi

    Raises:
        TypeError: *app* cannot be called with (scope, receive, send).
        RuntimeError: on entering and leaving, the lifespan's startup or shutdown has failed.

    Source: ASGI, "Lifespan Protocol".
    """

    def __init__(self, app: ASGIApp, base_url: str = "http://testserver") -> None:
        self.app = _single_callable(app)
        self.base_url = base_url
        self._state: dict[str, Any] = {}
        self._lifespan: Conversation | None = None

    async def __aenter__(self) -> Self:
        return await self._enter()

    async def _enter(self, loop: asyncio.AbstractEventLoop | None = None) -> Self:
        self._state = {}
        scope = {"type": "lifespan", "asgi": dict(ASGI), "state": self._state}
        lifespan = Conversation(self.app, scope, LIFESPAN, TIMEOUT)
        await lifespan.start(loop)
        try:
            await self._start(lifespan)
        except BaseException as error:
            await lifespan.end(error)
            raise
        return self

    async def _start(self, lifespan: Conversation) -> None:
        if not await _supported(lifespan):
            await lifespan.host.stop()
            return
        _succeed(await lifespan.get())
        self._lifespan = lifespan

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        lifespan, self._lifespan = self._lifespan, None
        if lifespan is None:
            return
        await lifespan.end(error)
        if await lifespan.arrived():
            _succeed(await lifespan.get())

    def websocket_connect(
        self,
        url: str,
        subprotocols: Sequence[str] | None = None,
        headers: HeadersLike | None = None,
        params: Pairs | None = None,
        cookies: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT,
        extensions: Mapping[str, Any] | None = EXTENSIONS,
    ) -> AsyncWebSocketSession:
        """Prepare a connection; `async with` opens it.

        Args:
            url: a path with its query, or a whole URL: `/chat?room=1`, `wss://example.com:123/`.
            subprotocols: what the client offers, the best first.
            headers: added to the usual ones; one of these replaces the usual one of its name.
            params: added to the query.
            cookies: sent in one `cookie` header.
            timeout: seconds that each wait may last, for a message or for the application's end.
            extensions: of the server, for the scope; None for a server that has none.

        Raises:
            ValueError: *url* is not one of a WebSocket.

        Source: ASGI, "WebSocket Connection Scope".
        """
        scope = _scope(self.base_url, url, params, subprotocols or ())
        scope["headers"] = _headers(scope, cookies, headers)
        scope.update(state=dict(self._state), extensions=dict(extensions or {}))
        return AsyncWebSocketSession(Conversation(self.app, scope, WEBSOCKET, timeout))


def _succeed(answer: Message) -> None:
    if answer["type"].endswith(".failed"):
        raise RuntimeError(f"{answer['type']}: {answer.get('message', '')}")


async def _supported(lifespan: Conversation) -> bool:
    """Whether there is an answer; an application that raises has no lifespan (ASGI, "Scope")."""
    try:
        return await lifespan.arrived()
    except ConversationTimeout:
        raise
    except ConversationError:
        return False  # it took the lifespan for a connection


# --- Synchronous ------------------------------------------------------------------------------


Portal: TypeAlias = "_LoopPortal | BlockingPortal"


class _LoopPortal:
    """A private event loop of asyncio in the calling thread, used like a portal of anyio.

    The loop runs only during a call, and there is no other thread.
    """

    def __init__(self) -> None:
        runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.loop = runner.get_loop()
        self.inside: set[AsyncTestClient | AsyncWebSocketSession] = set()
        weakref.finalize(self, _close, runner, self.inside)

    def call(self, function: Callable[..., Coroutine[Any, Any, T]], *args: Any) -> T:
        """Await *function* step by step, and run the loop whenever it waits for something.

        A task would do it too, and cost more than all the rest: most waits are one turn of the
        loop. What is called waits as `Conversation` does, and for nothing else.
        """
        if asyncio_runs():
            raise RuntimeError(ANOTHER_LOOP)
        work = function(*args)
        step = partial(work.send, None)
        try:
            while True:
                future = step()
                try:
                    self._run_until(future)
                    step = partial(work.send, None)
                except BaseException as error:  # Ctrl-C, for one: the work has to clean up
                    step = partial(work.throw, error)
        except StopIteration as end:
            value: T = end.value
            return value

    def _run_until(self, future: asyncio.Future[Any] | None) -> None:
        if future is None:  # a pause: one turn
            self.loop.stop()
            self.loop.run_forever()
        else:
            future.add_done_callback(lambda _: self.loop.stop())
            while not future.done():  # an application may stop the loop as well
                self.loop.run_forever()

    def wrap_async_context_manager(
        self, manager: AsyncTestClient | AsyncWebSocketSession
    ) -> AbstractContextManager[object]:
        return _Inside(self, manager)


class _Inside:
    """What has been entered through a portal, until it is left.

    It is no generator: the collector would close a forgotten one, and so run the loop, perhaps in
    the middle of another call. What is forgotten is kept, and its application ends with the loop.
    """

    def __init__(
        self, portal: _LoopPortal, manager: AsyncTestClient | AsyncWebSocketSession
    ) -> None:
        self._portal, self._manager = portal, manager

    def __enter__(self) -> object:
        entered = self._portal.call(self._manager._enter, self._portal.loop)
        self._portal.inside.add(self._manager)
        return entered

    def __exit__(self, *error: Any) -> None:
        self._portal.inside.discard(self._manager)
        self._portal.call(self._manager.__aexit__, *error)


def _close(runner: asyncio.Runner, kept: object) -> None:
    """End the loop, and what was forgotten in it, which is *kept* until then."""
    if _loop_runs_here():
        runner.get_loop().close()  # another loop runs us, so that this one cannot end its tasks
    else:
        runner.close()


def _loop_runs_here() -> bool:
    lowlevel = getattr(sys.modules.get("trio"), "lowlevel", None)  # trio may be half imported
    return asyncio_runs() or (lowlevel is not None and bool(lowlevel.in_trio_run()))


def _waiting(
    method: Callable[Concatenate[AsyncWebSocketSession, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[WebSocketSession, P], T]:
    """*method* for the synchronous session; the application runs meanwhile."""

    @wraps(method)
    def call(self: WebSocketSession, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._portal.call(partial(method, self._session, *args, **kwargs))

    return call


def _sending(
    method: Callable[Concatenate[AsyncWebSocketSession, P], Coroutine[Any, Any, None]],
) -> Callable[Concatenate[WebSocketSession, P], None]:
    """*method* for the synchronous session; the application runs at the next wait."""

    @wraps(method)
    def send(self: WebSocketSession, /, *args: P.args, **kwargs: P.kwargs) -> None:
        sending = partial(method, self._session, *args, **kwargs)
        if isinstance(self._portal, _LoopPortal):
            with suppress(StopIteration):
                sending().send(None)  # it never suspends, so it needs no loop
        else:
            self._portal.call(sending)

    return send


class WebSocketSession(_Session):
    """One connection of a client; `TestClient.websocket_connect` makes it.

    It is `AsyncWebSocketSession` without `await`. The application runs while a method of the
    session waits: what is sent reaches it with the next `receive`, or on leaving.
    """

    _stack: ExitStack
    _entered: Portal | None = None

    def __init__(self, client: TestClient, session: AsyncWebSocketSession) -> None:
        self._client, self._session = client, session
        self._conversation = session._conversation

    @property
    def _portal(self) -> Portal:
        if self._entered is None:
            raise RuntimeError(NOT_ENTERED)
        return self._entered

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._entered = stack.enter_context(self._client._portal())
            stack.enter_context(self._entered.wrap_async_context_manager(self._session))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    send = _sending(AsyncWebSocketSession.send)
    send_text = _sending(AsyncWebSocketSession.send_text)
    send_bytes = _sending(AsyncWebSocketSession.send_bytes)
    send_json = _sending(AsyncWebSocketSession.send_json)
    close = _sending(AsyncWebSocketSession.close)
    receive = _waiting(AsyncWebSocketSession.receive)
    receive_text = _waiting(AsyncWebSocketSession.receive_text)
    receive_bytes = _waiting(AsyncWebSocketSession.receive_bytes)
    receive_json = _waiting(AsyncWebSocketSession.receive_json)
    expect_close = _waiting(AsyncWebSocketSession.expect_close)


def _connecting(
    method: Callable[Concatenate[AsyncTestClient, P], AsyncWebSocketSession],
) -> Callable[Concatenate[TestClient, P], WebSocketSession]:
    @wraps(method)
    def connect(self: TestClient, /, *args: P.args, **kwargs: P.kwargs) -> WebSocketSession:
        return WebSocketSession(self, method(self._client, *args, **kwargs))

    return connect


class TestClient:
    """Connects to an application from code that is not asynchronous; no `await`, and no thread.

    It drives an event loop of its own, in the thread that calls it. Only for trio, for options, or
    where that thread runs a loop already (a notebook), the loop runs in a thread of anyio's. Like
    `AsyncTestClient`, it runs the lifespan if it is entered itself: `with TestClient(app)`.

    Args:
        app: the ASGI application.
        base_url: what a relative URL is relative to; `https` makes the scheme `wss`.
        backend: "asyncio" or "trio".
        backend_options: those of `anyio.run`.

    >>> async def app(scope, receive, send):
    ...     await send({"type": "websocket.accept"})
    ...     await send({"type": "websocket.send", "text": f"You asked for {scope['path']}."})
    ...     await send({"type": "websocket.close", "code": 1000})
    >>> with TestClient(app).websocket_connect("/lily") as session:
    ...     session.receive_text()
    ...     session.expect_close(1000)
    'You asked for /lily.'
    {'type': 'websocket.close', 'code': 1000}

    Raises:
        TypeError: *app* cannot be called with (scope, receive, send).
    """

    __test__ = False  # pytest would take it for a test by its name

    def __init__(
        self,
        app: ASGIApp,
        base_url: str = "http://testserver",
        backend: Literal["asyncio", "trio"] = "asyncio",
        backend_options: dict[str, Any] | None = None,
    ) -> None:
        self._client = AsyncTestClient(app, base_url)
        self.backend, self.backend_options = backend, backend_options
        self._own: _LoopPortal | None = None
        self._entered: Portal | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            portal = stack.enter_context(self._portal())
            stack.enter_context(portal.wrap_async_context_manager(self._client))
            self._entered, self._stack = portal, stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._entered = None
        self._stack.__exit__(*error)

    @contextmanager
    def _portal(self) -> Iterator[Portal]:
        if self._entered is not None:
            yield self._entered
        elif self.backend != "asyncio" or self.backend_options or _loop_runs_here():
            from anyio.from_thread import start_blocking_portal

            with start_blocking_portal(self.backend, self.backend_options) as portal:
                yield portal
        else:
            self._own = self._own or _LoopPortal()
            yield self._own

    websocket_connect = _connecting(AsyncTestClient.websocket_connect)
