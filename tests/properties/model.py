"""What the contract allows: each operation in each situation, and the outcomes it may have.

Written from the ASGI text (2.5) and the contract, not from the code. A `Model` has the operations
of a `WebSocket` under the same names; instead of awaiting a server it reads the same script, and
notes what the server must hear. Where the contract leaves something open, `either()` takes both
ways one after the other; each such place says what is open.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from lilyaref.exceptions import (
    InvalidJSON,
    WebSocketDataError,
    WebSocketDisconnect,
    WebSocketDisconnected,
    WebSocketRuntimeError,
)
from lilyaref.lifecycle import WebSocketState
from lilyaref.types import Message
from tests.properties import rules
from tests.properties.rules import Kinds
from tests.properties.server import ACCEPT, BODY, CLOSE, SEND, START, Heard, is_loss

CONNECTING, CONNECTED = WebSocketState.CONNECTING, WebSocketState.CONNECTED
RESPONSE, DISCONNECTED = WebSocketState.RESPONSE, WebSocketState.DISCONNECTED

NO_EXTENSION = "The server doesn't support the Websocket Denial Response extension."
KEYS = {"text": "text", "binary": "bytes", "bytes": "bytes"}
ENDED = "the iterator has ended"


@dataclass
class Raises(Exception):
    """The operation raises exactly one of *kinds*, with these attributes and words."""

    kinds: Kinds
    code: int | None = None
    reason: str | None = None
    close_code: int | None = None
    says: str = ""
    cause: Exception | None = None
    itself: Exception | None = None

    def matches(self, error: object) -> bool:
        if self.itself is not None:
            return error is self.itself
        return (
            any(is_a(kind, error) for kind in self.kinds)
            and self.code in (None, getattr(error, "code", None))
            and self.reason in (None, getattr(error, "reason", None))
            and self.close_code in (None, getattr(error, "close_code", None))
            and self.says in str(error)
            and self.cause in (None, getattr(error, "__cause__", None))
        )


def is_a(kind: type[BaseException], error: object) -> bool:
    """Python's own errors may be raised as a subclass of them, ours are never meant by that."""
    ours = error.__class__.__module__.startswith("lilyaref")
    return error.__class__ is kind or (isinstance(error, kind) and not ours)


class Waits(Exception):
    """The operation waits for the server: it has brought nothing more."""


@dataclass
class Returns:
    value: Any = None

    def matches(self, value: object) -> bool:
        return value.__class__ is self.value.__class__ and value == self.value


Expected: TypeAlias = Raises | Waits | Returns


class Answer(Protocol):
    """A denial response, as far as the model must know it."""

    status: Any
    headers: list[rules.Pair]
    body: bytes
    wrong: Kinds
    itself: Exception | None


