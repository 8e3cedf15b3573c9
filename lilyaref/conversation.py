"""A strict server in memory, and a conversation with an application over it.

Application and client are tasks of one event loop; there is no network and no thread. A message
that breaks the ASGI text fails the test, with the rule that it broke. Nothing waits for ever, and
every error shows the conversation so far.

The rules here are written from the ASGI text and share no code with the rest of the package, so
that the one can judge the other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from time import perf_counter
from traceback import format_exception
from types import coroutine
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn, TypeAlias

from lilyaref.exceptions import WebSocketDisconnect
from lilyaref.types import ASGIApp, Message, Scope

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

DENIAL = "websocket.http.response"
RECEIVED_ALL = "nothing comes after it, and on a real server this may wait for ever"
NOT_ENTERED = "Enter the session first: `with client.websocket_connect(...) as session`."
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
        return f"{self.seconds:.3f} {self.direction} {show(self.message)}"


class ConversationError(AssertionError):
    """The conversation went another way than it should; the text shows all of it.

    >>> from lilyaref.testclient import TestClient
    >>> async def app(scope, receive, send):
    ...     await send({"type": "websocket.send", "text": "hi"})
    >>> try:
    ...     TestClient(app).websocket_connect("/").__enter__()
    ... except ConversationError as error:
    ...     print(str(error).partition(": what")[0])
    ASGI, "Send - send event"
    """


class ConversationTimeout(ConversationError, TimeoutError):
    """The application was silent for too long, or did not end after the client had left."""


class _ClientLeft(OSError):
    """What the server raises in `send` once the client is gone (ASGI, "Disconnected Client").

    An application that ends with it, after the client has left, has made no mistake.
    """


# --- The rules of a strict server -------------------------------------------------------------

Rules: TypeAlias = Iterator[tuple[bool, str]]


class Protocol(NamedTuple):
    """Where each message of the application takes the connection, and what frames it."""

    order: Mapping[str, Mapping[str, str]]
    first: Message
    last: Message


WEBSOCKET = Protocol(
    order={
        "unanswered": {
            "websocket.accept": "open",
            "websocket.close": "closed",
            f"{DENIAL}.start": "half denied",
        },
        "half denied": {f"{DENIAL}.body": "closed"},
        "open": {"websocket.send": "open", "websocket.close": "closed"},
        "closed": {},
    },
    first={"type": "websocket.connect"},
    last={"type": "websocket.disconnect", "code": 1000, "reason": ""},
)
LIFESPAN = Protocol(
    order={
        "unanswered": {"lifespan.startup.complete": "open", "lifespan.startup.failed": "closed"},
        "open": {"lifespan.shutdown.complete": "closed", "lifespan.shutdown.failed": "closed"},
        "closed": {},
    },
    first={"type": "lifespan.startup"},
    last={"type": "lifespan.shutdown"},
)


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
    if not isinstance(headers, list):
        iterable = isinstance(headers, Iterable) and not isinstance(headers, Mapping)
        yield iterable, '"headers" are an iterable of pairs'
    message["headers"] = headers = list(headers)
    if not headers:
        return
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


def _no_rules(message: Message, scope: Scope) -> Rules:
    yield from ()


RULES: dict[str, tuple[str, Callable[[Message, Scope], Rules]]] = {
    "websocket.accept": ("Accept - send event", _accept_rules),
    "websocket.send": ("Send - send event", _send_rules),
    "websocket.close": ("Close - send event", _close_rules),
    f"{DENIAL}.start": ("Websocket Denial Response", _response_rules),
    f"{DENIAL}.body": ("Websocket Denial Response", _body_rules),
}


# --- The event loop ---------------------------------------------------------------------------


class _Asyncio:
    """Runs the application as a task; waits on bare futures, which are faster than events."""

    cancelled: type[BaseException] = asyncio.CancelledError
    _task: asyncio.Task[None]

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: set[asyncio.Future[bool]] = set()

    async def start(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._task = self._loop.create_task(run())

    async def stop(self) -> None:
        if self._task.done():
            return
        self._task.add_done_callback(lambda _: self.wake())
        self._task.cancel()
        end = perf_counter() + GRACE
        while not self._task.done() and (left := end - perf_counter()) > 0:
            await self.wait(left)  # again if the application was in the middle of something

    @staticmethod
    @coroutine
    def pause() -> Iterator[None]:
        """What `asyncio.sleep(0)` does, without its frames."""
        yield

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


class _NotEntered(RuntimeError, AttributeError):
    """An AttributeError too, so that `hasattr` and those who look at objects keep working."""


class _Nobody:
    """In place of a host while nobody has entered the session."""

    def __getattr__(self, name: str) -> NoReturn:
        raise _NotEntered(NOT_ENTERED)


_NOBODY: Any = _Nobody()


def asyncio_runs() -> bool:
    """Whether this thread runs an asyncio loop at the moment."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


