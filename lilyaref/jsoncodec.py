"""JSON as RFC 8259 has it, built once: the standard library builds a codec on every call."""

from json import JSONDecoder, JSONEncoder
from typing import Any, NoReturn


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON (RFC 8259 §6)")


encode = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode

_decoder = JSONDecoder(parse_constant=_refuse_constant)
_scan = _decoder.raw_decode


def decode(data: str | bytes) -> Any:
    """The value that *data* holds; bytes are UTF-8, and nothing else (RFC 8259 §8.1).

    Raises:
        ValueError, RecursionError: it is not JSON, or not JSON that Python can hold.
    """
    text = data if isinstance(data, str) else data.decode()
    try:
        value, end = _scan(text)  # the common case: no white space around the value
    except ValueError:
        return _decoder.decode(text)
    return value if end == len(text) else _decoder.decode(text)