class Model:
    """One connection, as the contract sees it.

    Args:
        offered: the subprotocols that the client offers.
        can_deny: whether the server has the extension for denial responses.
        failures: what the n-th send raises, counted from 1.
    """

    def __init__(
        self, offered: list[str], can_deny: bool, failures: Mapping[int, Exception]
    ) -> None:
        self.offered = offered
        self.can_deny = can_deny
        self.failures = failures
        self.client = self.application = CONNECTING
        self.accepted = False
        self.goodbye = False  # we have closed, refused or denied
        self.lost = False  # the server has raised an OSError
        self.subprotocol: str | None = None
        self.code: int | None = None
        self.reason: str | None = None
        self.arriving: list[Message] = []
        self.heard: list[Heard] = []
        self.cleanups: list[object] = []
        self.cleaned: list[object] = []
        self.finished: set[tuple[Any, ...]] = set()
        self.choices: list[bool] = []
        self.chosen = 0

    def attempts(self, operation: Callable[["Model"], Any]) -> Iterator[tuple["Model", Expected]]:
        """Every way that *operation* may go, with the situation after it."""
        pending: list[list[bool]] = [[]]
        while pending:
            after = self._fork(pending.pop())
            given = len(after.choices)
            expected = outcome(operation, after)
            yield after, expected
            taken = after.choices
            pending += [[*taken[:place], True] for place in range(given, len(taken))]

    def _fork(self, choices: list[bool]) -> "Model":
        fork = copy(self)
        fork.arriving, fork.heard = self.arriving[:], self.heard[:]
        fork.cleanups, fork.cleaned = self.cleanups[:], self.cleaned[:]
        fork.finished = self.finished.copy()
        fork.choices, fork.chosen = choices, 0
        return fork

    def either(self) -> bool:
        """Both answers are taken, one after the other."""
        if self.chosen == len(self.choices):
            self.choices = [*self.choices, False]
        self.chosen += 1
        return self.choices[self.chosen - 1]

    # --- The operations ---------------------------------------------------------------------------

    def accept(self, subprotocol: Any = None, headers: Any = None) -> None:
        wrong = rules.wrong_subprotocol(subprotocol, self.offered) + rules.wrong_headers(headers)
        self._may_object(wrong)
        self._not_ended()
        if self.application is not CONNECTING:
            raise Raises((WebSocketRuntimeError,))
        self._meet()
        self._must_object(wrong)
        self.application = CONNECTED
        self.accepted, self.subprotocol = True, subprotocol
        try:
            self._tell(ACCEPT, subprotocol, rules.normal(headers))
        finally:
            self.accepted = not self.lost

    def send_text(self, data: Any) -> None:
        self._send_data("text", data, rules.wrong_text(data))

    def send_bytes(self, data: Any) -> None:
        wrong = rules.wrong_bytes(data)
        self._send_data("bytes", b"" if wrong else bytes(data), wrong)

    def send_json(self, data: Any, mode: Any = "text") -> None:
        wrong = rules.wrong_json(data) + wrong_mode(mode)
        text = "" if wrong else rules.encoded(data)
        self._send_data(KEYS.get(str(mode), "text"), text, wrong)

    def _send_data(self, key: str, data: str | bytes, wrong: Kinds) -> None:
        self._may_object(wrong)
        self._not_ended()
        if self.application is not CONNECTED:
            raise Raises((WebSocketRuntimeError,))
        self._must_object(wrong)
        if key == "bytes" and isinstance(data, str):
            data = data.encode()
        self._tell(SEND, (key, data))

    def receive_text(self) -> Any:
        return self._receive_data("text")

    def receive_bytes(self) -> Any:
        return self._receive_data("bytes")

    def receive_json(self, mode: Any = "text") -> Any:
        self._may_object(wrong_mode(mode))
        data = self._receive_data(KEYS.get(str(mode), "text"), wrong_mode(mode))
        try:
            return rules.decoded(data)
        except UnicodeDecodeError:
            raise Raises((InvalidJSON,), close_code=1007) from None
        except (ValueError, RecursionError):
            raise Raises((InvalidJSON,), close_code=1003) from None

    def _receive_data(self, key: str, wrong: Kinds = ()) -> Any:
        if self.client is DISCONNECTED or self.goodbye:
            self._not_ended()
        if self.application is CONNECTING:
            raise Raises((WebSocketRuntimeError,), says="accept")
        if self.application is RESPONSE:
            raise Raises((WebSocketRuntimeError,))
        self._may_be_unreadable()
        self._must_object(wrong)
        event = self._arrive()
        if self.client is DISCONNECTED:
            raise Raises((WebSocketDisconnect,), *left(event))
        present = [name for name in ("text", "bytes") if event.get(name) is not None]
        if present == [key]:
            return event[key]
        if len(present) == 1:
            raise Raises((WebSocketDataError,), close_code=1003)
        raise Raises((WebSocketDataError,), says="server")

    def iterate(self, kind: str, again: bool, *mode: Any) -> Any:
        """One step of `iter_<kind>`; with *again*, of the iterator that was made before."""
        iterator = (kind, *mode)
        if again and iterator in self.finished:
            return ENDED
        self.finished.add(iterator)
        try:
            value = getattr(self, f"receive_{kind}")(*mode)
        except Raises as raised:
            if issubclass(raised.kinds[0], WebSocketDisconnect):
                return ENDED
            raise
        self.finished.remove(iterator)
        return value

    def close(self, code: Any = 1000, reason: Any = None) -> None:
        wrong = rules.wrong_close(code, reason)
        self._may_object(wrong)
        if self.goodbye:
            self._not_ended()
        if self.application is RESPONSE and self.client is CONNECTED:
            raise Raises((WebSocketRuntimeError,))
        if not self.ended:
            self._meet_or_find_the_client_gone()
        if self.ended:  # Nobody is left to tell, but this side is done as well (peers.md §4a).
            self.application = DISCONNECTED
            return
        self._must_object(wrong)
        try:
            self._leave(CLOSE, int(code), reason or "", code=int(code), reason=reason or "")
        except Raises:
            if not self.lost:
                raise

    def send_denial_response(self, answer: Answer) -> None:
        objection = Raises(answer.wrong, itself=answer.itself)
        if not self.can_deny:  # open: which of the two mistakes is named
            says = "" if answer.wrong else NO_EXTENSION
            objection = Raises((WebSocketRuntimeError, *answer.wrong), says=says)
        if objection.kinds and self.either():
            raise objection
        self._not_ended()
        if self.application is not CONNECTING:
            raise Raises((WebSocketRuntimeError,))
        self._meet()
        if objection.kinds:
            raise objection
        body = b"" if rules.bodiless(answer.status) else answer.body
        length = None if rules.bodiless(answer.status) else len(body)
        headers = [pair for pair in rules.normal(answer.headers) if pair[0] != b"content-length"]
        self.application = RESPONSE
        self._tell(START, int(answer.status), headers, length)
        self._leave(BODY, body, False, code=1006)

    def receive(self) -> Message:
        if self.client is DISCONNECTED or (self.goodbye and not self.accepted):
            self._not_ended()
        if self.application is RESPONSE and self.either():  # open: whether it may still be read
            raise Raises((WebSocketRuntimeError,))
        self._may_be_unreadable()
        return self._arrive()

    def send(self, message: Any) -> None:
        if not isinstance(message, Mapping):
            raise Raises((TypeError,))
        if "type" not in message:
            raise Raises((WebSocketRuntimeError,), says="type")
        fields = {key: value for key, value in message.items() if key != "type"}
        match message["type"]:
            case "websocket.accept":
                return self.accept(**fields)
            case "websocket.send":
                return self._send_raw(**fields)
            case "websocket.close":
                return self._close_raw(**fields)
            case "websocket.http.response.start":
                return self._start_raw(**fields)
            case "websocket.http.response.body":
                return self._body_raw(**fields)
        # open: which of the two mistakes is named after the end
        raise Raises((WebSocketRuntimeError,) + ((WebSocketDisconnected,) if self.ended else ()))

    def _send_raw(self, text: Any = None, bytes: Any = None) -> None:
        if (text is None) == (bytes is None):
            self._send_data("text", "", rules.OBJECTION)
        elif text is not None:
            self.send_text(text)
        else:
            self.send_bytes(bytes)

    def _close_raw(self, code: Any = 1000, reason: Any = None) -> None:
        """The quiet of `close()` after the end is not for messages: one more is too late."""
        wrong = rules.wrong_close(code, reason)
        self._may_object(wrong)
        self._not_ended()
        if self.application is RESPONSE:
            raise Raises((WebSocketRuntimeError,))
        self._meet()
        self._must_object(wrong)
        self._leave(CLOSE, int(code), reason or "", code=int(code), reason=reason or "")

    def _start_raw(self, status: Any, headers: Any = None) -> None:
        wrong = rules.wrong_status(status)
        if not self.can_deny:
            wrong = (WebSocketRuntimeError, *wrong)
        self._may_object(wrong)
        self._not_ended()
        if self.application is not CONNECTING:
            raise Raises((WebSocketRuntimeError,))
        self._meet()
        self._must_object(wrong)
        self.application = RESPONSE
        self._tell(START, status, rules.normal(headers), None)

    def _body_raw(self, body: Any = b"", more_body: bool = False) -> None:
        wrong = rules.wrong_bytes(body)
        self._may_object(wrong)
        self._not_ended()
        if self.application is not RESPONSE:
            raise Raises((WebSocketRuntimeError,))
        self._must_object(wrong)
        if more_body:
            return self._tell(BODY, body, True)
        self._leave(BODY, body, False, code=1006)

    def add_cleanup(self, function: object) -> None:
        wrong: Kinds = () if callable(function) else (TypeError,)
        self._may_object(wrong)
        self._not_ended()
        self._must_object(wrong)
        self.cleanups.append(function)

    # --- What they have in common -----------------------------------------------------------------

    @property
    def ended(self) -> bool:
        return DISCONNECTED in (self.client, self.application)

    def _not_ended(self) -> None:
        if self.ended:
            raise Raises((WebSocketDisconnected,), self.code, self.reason)

    def _may_object(self, wrong: Kinds) -> None:
        """Open: of a bad argument and a bad moment, which one is named."""
        if wrong and self.either():
            raise Raises(wrong)

    def _must_object(self, wrong: Kinds) -> None:
        if wrong:
            raise Raises(wrong)

    def _may_be_unreadable(self) -> None:
        """Open: whether there is anything to read when the very answer met an `OSError`."""
        if self.lost and not self.accepted and self.either():
            self._not_ended()

    def _meet(self) -> None:
        """An answer may only come after `websocket.connect`."""
        if self.client is CONNECTING:
            event = self._arrive()
            if self.client is DISCONNECTED:
                raise Raises((WebSocketDisconnect,), *left(event))

    def _meet_or_find_the_client_gone(self) -> None:
        try:
            self._meet()
        except Raises as raised:
            if raised.kinds != (WebSocketDisconnect,):
                raise

    def _arrive(self) -> Message:
        """The server's next event; one that it may not bring now is consumed, and moves nothing."""
        if not self.arriving:
            raise Waits
        event = self.arriving.pop(0)
        match event.get("type"), self.client:
            case "websocket.connect", WebSocketState.CONNECTING:
                self.client = CONNECTED
            case "websocket.receive", WebSocketState.CONNECTED:
                pass
            case "websocket.disconnect", WebSocketState.CONNECTING | WebSocketState.CONNECTED:
                self.client = DISCONNECTED
                if not self.goodbye:
                    self._end(*left(event))
            case _:
                raise Raises((WebSocketRuntimeError,))
        return event

    def _tell(self, kind: str, *fields: Any) -> None:
        """The state has moved before: the server may fail.

        In a denial any error of the server's means that the client is gone; a timeout never does.
        """
        self.heard.append((kind, *fields))
        failure = self.failures.get(len(self.heard))
        if failure is None:
            return
        in_denial = kind in (START, BODY) and not isinstance(failure, TimeoutError)
        if not (is_loss(failure) or in_denial):
            raise Raises((type(failure),), itself=failure)
        self._lose()
        raise Raises((WebSocketDisconnect,), 1006, "", cause=failure)

    def _lose(self) -> None:
        self.lost, self.goodbye = True, False
        self.application = DISCONNECTED
        self._end(1006, "")

    def _leave(self, kind: str, *fields: Any, code: int, reason: str = "") -> None:
        self.goodbye = True
        self.application = DISCONNECTED
        self._end(code, reason)
        self._tell(kind, *fields)

    def _end(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason
        self.cleaned += self.cleanups
        self.cleanups = []


def outcome(operation: Callable[[Model], Any], model: Model) -> Expected:
    try:
        return Returns(operation(model))
    except (Raises, Waits) as expected:
        return expected


def left(event: Message) -> tuple[int, str]:
    """The code and reason of a disconnect: missing and `None` are the same."""
    code, reason = event.get("code"), event.get("reason")
    return 1005 if code is None else int(code), "" if reason is None else reason


def wrong_mode(mode: object) -> Kinds:
    if isinstance(mode, str):
        return () if mode in KEYS else (WebSocketRuntimeError,)
    return (WebSocketRuntimeError, TypeError)  # open: an unknown mode, or a wrong Python type