# --- The conversation -------------------------------------------------------------------------


class Conversation:
    """An application, the strict server that it runs on, and the client's end of the line."""

    host: _Asyncio | _Anyio = _NOBODY
    """The event loop that application and client share, once the session is entered."""

    def __init__(self, app: ASGIApp, scope: Scope, protocol: Protocol, timeout: float) -> None:
        self.app, self.scope, self.protocol, self.timeout = app, scope, protocol, timeout
        self.answer: Message = {}  # to the handshake
        self.timeline: list[Entry] = []
        self.state = "unanswered"
        self.left = False  # the client has left
        self.over = False  # the client has left, or has read the close
        self.ended = False  # the application has returned or raised
        self._offer = dict(scope)  # what was said, whatever the application does to its scope
        self._to_application: deque[Message] = deque()
        self._from_application: deque[Message] = deque()
        self._disconnected = False  # the application knows that it is over
        self._failure: BaseException | None = None
        self._violation: ConversationError | None = None
        self._told: list[BaseException] = []  # of the two, what the test knows

    async def start(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        """Call the application, with the protocol's first message waiting for it.

        Args:
            loop: what the application is to run in, if not in the loop that runs now.
        """
        if self.host is not _NOBODY:
            raise RuntimeError("A session is entered once; connect again for another.")
        if loop is None and asyncio_runs():
            loop = asyncio.get_running_loop()
        self.host = _Anyio() if loop is None else _Asyncio(loop)
        self._began = perf_counter()
        self._to_application.append(dict(self.protocol.first))
        await self.host.start(self._run)

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
        if true():
            return True
        await self.host.pause()  # most applications need no more, and a timer is expensive
        end = perf_counter() + timeout
        while not true():
            left = end - perf_counter()  # looked at first: an application may wake us all the time
            if left <= 0 or not await self.host.wait(left):
                return true()
        return True

    # The application's side: the two callables of ASGI.

    async def receive(self) -> Message:
        """The application's `receive`."""
        while not self._to_application:
            if self._disconnected:
                await self._refuse("Disconnect - receive event", RECEIVED_ALL)
            await self.host.wait()
        message = self._to_application.popleft()
        self._note("receive", message)
        if message.get("type") == "websocket.disconnect":
            self._disconnected = True
            self.host.wake()
        return message

    async def send(self, message: Message) -> None:
        """The application's `send`: strict, and waiting while the client reads too slowly."""
        while len(self._from_application) >= UNREAD and not self.left:
            await self.host.wait()
        if self.left:
            await self.host.pause()  # an application may swallow this for ever
            raise _ClientLeft("The client has left.")
        message = await self._checked(message)
        self._note("send", message)
        self._from_application.append(message)
        self._step(message)
        self.host.wake()

    def _step(self, message: Message) -> None:
        if self.state == "half denied" and message.get("more_body"):
            return
        before, self.state = self.state, self.protocol.order[self.state][message["type"]]
        if self.state == "closed" and self.protocol is WEBSOCKET:  # as most servers answer it
            end: Message = message if before == "open" else {"code": 1006}
            self._to_application.append(disconnect(end.get("code", 1000), end.get("reason")))

    async def _checked(self, message: Message) -> Message:
        """A copy of *message*, which the application may change as soon as it is sent."""
        kind = _kind(message)
        section, rules = RULES.get(kind, ("Error Handling", _no_rules))
        allowed = self.protocol.order[self.state]
        if kind not in allowed:
            expected = " or ".join(allowed) or "nothing"
            await self._refuse(section, f"what may be sent now is {expected}", message)
        message = dict(message)
        for kept, rule in rules(message, self._offer):
            if not kept:
                await self._refuse(section, rule, message)
        return message

    async def _refuse(self, section: str, rule: str, message: object = None) -> NoReturn:
        sent = "" if message is None else f" The application sent: {show(message)}"
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
            self._deliver(dict(message))

    def _deliver(self, message: Message) -> None:
        self._to_application.append(message)
        if message.get("type") == "websocket.disconnect":
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
            self._deliver(dict(self.protocol.last))
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
            lines += [f"  {show(message)}" for message in self._to_application]
        return kind("\n".join(lines))


def disconnect(code: int, reason: str | None) -> Message:
    """The message that tells an application that its client is gone."""
    return {"type": "websocket.disconnect", "code": code, "reason": reason or ""}


def show(message: object) -> str:
    """*message* in one line, long values cut."""
    if not isinstance(message, Mapping):
        return f"{message!r:.80}"
    values = [f"{key}={value!r:.80}" for key, value in message.items() if key != "type"]
    return " ".join([_kind(message), *values])


def _kind(message: object) -> str:
    kind = message.get("type") if isinstance(message, Mapping) else None
    return kind if isinstance(kind, str) else "(no type)"
