"""The messages an application may send: every value is checked before a server sees it.

Servers answer a bad value with five kinds of exception, with silence, or by writing it to the wire.
Here it is one clear `ValueError` (no server may be given this) or `TypeError` (not even the right
type), and nothing has been sent.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeAlias

from lilyaref.codes import SENDABLE_TEXT, describe, is_sendable
from lilyaref.types import Message

Header: TypeAlias = tuple[str | bytes, str | bytes]
HeadersLike: TypeAlias = Mapping[str, str] | Mapping[bytes, bytes] | Iterable[Header]

# A control frame carries 125 bytes (RFC 6455 §5.5), and two of a close frame's are the code.
MAX_REASON_BYTES = 123

# The bytes of a token (RFC 9110 §5.6.2). To compile a pattern would take as long as this module.
TOKEN = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CONTROL = bytes([*range(0x09), *range(0x0A, 0x20), 0x7F])  # all but the tab (RFC 9110 §5.5)

# The server writes these itself; a second one would contradict it.
SERVER_HEADERS = frozenset(
    {b"connection", b"upgrade", b"content-length", b"transfer-encoding", b"date"}
)
# What frames an HTTP body. A denial response is sent whole, so its length is counted here.
FRAMING_HEADERS = frozenset({b"content-length", b"transfer-encoding"})


def accept(
    subprotocol: str | None, headers: HeadersLike | None, offered: Collection[str]
) -> Message:
    """A `websocket.accept` (ASGI, "Accept - send event").

    Raises:
        ValueError: the client did not offer *subprotocol* (RFC 6455 §4.2.2); a header that is
            malformed or that only the server may write.
        TypeError: *subprotocol* is not a `str`, *headers* are not pairs.
    """
    message: Message = {"type": "websocket.accept", "headers": _accept_headers(headers)}
    if subprotocol is not None:
        message["subprotocol"] = _offered(subprotocol, offered)
    return message


def close(code: int, reason: str | None) -> Message:
    """A `websocket.close` (ASGI, "Close - send event").

    Raises:
        ValueError: *code* may not travel (RFC 6455 §7.4), or *reason* is over 123 bytes of UTF-8.
        TypeError: *code* is not an `int`, or *reason* not a `str`.
    """
    if not isinstance(code, int) or isinstance(code, bool):
        raise TypeError(f"A close code is an int, not {_type(code)}.")
    if not is_sendable(code):
        raise ValueError(
            f"Close code {describe(code)} may not be sent (RFC 6455 §7.4). "
            f"Allowed: {SENDABLE_TEXT}."
        )
    return {"type": "websocket.close", "code": int(code), "reason": _reason(reason)}


def text(data: object) -> str:
    """*data*, if it can travel as a text message.

    Raises:
        TypeError: it is not a `str`.
        ValueError: it holds a lone surrogate, which UTF-8 cannot carry (RFC 6455 §8.1).
    """
    if not isinstance(data, str):
        raise TypeError(f"A text message is a str, not {_type(data)}.")
    _encode(data, "A text message")
    return data


def binary(data: object) -> bytes:
    """*data* as the `bytes` of a binary message; any object that lends its bytes will do.

    Raises:
        TypeError: it lends none.
    """
    try:
        return bytes(memoryview(data))  # type: ignore[arg-type]  # bytes(5) would be five zeros
    except TypeError:
        raise TypeError(f"A binary message is bytes, not {_type(data)}.") from None


def denial(status: object, headers: HeadersLike | None, body: bytes) -> tuple[Message, Message]:
    """The two messages of a denial response (ASGI extension, "WebSocket Denial Response").

    One start with the exact `content-length` and one body: servers lose parts of a streamed one.

    Raises:
        ValueError: *status* is not from 200 to 599, or a header is malformed.
        TypeError: *status* is not an `int`, or *headers* are not pairs.
    """
    start = _response_start({"status": status, "headers": headers})
    headers = [pair for pair in start["headers"] if pair[0] not in FRAMING_HEADERS]
    if start["status"] in (204, 304):  # these never have a body (RFC 9110 §6.4.1)
        body = b""
    else:
        headers.append((b"content-length", b"%d" % len(body)))
    start = {"type": "websocket.http.response.start", "status": start["status"], "headers": headers}
    return start, {"type": "websocket.http.response.body", "body": body, "more_body": False}


def checked(message: Message, offered: Collection[str]) -> Message:
    """A copy of a raw *message*, its values checked and put into the form that servers understand.

    A key that is None counts as missing, and keys that ASGI does not name are kept. A type without
    a rule here is the lifecycle's business.
    """
    rule = RULES.get(message["type"])
    if rule is None:
        return message
    values = {key: value for key, value in message.items() if value is not None}
    return {**values, **rule(message, offered)}


def _raw_accept(message: Message, offered: Collection[str]) -> Message:
    return accept(message.get("subprotocol"), message.get("headers"), offered)


def _raw_close(message: Message, offered: Collection[str]) -> Message:
    code = message.get("code")
    return close(1000 if code is None else code, message.get("reason"))


def _raw_send(message: Message, offered: Collection[str]) -> Message:
    data, buffer = message.get("text"), message.get("bytes")
    if (data is None) == (buffer is None):
        raise ValueError('A websocket.send carries exactly one of "text" and "bytes".')
    if buffer is None:
        return {"text": text(data)}
    return {"bytes": binary(buffer)}


def _raw_response_start(message: Message, offered: Collection[str]) -> Message:
    return _response_start(message)


def _raw_response_body(message: Message, offered: Collection[str]) -> Message:
    body = message.get("body")
    return {
        "body": b"" if body is None else binary(body),
        "more_body": bool(message.get("more_body")),
    }


RULES: Mapping[str, Callable[[Message, Collection[str]], Message]] = {
    "websocket.accept": _raw_accept,
    "websocket.close": _raw_close,
    "websocket.send": _raw_send,
    "websocket.http.response.start": _raw_response_start,
    "websocket.http.response.body": _raw_response_body,
}


def _response_start(message: Message) -> Message:
    status = message.get("status")
    if not isinstance(status, int) or isinstance(status, bool):
        raise TypeError(f"A denial response's status is an int, not {_type(status)}.")
    if not 200 <= status <= 599:
        raise ValueError(f"A denial response's status is from 200 to 599, not {int(status)}.")
    return {"status": int(status), "headers": pairs(message.get("headers"))}


def _offered(subprotocol: object, offered: Collection[str]) -> str:
    if not isinstance(subprotocol, str):
        raise TypeError(f"A subprotocol is a str, not {_type(subprotocol)}.")
    if subprotocol not in offered or not _is_token(subprotocol.encode()):
        raise ValueError(
            "The client did not offer this subprotocol (RFC 6455 §4.2.2). "
            "Allowed: one of websocket.subprotocols."
        )
    return subprotocol


def _reason(reason: object) -> str:
    if reason is None:
        return ""
    if not isinstance(reason, str):
        raise TypeError(f"A close reason is a str, not {_type(reason)}.")
    length = len(_encode(reason, "A close reason"))
    if length > MAX_REASON_BYTES:
        raise ValueError(
            f"A close reason has at most {MAX_REASON_BYTES} bytes of UTF-8 (RFC 6455 §5.5), "
            f"this one has {length}."
        )
    return reason


def _accept_headers(headers: HeadersLike | None) -> list[tuple[bytes, bytes]]:
    checked = pairs(headers)
    for name, _ in checked:
        if name in SERVER_HEADERS or name.startswith(b"sec-websocket-"):
            raise ValueError(f"Only the server writes the header {name.decode()!r} of a handshake.")
    return checked


def pairs(headers: object) -> list[tuple[bytes, bytes]]:
    """*headers* as lower-case byte pairs, order and duplicates kept (ASGI, "Accept - send event").

    Raises:
        ValueError: a name is not a token, or a value has a control character.
        TypeError: they are neither a mapping nor pairs of `str` or `bytes`.
    """
    if headers is None:
        return []
    items = getattr(headers, "items", None)
    items = headers if items is None else items()
    if isinstance(items, str | bytes) or not isinstance(items, Iterable):
        raise TypeError(f"Headers are a mapping or pairs, not {_type(headers)}.")
    return [_header(item) for item in items]


def _header(pair: object) -> tuple[bytes, bytes]:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise TypeError("Headers are a mapping or pairs of a name and a value.")
    name, value = _latin1(pair[0]), _latin1(pair[1])
    if not _is_token(name):
        raise ValueError("A header name is a token: letters, digits and !#$%&'*+-.^_`|~ only.")
    if value.translate(None, CONTROL) != value:
        raise ValueError(f"The value of the header {name.decode()!r} has a control character.")
    return name.lower(), value.strip(b" \t")


def _is_token(name: bytes) -> bool:
    return name != b"" and not name.translate(None, TOKEN)


def _latin1(value: object) -> bytes:
    if isinstance(value, bytes):
        return bytes(value)
    if not isinstance(value, str):
        raise TypeError(f"A header's name and value are str or bytes, not {_type(value)}.")
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError("A header is written in latin-1; encode other text first.") from None


def _encode(data: str, what: str) -> bytes:
    try:
        return data.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{what} is UTF-8; index {error.start} is a lone surrogate.") from None


def _type(value: Any) -> str:
    return type(value).__name__
