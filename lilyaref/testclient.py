"""A client that talks to an application in memory: for tests, transcripts and the browser.

Application and client are tasks of one event loop; there is no network and no thread. The server
between them is strict: a message that breaks the ASGI text fails the test, with the rule that it
broke. Nothing waits for ever, and every error shows the conversation so far.

The rules here are written from the ASGI text and share no code with the rest of the package, so
that the one can judge the other.
"""

from __future__ import annotations

import asyncio
import json
import sys
import weakref
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager, suppress
from functools import lru_cache, partial, wraps
from inspect import signature
from time import perf_counter
from traceback import format_exception
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Literal,
    NamedTuple,
    NoReturn,
    ParamSpec,
    Self,
    TypeAlias,
    TypeVar,
)
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

from lilyaref.datastructures import Headers
from lilyaref.exceptions import WebSocketDisconnect
from lilyaref.types import ASGIApp, Message, Scope

if TYPE_CHECKING:
    from anyio.abc import TaskGroup
    from anyio.from_thread import BlockingPortal

P = ParamSpec("P")
T = TypeVar("T")
Pairs: TypeAlias = Mapping[str, Any] | Iterable[tuple[str, Any]]
HeadersLike: TypeAlias = Mapping[str, str] | Iterable[tuple[str | bytes, str | bytes]]

ASGI = {"version": "3.0", "spec_version": "2.4"}
DENIAL = "websocket.http.response"
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
NOT_ENTERED = "Enter the session first: `with client.websocket_connect(...) as session`."
EXTENSIONS: Mapping[str, Any] = {DENIAL: {}}
UNREAD = 256  # messages that may wait for the client; then `send` waits too
GRACE = 0.5  # seconds that the application has to end once the test has failed


class Entry(NamedTuple):
    """One message of a conversation: by which ASGI callable it travelled, and when.

    Args:
        direction: "receive" or "send", the callable of the application.
        message: the ASGI message.
        seconds: since the conversation began.

    >>> print(Entry("send", {"type": "websocket.send", "text": "hi"}, 0.25))
    0.250 send websocket.send text='hi'
    """

    direction: Literal["receive", "send"]
    message: Message
    seconds: float

    def __str__(self) -> str:
        return f"{self.seconds:.3f} {self.direction} {_show(self.message)}"


class ConversationError(AssertionError):
    """The conversation went another way than it should; the text shows all of it."""


class ConversationTimeout(ConversationError, TimeoutError):
    """The application was silent for too long, or did not end after the client had left."""


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


class _ClientLeft(OSError):
    """What the server raises in `send` once the client is gone (ASGI, "Send - send event")."""


# --- The rules of a strict server -------------------------------------------------------------

Rules: TypeAlias = Iterator[tuple[bool, str]]

WEBSOCKET = {
    "unanswered": {
        "websocket.accept": "open",
        "websocket.close": "closed",
        f"{DENIAL}.start": "half denied",
    },
    "half denied": {f"{DENIAL}.body": "closed"},
    "open": {"websocket.send": "open", "websocket.close": "closed"},
    "closed": {},
}
LIFESPAN = {
    "unanswered": {"lifespan.startup.complete": "open", "lifespan.startup.failed": "closed"},
    "open": {"lifespan.shutdown.complete": "closed", "lifespan.shutdown.failed": "closed"},
    "closed": {},
}


def _accept_rules(message: Message, scope: Scope) -> Rules:
    chosen = message.get("subprotocol")
    yield chosen is None or chosen in scope["subprotocols"], "the client offered the subprotocol"
    yield from _header_rules(message)
    names = [name for name, _ in message["headers"]]
    yield b"sec-websocket-protocol" not in names, '"subprotocol" goes by its key, not in "headers"'


def _send_rules(message: Message, scope: Scope) -> Rules:
    text, data = message.get("text"), message.get("bytes")
    yield (text is None) != (data is None), 'exactly one of "text" and "bytes" is set'
    yield text is None or _is_text(text), '"text" is a str that UTF-8 can carry'
    yield data is None or isinstance(data, bytes), '"bytes" are bytes'


