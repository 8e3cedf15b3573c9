"""JSON as RFC 8259 has it."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lilyaref.jsoncodec import decode, encode

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_written_is_read_again(value: Any) -> None:
    text = encode(value)
    assert decode(text) == value
    assert decode(text.encode()) == value


@given(VALUES, st.sampled_from(["", " ", "\n", "\t\r\n "]))
def test_white_space_around_a_value_is_allowed_and_nothing_else(value: Any, space: str) -> None:
    text = f"{space}{encode(value)}{space}"
    assert decode(text) == json.loads(text) == value
    for junk in ("x", "\u00a0", "\ufeff", "\x00"):
        with pytest.raises(ValueError, match="Extra data"):
            decode(f"{text}{junk}")


def test_writing_is_compact_and_keeps_what_is_not_ascii() -> None:
    assert encode({"ü": [1, 2, None, True]}) == '{"ü":[1,2,null,true]}'


def test_bytes_are_utf8() -> None:
    assert decode('["ü"]'.encode()) == ["ü"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_refused_both_ways(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode([value])
    with pytest.raises(ValueError, match="RFC 8259"):
        decode(json.dumps([value]))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        pytest.param("", json.JSONDecodeError, id="empty"),
        pytest.param(" ", json.JSONDecodeError, id="blank"),
        pytest.param("{", json.JSONDecodeError, id="cut off"),
        pytest.param("[1] 2", json.JSONDecodeError, id="more behind"),
        pytest.param("\ufeff1", json.JSONDecodeError, id="byte order mark"),
        pytest.param("\ufeff1".encode(), json.JSONDecodeError, id="byte order mark in bytes"),
        pytest.param("'a'", json.JSONDecodeError, id="quotes"),
        pytest.param('"\n"', json.JSONDecodeError, id="control character"),
        pytest.param(b"\xff", UnicodeDecodeError, id="bad byte"),
        pytest.param("[1]".encode("utf-16"), UnicodeDecodeError, id="UTF-16"),
        pytest.param(b"[1]\x00", json.JSONDecodeError, id="NUL"),
        pytest.param("1" * 5000, ValueError, id="too long a number"),
        pytest.param("[" * 100_000, RecursionError, id="too deep"),
    ],
)
def test_what_is_no_json_is_an_error(data: str | bytes, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        decode(data)
    assert caught.type is error


@pytest.mark.parametrize("value", [{1, 2}, b"x", object(), {b"x": 1}])
def test_what_json_has_not_cannot_be_written(value: Any) -> None:
    with pytest.raises(TypeError):
        encode(value)
