"""What can go wrong, as a tree: the news that the client has left, and two kinds of mistake.

    Exception
    ├── WebSocketDisconnect             news: the client is gone
    │   └── WebSocketDisconnected       also a WebSocketRuntimeError: used after the end
    ├── WebSocketRuntimeError           a RuntimeError: the application called out of order
    └── WebSocketDataError              a ValueError: the client's message is not what was asked for
        └── InvalidJSON                 also a json.JSONDecodeError

The text of an error says what was tried, where the connection stood and what is allowed.
It never holds what a client has sent.
"""

from json import JSONDecodeError
from typing import Any

from lilyaref.codes import CloseCode, describe


class WebSocketDisconnect(Exception):
    """The client has left, or the server has lost it.

    Args:
        code: the close code of the other side, or 1005 (none came) or 1006 (no closing handshake).
        reason: the close reason of the other side. It is not part of the error's text.

    >>> str(WebSocketDisconnect(1001, "tab closed"))
    'The connection has ended with close code 1001 (going away).'
    """

    def __init__(self, code: int = 1000, reason: str | None = "") -> None:
        self.code = int(code)
        self.reason = reason or ""
        super().__init__(self.code, self.reason)

    def __str__(self) -> str:
        return f"The connection has ended with close code {describe(self.code)}."


class WebSocketRuntimeError(RuntimeError):
    """The application asked for something that cannot be done now."""


class WebSocketDisconnected(WebSocketDisconnect, WebSocketRuntimeError):
    """The connection was used after its end: both the news and a mistake.

    `except WebSocketDisconnect` treats it as the client's leaving, `except RuntimeError` as the
    application's error; both are true.

    Args:
        code: the close code that the connection ended with.
        reason: its close reason.
        explanation: what was tried, and how the connection had ended.
    """

    def __init__(self, code: int = 1000, reason: str | None = "", explanation: str = "") -> None:
        super().__init__(code, reason)
        self.explanation = explanation
        self.args = (self.code, self.reason, explanation)

    def __str__(self) -> str:
        return self.explanation or super().__str__()


class WebSocketDataError(ValueError):
    """The client's message is not what the application asked for.

    The message is consumed and the connection stays open: the next receive works.

    Args:
        explanation: what was expected, and what came instead.
        close_code: the code that RFC 6455 §7.4.1 has for it, should the application wish to close.
    """

    def __init__(
        self, explanation: str, close_code: CloseCode = CloseCode.UNSUPPORTED_DATA
    ) -> None:
        super().__init__(explanation)
        self.close_code = close_code


class InvalidJSON(WebSocketDataError, JSONDecodeError):
    """The client's message is not JSON.

    `close_code` is 1003, or 1007 for bytes that are not UTF-8. The attributes of
    `json.JSONDecodeError` (`msg`, `doc`, `pos`, `lineno`, `colno`) are there as well; `doc` is the
    message itself, so think twice before logging it.

    Args:
        explanation: what was expected, what is wrong, what is allowed.
        msg: what is wrong, in a few words.
        doc: the message; empty where it is no text.
        pos: where in it the mistake was found.
        close_code: 1003 or 1007.
    """

    def __init__(
        self,
        explanation: str,
        msg: str = "",
        doc: str = "",
        pos: int = 0,
        close_code: CloseCode = CloseCode.UNSUPPORTED_DATA,
    ) -> None:
        JSONDecodeError.__init__(self, msg, doc, pos)
        self.args = (explanation,)
        self.close_code = close_code

    # JSONDecodeError pickles itself with its own three arguments.
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (*self.args, self.msg, self.doc, self.pos, self.close_code)
