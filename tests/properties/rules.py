"""Which values may travel: RFC 6455, RFC 8259, RFC 9110 and ASGI, in words of our own.

A rule returns the kinds of error that a value deserves; an empty tuple is praise. The model asks
before an operation, the server asks again when a message reaches it.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn, TypeAlias

Kinds: TypeAlias = tuple[type[BaseException], ...]
Pair: TypeAlias = tuple[bytes, bytes]

OBJECTION = TypeError, ValueError  # which of the two is open: the shape itself is wrong
TOKEN = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 §5.6.2
VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")  # RFC 9110 §5.5
SERVERS_OWN = {b"connection", b"upgrade", b"content-length", b"transfer-encoding", b"date"}


def wrong_text(data: object) -> Kinds:
    if not isinstance(data, str):
        return (TypeError,)
    try:
        data.encode()
    except UnicodeEncodeError:
        return (ValueError,)
    return ()


def wrong_bytes(data: Any) -> Kinds:
    try:
        memoryview(data)
    except TypeError:
        return (TypeError,)
    return ()


def wrong_close(code: object, reason: object) -> Kinds:
    return wrong_code(code) + wrong_reason(reason)


def wrong_code(code: object) -> Kinds:
    if isinstance(code, bool) or not isinstance(code, int):
        return (TypeError,)
    sendable = 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999
    return () if sendable else (ValueError,)


def wrong_reason(reason: object) -> Kinds:
    if reason is None:
        return ()
    too_long = isinstance(reason, str) and len(reason.encode(errors="replace")) > 123
    return wrong_text(reason) or ((ValueError,) if too_long else ())


def wrong_subprotocol(subprotocol: object, offered: list[str]) -> Kinds:
    if subprotocol is None:
        return ()
    if not isinstance(subprotocol, str):
        return (TypeError,)
    token = TOKEN.fullmatch(subprotocol.encode())
    return () if token and subprotocol in map(str.strip, offered) else (ValueError,)


def wrong_headers(headers: Any) -> Kinds:
    try:
        pairs = normal(headers)
    except OBJECTION as error:
        return (TypeError,) if isinstance(error, TypeError) else OBJECTION
    names_of_others = {name for name, _ in pairs} & SERVERS_OWN or [
        name for name, _ in pairs if name.startswith((b"sec-websocket-", b":"))
    ]
    return (ValueError,) if names_of_others or wrong_pairs(pairs) else ()


def wrong_pairs(pairs: list[Pair]) -> bool:
    return any(not TOKEN.fullmatch(name) or not VALUE.fullmatch(value) for name, value in pairs)


def wrong_status(status: object) -> Kinds:
    if isinstance(status, bool) or not isinstance(status, int):
        return (TypeError,)
    return () if 200 <= status <= 599 else (ValueError,)


def normal(headers: Any) -> list[Pair]:
    """Lower-case byte pairs, order and duplicates kept."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    return [(octets(name).lower(), octets(value)) for name, value in pairs]


def octets(text: object) -> bytes:
    if isinstance(text, str):
        return text.encode("latin-1")
    if isinstance(text, bytes):
        return text
    raise TypeError


def bodiless(status: int) -> bool:
    return status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


def encoded(data: Any) -> str:
    """The JSON of *data*: compact, non-ASCII kept, RFC 8259 and no more."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def wrong_json(data: Any) -> Kinds:
    try:
        return wrong_text(encoded(data))
    except TypeError:
        return (TypeError,)
    except ValueError:
        return (ValueError,)


def decoded(data: str | bytes) -> Any:
    """What *data* says in JSON.

    Raises:
        UnicodeDecodeError: bytes that are no UTF-8.
        ValueError, RecursionError: no JSON, or none that Python can hold.
    """

    def refuse(constant: str) -> NoReturn:
        raise ValueError

    text = data.decode() if isinstance(data, bytes) else data
    return json.loads(text, parse_constant=refuse)