def _close_rules(message: Message, scope: Scope) -> Rules:
    code, reason = message.get("code", 1000), message.get("reason")
    known = any(
        code in codes for codes in (range(1000, 1004), range(1007, 1015), range(3000, 5000))
    )
    yield _is_int(code) and known, '"code" is an int that may be sent (RFC 6455 §7.4)'
    yield reason is None or _is_text(reason), '"reason" is a str that UTF-8 can carry'
    yield len((reason or "").encode()) <= 123, '"reason" has at most 123 bytes (RFC 6455 §5.5)'


def _response_rules(message: Message, scope: Scope) -> Rules:
    yield DENIAL in (scope["extensions"] or ()), "the server offers the extension in the scope"
    status = message.get("status")
    yield _is_int(status) and status in range(200, 600), '"status" is an int from 200 to 599'
    yield from _header_rules(message)


def _body_rules(message: Message, scope: Scope) -> Rules:
    yield isinstance(message.get("body", b""), bytes), '"body" is bytes'
    yield isinstance(message.get("more_body", False), bool), '"more_body" is a bool'


def _header_rules(message: Message) -> Rules:
    headers = message.get("headers", ())
    iterable = isinstance(headers, Iterable) and not isinstance(headers, Mapping)
    yield iterable, '"headers" are an iterable of pairs'
    message["headers"] = headers = list(headers)
    yield all(map(_is_pair, headers)), '"headers" are pairs of bytes'
    names = [name for name, _ in headers]
    yield all(name == name.lower() for name in names), "header names are in lower case"
    yield not any(name.startswith(b":") for name in names), "there are no pseudo headers"


def _is_text(value: object) -> bool:
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_pair(pair: object) -> bool:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        return False
    return isinstance(pair[0], bytes) and isinstance(pair[1], bytes)


def _lifespan_rules(message: Message, scope: Scope) -> Rules:
    yield isinstance(message.get("message", ""), str), '"message" is a str'


RULES: dict[str, tuple[str, Callable[[Message, Scope], Rules]]] = {
    "websocket.accept": ("Accept - send event", _accept_rules),
    "websocket.send": ("Send - send event", _send_rules),
    "websocket.close": ("Close - send event", _close_rules),
    f"{DENIAL}.start": ("Websocket Denial Response", _response_rules),
    f"{DENIAL}.body": ("Websocket Denial Response", _body_rules),
    "lifespan.startup.complete": ("Startup Complete - send event", _lifespan_rules),
    "lifespan.startup.failed": ("Startup Failed - send event", _lifespan_rules),
    "lifespan.shutdown.complete": ("Shutdown Complete - send event", _lifespan_rules),
    "lifespan.shutdown.failed": ("Shutdown Failed - send event", _lifespan_rules),
}


# --- The event loop ---------------------------------------------------------------------------


class _Asyncio:
    """Runs the application as a task; waits on bare futures, which are faster than events."""

    cancelled: type[BaseException] = asyncio.CancelledError
    _task: asyncio.Task[None]

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: set[asyncio.Future[bool]] = set()

    async def start(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._task = self._loop.create_task(run())

    async def stop(self) -> None:
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=GRACE)

    async def pause(self) -> None:
        await asyncio.sleep(0)

    def wake(self) -> None:
        for future in self._waiting:
            _settle(future, True)

    async def wait(self, timeout: float | None = None) -> bool:
        future = self._loop.create_future()
        self._waiting.add(future)
        timer = None if timeout is None else self._loop.call_later(timeout, _settle, future, False)
        try:
            return bool(await future)
        finally:
            self._waiting.discard(future)
            if timer is not None:
                timer.cancel()


def _settle(future: asyncio.Future[bool], woken: bool) -> None:
    if not future.done():
        future.set_result(woken)


