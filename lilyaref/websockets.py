"""The WebSocket: the only module that waits for the other side.

The hot methods (`send_*`, `receive_*`, `iter_*`, `accept`, `close`) are one coroutine each: they
look at one flag, await the server, and return; its callable is read into a local name first, which
CPython 3.11 calls faster than an attribute. Everything unusual goes to a method below them that
explains it. `receive` and `send` are the same conversation in raw messages, straight from the
tables of `lifecycle`; a test proves both ways equal.

The state moves before the server is awaited, so that of two tasks only one can close. The price is
a state that is ahead of the wire while an await is pending.
"""

from __future__ import annotations

from json import JSONDecodeError
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias

from lilyaref import messages
from lilyaref.codes import CloseCode, describe
from lilyaref.connection import NO_FACTS, Connection
from lilyaref.exceptions import (
    InvalidJSON,
    WebSocketDataError,
    WebSocketDisconnect,
    WebSocketDisconnected,
    WebSocketRuntimeError,
)
from lilyaref.jsoncodec import decode, encode
from lilyaref.lifecycle import (
    CONNECTED,
    CONNECTING,
    DISCONNECTED,
    RECEIVE,
    RESPONSE,
    SEND,
    WebSocketState,
    label,
    out_of_order,
    step,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from lilyaref.connection import Facts
    from lilyaref.messages import HeadersLike
    from lilyaref.types import ASGIApp, Message, Receive, Scope, Send

NORMAL = int(CloseCode.NORMAL_CLOSURE)
DENIAL_EXTENSION = "websocket.http.response"
DENIAL_START = "websocket.http.response.start"
NOT_JSON = (
    "send_json() cannot write this as JSON: NaN, Infinity and what contains itself are no JSON "
    "(RFC 8259 §6). Nothing was sent."
)

# The key of a message that each mode reads and writes, and the other one. "bytes" is the same mode
# as "binary" under the name of the key.
MODES = {"text": ("text", "bytes"), "binary": ("bytes", "text"), "bytes": ("bytes", "text")}


# How a connection ended: close code, close reason, by whom, and whether it had been accepted.
# CLOSED is by this application (closed, refused or denied); LOST is when the server raised.
End: TypeAlias = "tuple[int, str, Literal['LEFT', 'CLOSED', 'LOST'], bool]"


class WebSocket(Connection):
    """One WebSocket connection, seen from the application.

    Args:
        scope: the connection scope; its type is `websocket`.
        receive: awaits the server's next message. Without it only the scope can be read.
        send: hands a message to the server. Without it nothing can be sent.

    >>> from lilyaref.testclient import TestClient
    >>> async def app(scope, receive, send):
    ...     websocket = WebSocket(scope, receive, send)
    ...     await websocket.accept()
    ...     async for name in websocket.iter_text():
    ...         await websocket.send_text(f"Hello, {name}!")
    >>> with TestClient(app).websocket_connect("/") as session:
    ...     session.send_text("Lily")
    ...     session.receive_text()
    'Hello, Lily!'

    Two tasks may send at the same time. Only one may receive: a second `receive` in flight gets
    every other message, and a guard against it would cost every message.

    Raises:
        ValueError: *scope* is not that of a WebSocket.

    Source: RFC 6455; ASGI, "WebSocket".
    """

    dumps: Callable[[Any], str | bytes] = staticmethod(encode)
    """Writes JSON for `send_json`. A subclass may replace it; `str` and `bytes` both fit."""

    loads: Callable[[str | bytes], Any] = staticmethod(decode)
    """Reads JSON for `receive_json` and `iter_json`. A subclass may replace it."""

    _client_state: WebSocketState
    _application_state: WebSocketState
    _open: bool  # both sides CONNECTED: all that the hot methods ask
    _end: End | None = None

    def __init__(
        self, scope: Scope, receive: Receive | None = None, send: Send | None = None
    ) -> None:
        try:
            kind = scope["type"]
        except KeyError:
            kind = None
        if kind != "websocket":
            raise ValueError(
                f"A WebSocket needs a scope of type 'websocket', not {kind!r:.60}. "
                'An application looks at scope["type"] first and answers each type its own way.'
            )
        self.scope = scope
        self._receive = _no_receive if receive is None else receive
        self._send = _no_send if send is None else send
        self._client_state = self._application_state = CONNECTING
        self._open = False
        self._facts = NO_FACTS
        self._headers = None  # here and not on the class: an instance finds its own at once

    @property
    def client_state(self) -> WebSocketState:
        """Where the client's side stands, as far as this application has read."""
        return self._client_state

    @property
    def application_state(self) -> WebSocketState:
        """Where this application's side stands."""
        return self._application_state

    @property
    def subprotocols(self) -> list[str]:
        """The subprotocols that the client offers, in its order of preference (RFC 6455 §1.9)."""
        offered = self.scope.get("subprotocols") or ()
        return [name for name in map(str.strip, offered) if name]

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that was accepted."""
        return self._facts.get("subprotocol")

    @property
    def close_code(self) -> int | None:
        """The close code that the connection ended with; None while it has not ended."""
        return None if self._end is None else self._end[0]

    @property
    def close_reason(self) -> str | None:
        """The close reason that the connection ended with; None while it has not ended."""
        return None if self._end is None else self._end[1]

    async def accept(
        self, subprotocol: str | None = None, headers: HeadersLike | None = None
    ) -> None:
        """Complete the opening handshake: from now on both sides may send.

        Args:
            subprotocol: one of `websocket.subprotocols`, or None for none.
            headers: headers for the handshake's response: a mapping, a multidict or pairs, of
                `str` or `bytes`, in any case. Order and duplicates are kept.

        Raises:
            WebSocketDisconnect: the client left before it was answered.
            WebSocketDisconnected: the connection has ended.
            WebSocketRuntimeError: it is accepted already.
            ValueError: the client did not offer *subprotocol*; a header is malformed, or only the
                server may write it.
            TypeError: an argument of the wrong type.

        Source: RFC 6455 §4.2.2; ASGI, "Accept - send event".
        """
        if subprotocol is None and headers is None:
            message: Message = {"type": "websocket.accept", "headers": []}
        else:
            message = messages.accept(subprotocol, headers, self.subprotocols)
        send = self._send
        if send is _no_send:
            raise _missing("send")
        if self._client_state is CONNECTING:
            receive = self._receive
            connect = await receive()
            if connect.get("type") != "websocket.connect":
                await self._arrived(connect)
                raise self._news()
            self._client_state = CONNECTED
        elif self._client_state is not CONNECTED:
            raise self._refusal("accept()")
        if self._application_state is not CONNECTING:  # perhaps since a moment ago
            raise self._refusal("accept()")
        self._application_state = CONNECTED
        self._open = True
        if subprotocol is not None:
            self._facts = {**self._facts, "subprotocol": subprotocol}
        try:
            await send(message)
        except OSError as error:
            raise await self._lost_by(error) from error

    async def send_text(self, data: str) -> None:
        """Send one text message.

        Args:
            data: the text; it may be empty.

        Raises:
            WebSocketDisconnect: the server finds that the client is gone.
            WebSocketDisconnected: the connection has ended; the server is not asked.
            WebSocketRuntimeError: the connection is not accepted.
            TypeError: *data* is not a `str`.
            ValueError: *data* has a lone surrogate, which UTF-8 cannot carry.

        Source: RFC 6455 §5.6; ASGI, "Send - send event".
        """
        if type(data) is not str or not data.isascii():
            messages.text(data)
        if not self._open:
            raise self._refusal("send_text()")
        send = self._send
        try:
            await send({"type": "websocket.send", "text": data})
        except OSError as error:
            raise await self._lost_by(error) from error

    async def send_bytes(self, data: bytes | bytearray | memoryview) -> None:
        """Send one binary message.

        Args:
            data: the bytes, or any object that lends its bytes; they may be empty.

        Raises:
            WebSocketDisconnect: the server finds that the client is gone.
            WebSocketDisconnected: the connection has ended; the server is not asked.
            WebSocketRuntimeError: the connection is not accepted.
            TypeError: *data* has no bytes to lend.

        Source: RFC 6455 §5.6; ASGI, "Send - send event".
        """
        if type(data) is not bytes:
            data = messages.binary(data)
        if not self._open:
            raise self._refusal("send_bytes()")
        send = self._send
        try:
            await send({"type": "websocket.send", "bytes": data})
        except OSError as error:
            raise await self._lost_by(error) from error

    async def send_json(self, data: Any, mode: str = "text") -> None:
        """Send *data* as JSON, in one message.

        Args:
            data: what `dumps` can write. Non-ASCII stays as it is; there is no white space.
            mode: `"text"` for a text message, `"binary"` (or `"bytes"`) for a binary one.

        Raises:
            WebSocketDisconnect: the server finds that the client is gone.
            WebSocketDisconnected: the connection has ended; the server is not asked.
            WebSocketRuntimeError: the connection is not accepted, or *mode* is unknown.
            TypeError: *data* has a value that JSON has not, such as a set.
            ValueError: *data* has `NaN`, `Infinity`, a lone surrogate or a circle.

        Source: RFC 8259; ASGI, "Send - send event".
        """
        key, _ = MODES.get(mode) or _unknown_mode(mode)
        if not self._open:
            raise self._refusal("send_json()")
        try:
            payload = self.dumps(data)
        except ValueError as error:
            raise ValueError(NOT_JSON) from error
        if isinstance(payload, str):
            if not payload.isascii():
                messages.text(payload)
            if key == "bytes":
                payload = payload.encode()
        else:
            if type(payload) is not bytes:
                payload = messages.binary(payload)
            if key == "text":
                payload = payload.decode()
        send = self._send
        try:
            await send({"type": "websocket.send", key: payload})
        except OSError as error:
            raise await self._lost_by(error) from error

    async def receive_text(self) -> str:
        """Wait for the client's next message, which is text.

        Raises:
            WebSocketDisconnect: the client has left.
            WebSocketDisconnected: the connection had ended before.
            WebSocketRuntimeError: the connection is not accepted.
            WebSocketDataError: the message is binary. It is consumed; the connection stays open.

        Source: RFC 6455 §5.6; ASGI, "Receive - receive event".
        """
        if not self._open and not self._readable("receive_text()"):
            raise self._refusal("receive_text()")
        receive = self._receive
        message = await receive()
        try:
            if message["type"] == "websocket.receive":
                data: str | None = message["text"]
                if data is not None and ("bytes" not in message or message["bytes"] is None):
                    return data
        except KeyError:
            pass
        raise await self._no_data(message, "text", "receive_text()")

    async def receive_bytes(self) -> bytes:
        """Wait for the client's next message, which is binary.

        Raises:
            WebSocketDisconnect: the client has left.
            WebSocketDisconnected: the connection had ended before.
            WebSocketRuntimeError: the connection is not accepted.
            WebSocketDataError: the message is text. It is consumed; the connection stays open.

        Source: RFC 6455 §5.6; ASGI, "Receive - receive event".
        """
        if not self._open and not self._readable("receive_bytes()"):
            raise self._refusal("receive_bytes()")
        receive = self._receive
        message = await receive()
        try:
            if message["type"] == "websocket.receive":
                data: bytes | None = message["bytes"]
                if data is not None and ("text" not in message or message["text"] is None):
                    return data
        except KeyError:
            pass
        raise await self._no_data(message, "bytes", "receive_bytes()")

    async def receive_json(self, mode: str = "text") -> Any:
        """Wait for the client's next message, and read it as JSON.

        Args:
            mode: `"text"` if the client sends JSON in text messages, `"binary"` (or `"bytes"`) if
                in binary ones.

        Raises:
            WebSocketDisconnect: the client has left.
            WebSocketDisconnected: the connection had ended before.
            WebSocketRuntimeError: the connection is not accepted, or *mode* is unknown.
            WebSocketDataError: the message is of the other kind.
            InvalidJSON: the message is not JSON. It is consumed; the connection stays open.

        Source: RFC 8259; ASGI, "Receive - receive event".
        """
        key, other = MODES.get(mode) or _unknown_mode(mode)
        if not self._open and not self._readable("receive_json()"):
            raise self._refusal("receive_json()")
        message = await self._receive()
        if message.get("type") == "websocket.receive":
            data = message.get(key)
            if data is not None and message.get(other) is None:
                try:
                    return self.loads(data)
                except Exception as error:  # what a replaced `loads` raises is not ours to know
                    raise _invalid_json(data, error) from error
        raise await self._no_data(message, key, "receive_json()")

    def iter_text(self) -> AsyncIterator[str]:
        """Every text message in turn, until the connection ends.

        Afterwards `close_code` and `close_reason` tell why it ended.

        Raises:
            WebSocketRuntimeError: the connection is not accepted.
            WebSocketDataError: a message is binary. An iterator that has raised is finished; to go
                on, receive with `receive_text` or ask for another one.
        """
        return self._iterate("text", "bytes", "iter_text()")

    def iter_bytes(self) -> AsyncIterator[bytes]:
        """Every binary message in turn, until the connection ends.

        Afterwards `close_code` and `close_reason` tell why it ended.

        Raises:
            WebSocketRuntimeError: the connection is not accepted.
            WebSocketDataError: a message is text. An iterator that has raised is finished; to go
                on, receive with `receive_bytes` or ask for another one.
        """
        return self._iterate("bytes", "text", "iter_bytes()")

    def iter_json(self, mode: str = "text") -> AsyncIterator[Any]:
        """Every message in turn, read as JSON, until the connection ends.

        Afterwards `close_code` and `close_reason` tell why it ended.

        Args:
            mode: as for `receive_json`.

        Raises:
            WebSocketRuntimeError: the connection is not accepted, or *mode* is unknown.
            WebSocketDataError: a message is of the other kind.
            InvalidJSON: a message is not JSON. An iterator that has raised is finished; to go on,
                receive with `receive_json` or ask for another one.
        """
        key, other = MODES.get(mode) or _unknown_mode(mode)
        return self._iterate(key, other, "iter_json()", self.loads)

    async def _iterate(
        self, key: str, other: str, tried: str, loads: Callable[[str | bytes], Any] | None = None
    ) -> AsyncIterator[Any]:
        receive = self._receive
        while self._open or self._readable(tried):
            message = await receive()
            try:
                data = message[key] if message["type"] == "websocket.receive" else None
            except KeyError:
                data = None
            if data is None or message.get(other) is not None:
                if message.get("type") != "websocket.disconnect":
                    raise await self._no_data(message, key, tried)
                self._left(message)
                if "cleanups" in self._facts:
                    await self._clean_up()
                return
            if loads is not None:
                try:
                    data = loads(data)
                except Exception as error:
                    raise _invalid_json(message[key], error) from error
            yield data

    async def close(self, code: int = NORMAL, reason: str | None = None) -> None:
        """Say goodbye.

        Before `accept` this refuses the connection, and the server answers the handshake with
        HTTP 403. Afterwards it begins the closing handshake. If the client has left there is
        nobody to tell, and nothing happens: a loop over `iter_text` may always be followed by
        `close`.

        Args:
            code: why, for programs: 1000-1003, 1007-1014 or 3000-4999.
            reason: why, for people: at most 123 bytes of UTF-8.

        Raises:
            WebSocketDisconnected: this application has closed the connection before.
            ValueError: *code* may not travel, such as 1006, or *reason* is too long.
            TypeError: *code* is not an `int`, or *reason* not a `str`.

        Source: RFC 6455 §7.1, §7.4; ASGI, "Close - send event".
        """
        if code is NORMAL and reason is None:  # the defaults themselves, which need no check
            said = ""
            message: Message = {"type": "websocket.close", "code": code, "reason": said}
        else:
            message = messages.close(code, reason)
            code, said = message["code"], message["reason"]
        if not self._open and await self._nobody_to_close():
            return
        self._end = (code, said, "CLOSED", self._open)
        self._application_state = DISCONNECTED
        self._open = False
        send = self._send
        try:
            await send(message)
        except OSError as error:
            await self._lost_by(error)
        finally:
            if self._facts and "cleanups" in self._facts:  # most connections have no facts
                await self._clean_up()

    async def send_denial_response(self, response: ASGIApp) -> None:
        """Refuse the connection with an HTTP response of your own, instead of `accept`.

        Args:
            response: any ASGI response, of any framework. Its body is collected and sent whole.

        Raises:
            WebSocketDisconnect: the client left before it was answered.
            WebSocketDisconnected: the connection has ended.
            WebSocketRuntimeError: the server lacks the extension; the connection is accepted; or
                *response* ended without completing its body.
            ValueError: a status outside 200 to 599, or a malformed header.
            TypeError: *response* is not an ASGI application.

        Source: ASGI extension, "WebSocket Denial Response".
        """
        if not callable(response):
            raise TypeError(f"A response is an ASGI application, not {type(response).__name__}.")
        if self._application_state is not CONNECTING or self._client_state is DISCONNECTED:
            raise self._refusal("send_denial_response()")
        self._require_denial_extension()
        await self._meet_client()
        if self._client_state is DISCONNECTED:
            raise self._news()
        collected = _Collected()
        # The handshake is a GET request, and a response that knows nothing of WebSockets expects
        # one. No extensions: a response might use one, such as sending a file by its path.
        scope = {**self.scope, "type": "http", "method": "GET", "extensions": {}}
        await response(scope, collected.receive, collected.until(self._deny))
        if collected.error is not None:
            raise collected.error
        if self._application_state is CONNECTING:
            raise WebSocketRuntimeError(
                "The response ended without completing its body, so nothing was sent. "
                "Allowed now: accept(), close(), send_denial_response()."
            )

    async def _deny(self, start: Message, body: bytes) -> None:
        for message in messages.denial(start.get("status"), start.get("headers"), body):
            await self.send(message)

    async def receive(self) -> Message:
        """Wait for the server's next message, as it is.

        After this application has closed an accepted connection, the client's side of the closing
        handshake can still be read.

        Raises:
            WebSocketDisconnected: the connection has ended.
            WebSocketRuntimeError: the server brought a message that it may not bring now.

        Source: ASGI, "WebSocket".
        """
        # After a disconnect, a refusal or a denial, some servers' receive would never return.
        if self._client_state is DISCONNECTED or not (
            self._accepted or self._application_state is CONNECTING
        ):
            raise self._refusal("receive()")
        message = await self._receive()
        await self._arrived(message)
        return message

    async def send(self, message: Message) -> None:
        """Hand *message* to the server, its values checked.

        Raises:
            WebSocketDisconnect: the server finds that the client is gone.
            WebSocketDisconnected: the connection has ended.
            WebSocketRuntimeError: a message of this type is out of order, or has no `type`.
            ValueError: a value that no server may be given.
            TypeError: a value of the wrong type.

        Source: ASGI, "WebSocket".
        """
        label(message)
        message = messages.checked(message, self.subprotocols)
        if self._send is _no_send:
            raise _missing("send")
        if self._application_state is CONNECTING and message["type"] in SEND[CONNECTING]:
            if message["type"] == DENIAL_START:
                self._require_denial_extension()
            if self._client_state is CONNECTING:
                await self._meet_client()
                if self._client_state is DISCONNECTED:
                    raise self._news()
        if self._client_state is DISCONNECTED or self._application_state is DISCONNECTED:
            raise self._refusal(f"send() of {message['type']}")
        self._leaving(message, step(SEND, self._application_state, message))
        # A client that leaves in the middle of a denial makes some servers raise what they like.
        gone = Exception if message["type"].startswith(DENIAL_EXTENSION) else OSError
        try:
            await self._send(message)
        except gone as error:
            raise await self._lost_by(error) from error
        finally:
            if self._application_state is DISCONNECTED and "cleanups" in self._facts:
                await self._clean_up()

    def add_cleanup(self, function: Callable[[], object]) -> None:
        """Have *function* called once, when the connection ends in whatever way.

        It runs inside the call that meets the end: a receive, a failed send or `close`. What it
        returns is awaited if it can be. If it raises, the error is logged and the others still run.

        Args:
            function: takes nothing; functions run in the order in which they were added.

        Raises:
            WebSocketDisconnected: the connection has ended.
            TypeError: *function* cannot be called.
        """
        if not callable(function):
            raise TypeError(f"A cleanup is a function, not {type(function).__name__}.")
        if self._end is not None:
            raise self._refusal("add_cleanup()")
        cleanups = [*self._facts.get("cleanups", ()), function]
        self._facts = {**self._facts, "cleanups": cleanups}

    # ── What arrives, and what leaves ──────────────────────────────────────────────────────────

    async def _arrived(self, message: Message) -> None:
        """Move the client's side to where *message* takes it."""
        if self._client_state is DISCONNECTED:
            return  # two receives were in flight, and each was told of the end
        if step(RECEIVE, self._client_state, message) is CONNECTED:
            self._client_state = CONNECTED
        else:
            self._left(message)
            if "cleanups" in self._facts:
                await self._clean_up()

    def _left(self, message: Message) -> None:
        """The client has left, as *message* says, or as another one has said already."""
        if self._client_state is DISCONNECTED:
            return
        unended: End = (0, "", "LEFT", self._application_state is CONNECTED)
        _, _, by, accepted = self._end or unended
        if by != "CLOSED":  # after our own close servers disagree on the code: ours is the one
            code, reason = message.get("code"), message.get("reason")
            code = int(code if isinstance(code, int) else CloseCode.NO_STATUS_RECEIVED)
            self._end = (code, reason if isinstance(reason, str) else "", by, accepted)
        self._client_state = DISCONNECTED
        self._open = False

    def _leaving(self, message: Message, state: WebSocketState) -> None:
        """Move this application's side to *state*, which *message* takes it to."""
        if state is CONNECTED:
            self._open = True
            if message["type"] == "websocket.accept" and message.get("subprotocol") is not None:
                self._facts = {**self._facts, "subprotocol": message["subprotocol"]}
        elif state is DISCONNECTED:
            code = message.get("code", int(CloseCode.ABNORMAL_CLOSURE))
            self._end = (code, message.get("reason", ""), "CLOSED", self._accepted)
            self._open = False
        self._application_state = state

    async def _meet_client(self) -> None:
        """Read `websocket.connect`: an answer may only come after it (ASGI, "Connect")."""
        if self._send is _no_send:
            raise _missing("send")
        if self._client_state is CONNECTING:
            await self._arrived(await self._receive())

    async def _lost_by(self, error: Exception) -> WebSocketDisconnect:
        """The server cannot reach the client any more: nothing can be sent, but read what is left.

        A `TimeoutError` is an `OSError` too, but it comes from a timeout around the call.
        """
        if isinstance(error, TimeoutError):
            raise error
        if self._client_state is not DISCONNECTED:  # else another task has read the true code
            self._end = (int(CloseCode.ABNORMAL_CLOSURE), "", "LOST", self._accepted)
            self._open = False
        self._application_state = DISCONNECTED
        if "cleanups" in self._facts:
            await self._clean_up()
        return self._news()

    async def _nobody_to_close(self) -> bool:
        """Whether `close` has nothing to do, the connection not being open."""
        if self._application_state is CONNECTING:
            await self._meet_client()
        if self._closed or self._application_state is RESPONSE:
            raise self._refusal("close()")
        if self._client_state is DISCONNECTED or self._application_state is DISCONNECTED:
            self._application_state = DISCONNECTED
            return True
        return False

    def _require_denial_extension(self) -> None:
        if DENIAL_EXTENSION not in (self.scope.get("extensions") or {}):
            raise WebSocketRuntimeError(
                "The server doesn't support the Websocket Denial Response extension."
            )

    async def _clean_up(self) -> None:
        facts: Facts = {**self._facts}
        cleanups = facts.pop("cleanups")
        self._facts = facts
        cancelled: BaseException | None = None
        for function in cleanups:
            try:
                result = function()
                if hasattr(result, "__await__"):
                    await result
            except Exception:
                import logging  # late: it is large, and a cleanup seldom fails

                logging.getLogger("lilyaref").exception("A cleanup failed.")
            except BaseException as error:
                cancelled = error  # a cancellation waits until the others have had their turn
        if cancelled is not None:
            raise cancelled

    # ── What to say when a call cannot be served ───────────────────────────────────────────────

    def _readable(self, tried: str) -> bool:
        """Whether messages may be waiting although the connection is not open.

        Raises:
            WebSocketRuntimeError: it was never open.
        """
        if self._client_state is DISCONNECTED or self._application_state is DISCONNECTED:
            return self._lost and self._accepted and self._client_state is CONNECTED
        raise self._refusal(tried)

    def _refusal(self, tried: str) -> WebSocketRuntimeError:
        if self._receive is _no_receive:
            return _missing("receive")
        client, application = self._client_state, self._application_state
        if client is DISCONNECTED or application is DISCONNECTED:
            return self._too_late(tried)
        return WebSocketRuntimeError(out_of_order(tried, client, application))

    def _too_late(self, tried: str) -> WebSocketDisconnected:
        allowed = "close(), which does nothing"
        if self._lost:
            end = "the server had lost the client"
            if self._accepted and self._client_state is CONNECTED:
                allowed = f"receive(), for what is left, and {allowed}"
        elif not self._closed:
            end = "the client had left"
        else:
            end = f"this application had {'closed' if self._accepted else 'refused'} the connection"
            reads = self._accepted and self._client_state is CONNECTED
            allowed = "receive(), for the client's side of the closing" if reads else "nothing"
        return WebSocketDisconnected(
            self._ended_with,
            self.close_reason,
            f"{tried} came too late: {end}, close code {describe(self._ended_with)}. "
            f"Allowed now: {allowed}.",
        )

    def _news(self) -> WebSocketDisconnect:
        return WebSocketDisconnect(self._ended_with, self.close_reason)

    @property
    def _ended_with(self) -> int:
        return int(CloseCode.ABNORMAL_CLOSURE) if self._end is None else self._end[0]

    @property
    def _accepted(self) -> bool:
        """Whether the opening handshake was completed; also after the end."""
        return self._application_state is CONNECTED if self._end is None else self._end[3]

    @property
    def _closed(self) -> bool:
        return self._end is not None and self._end[2] == "CLOSED"

    @property
    def _lost(self) -> bool:
        return self._end is not None and self._end[2] == "LOST"

    async def _no_data(self, message: Message, key: str, tried: str) -> Exception:
        """Why *message* holds nothing for *tried*, which wanted its *key*."""
        await self._arrived(message)
        if self._client_state is DISCONNECTED:
            return self._news()
        text, data = message.get("text"), message.get("bytes")
        if (text is None) == (data is None):
            have = "neither" if text is None else "both"
            return WebSocketDataError(
                f'{tried} got a message with {have} of "text" and "bytes": the server broke the '
                'rule that exactly one is set (ASGI, "Receive - receive event").',
                CloseCode.INTERNAL_ERROR,
            )
        wanted, came = ("text", "binary") if key == "text" else ("binary", "text")
        return WebSocketDataError(
            f"{tried} expected a {wanted} message, and the client sent a {came} one. "
            "It is consumed and the connection stays open. Allowed now: receive the next message, "
            f"or close({int(CloseCode.UNSUPPORTED_DATA)})."
        )


class WebSocketClose:
    """An ASGI application that closes whatever connection reaches it.

    Before `accept`, which is where it stands, closing means HTTP 403.

    Args:
        code: as for `WebSocket.close`.
        reason: as for `WebSocket.close`.

    Raises:
        ValueError, TypeError: as `WebSocket.close`, but when it is made.
    """

    def __init__(self, code: int = NORMAL, reason: str | None = None) -> None:
        message = messages.close(code, reason)
        self.code: int = message["code"]
        self.reason: str = message["reason"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the connection."""
        await WebSocket(scope, receive, send).close(self.code, self.reason)


class _Collected:
    """The messages of a response, collected until its body is complete."""

    def __init__(self) -> None:
        self.start: Message | None = None
        self.body = bytearray()
        self.error: Exception | None = None
        self._requested = False

    async def receive(self) -> Message:
        """The handshake's request, which has no body; then nothing, and the client stays."""
        if self._requested:
            import anyio  # late: only a streaming response asks again

            await anyio.sleep_forever()
        self._requested = True
        return {"type": "http.request", "body": b"", "more_body": False}

    def until(self, deny: Callable[[Message, bytes], Awaitable[None]]) -> Send:
        """A `send` for the response that calls *deny* with the whole of it.

        An error of *deny* is kept, not raised: a response that streams from a task group would
        wrap it.
        """

        async def send(message: Message) -> None:
            kind = label(message).removeprefix("websocket.")
            if kind == "http.response.start":
                self.start = message
            elif kind.startswith("http.response.body") and self.start is not None:
                self.body += message.get("body") or b""
                if message.get("more_body"):
                    return
                try:
                    await deny(self.start, bytes(self.body))
                except Exception as error:
                    self.error = error
            else:
                raise WebSocketRuntimeError(f"A denial response has no {kind!r:.60} here.")

        return send


def _without(name: str) -> Callable[..., Awaitable[Any]]:
    async def missing(*message: Message) -> NoReturn:
        raise _missing(name)

    return missing


_no_receive, _no_send = _without("receive"), _without("send")


def _missing(name: str) -> WebSocketRuntimeError:
    return WebSocketRuntimeError(
        f"This WebSocket was made without {name}, so it can only read the scope. "
        "Make it with all three: WebSocket(scope, receive, send)."
    )


def _unknown_mode(mode: object) -> NoReturn:
    raise WebSocketRuntimeError(f'A mode is "text" or "binary", not {mode!r:.60}.')


def _invalid_json(data: str | bytes, error: Exception) -> InvalidJSON:
    """What is wrong with *data*, in words that hold none of it."""
    doc, pos, code = "", 0, CloseCode.UNSUPPORTED_DATA
    try:
        doc = data if isinstance(data, str) else data.decode()
    except UnicodeDecodeError as undecodable:
        wrong, pos = "Not UTF-8", undecodable.start
        code = CloseCode.INVALID_FRAME_PAYLOAD_DATA
    else:
        if isinstance(error, JSONDecodeError):
            wrong, pos = error.msg, error.pos
        elif isinstance(error, RecursionError):
            wrong = "Nested too deeply"
        elif type(error) is ValueError:
            wrong = "A value that JSON does not have, or too long a number"
        else:  # of a replaced `loads`, which may want more than JSON
            wrong = f"loads() raised {type(error).__name__}"
    explanation = (
        f"The client's message is not JSON: {wrong}, position {pos}. It is consumed and the "
        f"connection stays open. Allowed now: receive the next message, or close({int(code)})."
    )
    return InvalidJSON(explanation, wrong, doc, pos, code)