class _Anyio:
    """The same on any backend that anyio knows."""

    _tasks: TaskGroup

    def __init__(self) -> None:
        from anyio import Event, get_cancelled_exc_class

        self.cancelled = get_cancelled_exc_class()
        self._event = Event()

    async def start(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        from anyio import create_task_group

        self._tasks = await create_task_group().__aenter__()
        self._tasks.start_soon(run)

    async def stop(self) -> None:
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(None, None, None)

    async def pause(self) -> None:
        from anyio.lowlevel import checkpoint

        await checkpoint()

    def wake(self) -> None:
        self._event.set()
        self._event = type(self._event)()

    async def wait(self, timeout: float | None = None) -> bool:
        from anyio import move_on_after

        with move_on_after(timeout):
            await self._event.wait()
            return True
        return False


def _asyncio_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


# --- The conversation -------------------------------------------------------------------------


class _Conversation:
    """An application, the strict server that it runs on, and the client's end of the line."""

    _host: _Asyncio | _Anyio | None = None

    def __init__(
        self,
        app: ASGIApp,
        scope: Scope,
        order: Mapping[str, Mapping[str, str]],
        farewell: Message,
        timeout: float,
    ) -> None:
        self.app, self.scope, self.timeout = app, scope, timeout
        self.answer: Message = {}  # to the handshake
        self.timeline: list[Entry] = []
        self.state = "unanswered"
        self.left = False  # the client has left
        self.over = False  # the client has left, or has read the close
        self.ended = False  # the application has returned or raised
        self._order, self._farewell = order, farewell
        self._offer = dict(scope)  # what was said, whatever the application does to its scope
        self._to_application: deque[Message] = deque()
        self._from_application: deque[Message] = deque()
        self._disconnected = False  # the application knows that it is over
        self._failure: BaseException | None = None
        self._violation: ConversationError | None = None
        self._told: list[BaseException] = []  # of the two, what the test knows

    @property
    def host(self) -> _Asyncio | _Anyio:
        if self._host is None:
            raise RuntimeError(NOT_ENTERED)
        return self._host

    async def start(self, first: Message) -> None:
        if self._host is not None:
            raise RuntimeError("A session is entered once; connect again for another.")
        self._host = _Asyncio() if _asyncio_runs() else _Anyio()
        self._began = perf_counter()
        self._to_application.append(first)
        await self._host.start(self._run)

    async def _run(self) -> None:
        try:
            await self.app(self.scope, self.receive, self.send)
        except self.host.cancelled:
            raise
        except BaseException as error:
            if not self._is_news(error):
                self._failure = error
        finally:
            self.ended = True
            self.host.wake()

    def _is_news(self, error: BaseException) -> bool:
        """Whether *error* only says that the client has left, which the client knows."""
        return self.left and (type(error) is WebSocketDisconnect or isinstance(error, _ClientLeft))

    async def _until(self, true: Callable[[], bool], timeout: float) -> bool:
        """Wait until *true*, at most *timeout* seconds; tell whether it is."""
        end = perf_counter() + timeout
        if not true():
            await self.host.pause()  # most applications need no more, and a timer is expensive
        while not true():
            if not await self.host.wait(end - perf_counter()):
                return true()
        return True

    # The application's side: the two callables of ASGI.

    async def receive(self) -> Message:
        while not self._to_application:
            if self._disconnected:
                await self._refuse("Disconnect - receive event", "nothing comes after it")
            await self.host.wait()
        message = self._to_application.popleft()
        self._note("receive", message)
        if message["type"] == "websocket.disconnect":
            self._disconnected = True
            self.host.wake()
        return message

    async def send(self, message: Message) -> None:
        while len(self._from_application) >= UNREAD and not self.left:
            await self.host.wait()
        if self.left:
            await self.host.pause()  # an application that swallows this for ever must not stop us
            raise _ClientLeft("The client has left.")
        message = await self._checked(message)
        self._note("send", message)
        self._from_application.append(message)
        if not message.get("more_body"):
            self._step(message)
        self.host.wake()

    def _step(self, message: Message) -> None:
        before, self.state = self.state, self._order[self.state][message["type"]]
        if self.state == "closed" and self._order is WEBSOCKET:  # as most servers answer it
            end: Message = message if before == "open" else {"code": 1006}
            self._to_application.append(_disconnect(end.get("code", 1000), end.get("reason")))

    async def _checked(self, message: Message) -> Message:
        """A copy of *message*, which the application may change as soon as it is sent."""
        kind = message.get("type") if isinstance(message, Mapping) else None
        section, rules = RULES.get(str(kind), ("Error Handling", None))
        allowed = self._order[self.state]
        if not isinstance(kind, str) or kind not in allowed or rules is None:
            expected = " or ".join(allowed) or "nothing"
            await self._refuse(section, f"what may be sent now is {expected}", message)
        message = dict(message)
        for kept, rule in rules(message, self._offer):
            if not kept:
                await self._refuse(section, rule, message)
        return message

    async def _refuse(self, section: str, rule: str, message: object = None) -> NoReturn:
        sent = "" if message is None else f" The application sent: {_show(message)}"
        error = self.error(f'ASGI, "{section}": {rule}.{sent}')
        self._violation = self._violation or error
        self.host.wake()
        await self.host.pause()
        raise error

    def _note(self, direction: Literal["receive", "send"], message: Message) -> None:
        self.timeline.append(Entry(direction, dict(message), perf_counter() - self._began))

    # The client's side.

    def put(self, message: Message) -> None:
        """Hand the application a message of the client."""
        self._raise_violation()
        if self.over:
            raise self.error("The conversation is over: nothing can be sent any more.")
        if self.state != "closed":  # else it crosses the application's close, and is lost
            self._deliver(message)

    def _deliver(self, message: Message) -> None:
        self._to_application.append(message)
        if message["type"] == "websocket.disconnect":
            self.left = self.over = True
        self.host.wake()

    async def get(self, timeout: float | None = None) -> Message:
        """The application's next message; an error that says why, if there is none."""
        if not await self.arrived(timeout):
            raise self._ending()
        message = self._from_application.popleft()
        if len(self._from_application) == UNREAD - 1:
            self.host.wake()
        if message["type"] == "websocket.close":
            self.over = True
        return message

    async def arrived(self, timeout: float | None = None) -> bool:
        """Wait for a message; False if none can come any more."""
        timeout = self.timeout if timeout is None else timeout
        if not await self._until(self._has_news, timeout):
            raise self.error(f"Nothing came within {timeout:g} s.", ConversationTimeout)
        self._raise_violation()
        return bool(self._from_application)

    def _has_news(self) -> bool:
        return bool(self._from_application) or self.ended or self.over or self._alarmed()

    def _alarmed(self) -> bool:
        return self._violation is not None and self._violation not in self._told

    def _raise_violation(self) -> None:
        if self._violation is not None and self._alarmed():
            self._told.append(self._violation)
            raise self._violation

    def _ending(self) -> BaseException:
        if self._failure is not None:
            self._told.append(self._failure)
            return self._failure
        if self.over:
            return self.error("The conversation is over: nothing can be received any more.")
        return self.error(f"The application has returned and left the connection {self.state}.")

    async def end(self, error: BaseException | None) -> None:
        """Leave, let the application end, and raise what went wrong with it.

        *error* is what the test has raised. News of the close gives way to the application's error;
        any other keeps its place, and the application's error becomes a note.
        """
        serious = None if isinstance(error, WebSocketDisconnect) else error
        ended = await self._leave(self.timeout if serious is None else min(GRACE, self.timeout))
        known = (None, error, *self._told)
        trouble = next((e for e in (self._violation, self._failure) if e not in known), None)
        if serious is None and not ended:
            sentence = f"The application has not ended within {self.timeout:g} s of the disconnect."
            raise self.error(sentence, ConversationTimeout) from trouble
        if trouble is not None and serious is None:
            raise trouble
        if trouble is not None and serious is not None:
            report = "".join(format_exception(trouble))
            serious.add_note(f"The application went wrong as well:\n{report}")

    async def _leave(self, timeout: float) -> bool:
        if self.state != "closed" and not self.left:
            self._deliver(self._farewell)
        try:
            return await self._until(lambda: self.ended, timeout)
        finally:
            await self.host.stop()

    def error(
        self, sentence: str, kind: type[ConversationError] = ConversationError
    ) -> ConversationError:
        """An error that shows the conversation after its *sentence*."""
        lines = [sentence, "The conversation as the application saw it, with seconds:"]
        lines += [f"  {entry}" for entry in self.timeline] or ["  (nothing)"]
        if self._to_application:
            lines.append("Not received by the application:")
            lines += [f"  {_show(message)}" for message in self._to_application]
        return kind("\n".join(lines))


def _disconnect(code: int, reason: str | None) -> Message:
    return {"type": "websocket.disconnect", "code": code, "reason": reason or ""}


def _show(message: object) -> str:
    if not isinstance(message, Mapping):
        return f"{message!r:.80}"
    values = [f"{key}={value!r:.80}" for key, value in message.items() if key != "type"]
    return " ".join([str(message.get("type")), *values])


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
    items = headers.items() if isinstance(headers, Mapping) else headers or ()
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
    _conversation: _Conversation

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

    def __init__(self, conversation: _Conversation) -> None:
        self._conversation = conversation

    async def __aenter__(self) -> Self:
        await self._conversation.start({"type": "websocket.connect"})
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
            self._conversation.put(_disconnect(code, reason))

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
            raise self._conversation.error(f"{expected}, got {_show(message)}.")
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

    Raises:
        TypeError: *app* cannot be called with (scope, receive, send).
    """

    def __init__(self, app: ASGIApp, base_url: str = "http://testserver") -> None:
        self.app = _single_callable(app)
        self.base_url = base_url
        self._state: dict[str, Any] = {}
        self._lifespan: _Conversation | None = None

    async def __aenter__(self) -> Self:
        scope = {"type": "lifespan", "asgi": dict(ASGI), "state": self._state}
        lifespan = _Conversation(self.app, scope, LIFESPAN, {"type": "lifespan.shutdown"}, 5.0)
        await lifespan.start({"type": "lifespan.startup"})
        try:
            await self._start(lifespan)
        except BaseException as error:
            await lifespan.end(error)
            raise
        return self

    async def _start(self, lifespan: _Conversation) -> None:
        if not await _supported(lifespan):
            await lifespan.host.stop()
            return
        answer = await lifespan.get()
        if answer["type"] == "lifespan.startup.failed":
            raise RuntimeError(f"The startup failed: {answer.get('message', '')}")
        self._lifespan = lifespan

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        lifespan, self._lifespan = self._lifespan, None
        if lifespan is None:
            return
        await lifespan.end(error)
        if await lifespan.arrived():
            answer = await lifespan.get()
            if answer["type"] == "lifespan.shutdown.failed":
                raise RuntimeError(
                    f"The application's shutdown failed: {answer.get('message', '')}"
                )

    def websocket_connect(
        self,
        url: str,
        subprotocols: Sequence[str] | None = None,
        headers: HeadersLike | None = None,
        params: Pairs | None = None,
        cookies: Mapping[str, str] | None = None,
        timeout: float = 5.0,
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
        farewell = _disconnect(1000, "")
        return AsyncWebSocketSession(_Conversation(self.app, scope, WEBSOCKET, farewell, timeout))


async def _supported(lifespan: _Conversation) -> bool:
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
        self._loop = runner.get_loop()
        weakref.finalize(self, _close, runner)

    def call(self, function: Callable[..., Coroutine[Any, Any, T]], *args: Any) -> T:
        return self._loop.run_until_complete(function(*args))

    @contextmanager
    def wrap_async_context_manager(self, manager: AbstractAsyncContextManager[T]) -> Iterator[T]:
        value = self.call(manager.__aenter__)
        try:
            yield value
        except BaseException as error:
            self.call(manager.__aexit__, type(error), error, error.__traceback__)
            raise
        self.call(manager.__aexit__, None, None, None)


def _close(runner: asyncio.Runner) -> None:
    if _loop_runs_here():
        runner.get_loop().close()  # another loop runs us, so that this one cannot end its tasks
    else:
        runner.close()


def _loop_runs_here() -> bool:
    trio = sys.modules.get("trio")
    return _asyncio_runs() or (trio is not None and bool(trio.lowlevel.in_trio_run()))


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
        coroutine = method(self._session, *args, **kwargs)
        if isinstance(self._portal, _LoopPortal):
            with suppress(StopIteration):
                coroutine.send(None)  # it never suspends, so it needs no loop
        else:
            self._portal.call(lambda: coroutine)

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
    """Connects to an application from code that is not asynchronous.

    >>> async def app(scope, receive, send):
    ...     await send({"type": "websocket.accept"})
    ...     await send({"type": "websocket.send", "text": f"You asked for {scope['path']}."})
    ...     await send({"type": "websocket.close", "code": 1000})
    >>> with TestClient(app).websocket_connect("/lily") as session:
    ...     session.receive_text()
    ...     session.expect_close(1000)
    'You asked for /lily.'
    {'type': 'websocket.close', 'code': 1000}
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
