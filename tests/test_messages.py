"""Messages that an application may send, and the values that no server may be given."""

from collections.abc import Iterator
from enum import IntEnum
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, MultiDict

from lilyaref import messages
from lilyaref.codes import CloseCode
from lilyaref.types import Message

SECRET = "correct-horse-battery-staple"
PAIR = [(b"x-a", b"1")]


class Number(IntEnum):
    PRIVATE = 4000


def pairs() -> Iterator[tuple[str, str]]:
    yield "X-B", "2"
    yield "X-A", "1"


# ── Headers ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        pytest.param(None, [], id="None"),
        pytest.param({}, [], id="nothing"),
        pytest.param({"X-A": "1"}, PAIR, id="dict of str"),
        pytest.param({b"X-A": b"1"}, PAIR, id="dict of bytes"),
        pytest.param(CIMultiDict([("X-A", "1")]), PAIR, id="multidict"),
        pytest.param(
            MultiDict([("Set-Cookie", "b=1"), ("x", "y"), ("set-cookie", "a=2")]),
            [(b"set-cookie", b"b=1"), (b"x", b"y"), (b"set-cookie", b"a=2")],
            id="duplicates and order",
        ),
        pytest.param([("X-A", "1")], PAIR, id="pairs of str"),
        pytest.param([(b"X-A", b"1")], PAIR, id="pairs of bytes"),
        pytest.param([("X-A", b"1")], PAIR, id="mixed pair"),
        pytest.param([["x-a", "1"]], PAIR, id="lists"),
        pytest.param((("x-a", "1"),), PAIR, id="tuple"),
        pytest.param(pairs(), [(b"x-b", b"2"), (b"x-a", b"1")], id="generator"),
        pytest.param({"x-a": "1"}.items(), PAIR, id="items"),
        pytest.param({"X-A": " \t1\t "}, PAIR, id="white space around"),
        pytest.param({"x-a": "a\tb  c"}, [(b"x-a", b"a\tb  c")], id="tab within"),
        pytest.param({"x-a": ""}, [(b"x-a", b"")], id="empty value"),
        pytest.param({"x-a": "é"}, [(b"x-a", b"\xe9")], id="latin-1"),
        pytest.param({"x-a": b"\xff"}, [(b"x-a", b"\xff")], id="any byte"),
        pytest.param({"!#$%&'*+-.^_`|~09azAZ": ""}, [(b"!#$%&'*+-.^_`|~09azaz", b"")], id="token"),
        pytest.param({"date-of-birth": "1"}, [(b"date-of-birth", b"1")], id="like a server's"),
    ],
)
def test_headers_become_a_list_of_lower_case_pairs_of_bytes(headers: Any, sent: object) -> None:
    message = messages.accept(None, headers, [])
    assert message == {"type": "websocket.accept", "headers": sent}
    assert type(message["headers"]) is list


@pytest.mark.parametrize(
    "name",
    [
        *("connection", "Upgrade", "Content-Length", "transfer-encoding", "DATE"),
        *("sec-websocket-protocol", "Sec-WebSocket-Accept", "sec-websocket-extensions"),
        *("sec-websocket-version", "SEC-WEBSOCKET-ANYTHING"),
    ],
)
@pytest.mark.parametrize("form", [str, str.encode])
def test_what_only_the_server_writes_is_refused(name: str, form: Any) -> None:
    with pytest.raises(ValueError, match=name.lower()) as caught:
        messages.accept(None, [(form(name), form(SECRET))], [])
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        *("", ":path", "a b", "a:", "a\r\nb", "a\n", "\x00", "a\t", " a", "a(b)", "é", "a\x7f"),
        *('"a"', "a/b", "a,b", "a;b", "a=b", "a@b", "[a]", "{a}", "a\\b", "a?", "<a>"),
    ],
)
@pytest.mark.parametrize("form", [str, lambda name: name.encode("latin-1")])
def test_a_header_name_that_is_no_token_is_refused(name: str, form: Any) -> None:
    with pytest.raises(ValueError, match="token"):
        messages.accept(None, [(form(name), form(SECRET))], [])


@pytest.mark.parametrize("code", [*range(9), *range(10, 32), 127])
@pytest.mark.parametrize("where", [f"%c{SECRET}", f"{SECRET}%c", f"{SECRET} %cset-cookie: a=b"])
def test_a_control_character_in_a_value_is_refused(code: int, where: str) -> None:
    with pytest.raises(ValueError, match="control character") as caught:
        messages.accept(None, {"x-a": where % code}, [])
    assert "x-a" in str(caught.value)
    assert SECRET not in str(caught.value)


@given(st.text(), st.text())
def test_no_header_reaches_the_wire_with_a_line_of_its_own(name: str, value: str) -> None:
    try:
        sent = messages.accept(None, [(name, value)], [])["headers"]
    except ValueError:
        return
    assert sent == [(name.lower().encode(), value.strip(" \t").encode("latin-1"))]
    assert not {*sent[0][1]} & {*range(9), *range(10, 32), 127}


@pytest.mark.parametrize(
    "headers",
    [
        *(pytest.param(thing, id=repr(thing)) for thing in (5, True, "a: b", b"a: b", object)),
        pytest.param([("a",)], id="one of two"),
        pytest.param([("a", "b", "c")], id="three of two"),
        pytest.param(["ab"], id="a name of two letters"),
        pytest.param([b"ab"], id="two bytes"),
        pytest.param([None], id="None for a pair"),
        pytest.param({"a": 1}, id="number"),
        pytest.param({"a": None}, id="None"),
        pytest.param({"a": ["b"]}, id="list for a value"),
        pytest.param({1: "a"}, id="number for a name"),
        pytest.param([("a", bytearray(b"b"))], id="bytearray"),
    ],
)
def test_headers_of_another_type_are_a_type_error(headers: Any) -> None:
    with pytest.raises(TypeError):
        messages.accept(None, headers, [])


@pytest.mark.parametrize("headers", [5, True, "a: b", b"a: b"])
def test_what_is_no_headers_at_all_is_named_by_its_type(headers: Any) -> None:
    with pytest.raises(TypeError, match=f"mapping or pairs, not {type(headers).__name__}"):
        messages.accept(None, headers, [])


def test_a_header_beyond_latin1_is_refused() -> None:
    with pytest.raises(ValueError, match="latin-1") as caught:
        messages.accept(None, {"x-a": f"{SECRET}€"}, [])
    assert SECRET not in str(caught.value)


# ── Subprotocols ────────────────────────────────────────────────────────────────────────────────


def test_an_offered_subprotocol_is_sent() -> None:
    message = messages.accept("chat", None, ["soap", "chat"])
    assert message == {"type": "websocket.accept", "headers": [], "subprotocol": "chat"}


@pytest.mark.parametrize(
    ("subprotocol", "offered"),
    [
        pytest.param("chat", [], id="nothing offered"),
        pytest.param("chat", ["soap"], id="something else offered"),
        pytest.param("", [""], id="empty"),
        pytest.param("a b", ["a b"], id="space"),
        pytest.param("a\r\nb", ["a\r\nb"], id="line break"),
        pytest.param("é", ["é"], id="not ASCII"),
        pytest.param("chat\n", ["chat"], id="more behind"),
    ],
)
def test_a_subprotocol_is_a_token_that_was_offered(subprotocol: str, offered: list[str]) -> None:
    with pytest.raises(ValueError, match="did not offer"):
        messages.accept(subprotocol, None, offered)


@pytest.mark.parametrize("subprotocol", [b"chat", ["chat"], 1, True])
def test_a_subprotocol_of_another_type_is_a_type_error(subprotocol: Any) -> None:
    with pytest.raises(TypeError, match=type(subprotocol).__name__):
        messages.accept(subprotocol, None, ["chat"])


def test_the_error_on_a_subprotocol_says_where_the_offer_is_and_does_not_repeat_it() -> None:
    with pytest.raises(ValueError, match=r"websocket\.subprotocols") as caught:
        messages.accept("x", None, [SECRET])
    assert SECRET not in str(caught.value)


# ── Closing ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", [1000, 1003, 1007, 1014, 3000, 4999, Number.PRIVATE])
def test_a_close_code_is_sent_as_a_plain_number(code: int) -> None:
    message = messages.close(code, None)
    assert message == {"type": "websocket.close", "code": code, "reason": ""}
    assert type(message["code"]) is int


@pytest.mark.parametrize("code", [-1, 0, 999, 1016, 2999, 5000, *CloseCode])
def test_a_close_code_that_may_not_travel_is_refused_and_the_allowed_ones_named(code: int) -> None:
    if isinstance(code, CloseCode) and code.sendable:
        assert messages.close(code, None)["code"] == code
        return
    with pytest.raises(ValueError, match="1000-1003, 1007-1014, 3000-4999") as caught:
        messages.close(code, None)
    assert str(int(code)) in str(caught.value)
    assert "RFC 6455" in str(caught.value)


@pytest.mark.parametrize("code", ["1000", b"1000", None, True, False, 1000.0, [1000]])
def test_a_close_code_of_another_type_is_a_type_error(code: Any) -> None:
    with pytest.raises(TypeError, match=type(code).__name__):
        messages.close(code, None)


@pytest.mark.parametrize("reason", ["", "e" * 123, "é" * 61, "€" * 41, "😀" * 30])
def test_a_reason_of_123_bytes_fits(reason: str) -> None:
    assert messages.close(1000, reason)["reason"] == reason


@pytest.mark.parametrize("reason", ["e" * 124, "é" * 62, "€" * 41 + "e", "😀" * 31])
def test_a_reason_of_124_bytes_does_not(reason: str) -> None:
    with pytest.raises(ValueError, match="124"):
        messages.close(1000, reason)


def test_the_error_on_a_reason_does_not_repeat_it() -> None:
    for reason in (SECRET * 9, f"{SECRET}\ud800"):
        with pytest.raises(ValueError, match="close reason") as caught:
            messages.close(1000, reason)
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize("reason", [b"bye", ["bye"], 1, False])
def test_a_reason_of_another_type_is_a_type_error(reason: Any) -> None:
    with pytest.raises(TypeError, match=type(reason).__name__):
        messages.close(1000, reason)


# ── Text and bytes ──────────────────────────────────────────────────────────────────────────────


@given(st.text())
def test_text_that_utf8_can_carry_passes(data: str) -> None:
    assert messages.text(data) is data


@pytest.mark.parametrize("code", [0xD800, 0xDBFF, 0xDC00, 0xDFFF])
def test_a_lone_surrogate_is_refused_and_its_place_named(code: int) -> None:
    with pytest.raises(ValueError, match=str(len(SECRET))) as caught:
        messages.text(f"{SECRET}{chr(code)}")
    assert caught.type is ValueError
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("data", [SECRET.encode(), None, 1, [SECRET]])
def test_text_of_another_type_is_a_type_error(data: object) -> None:
    with pytest.raises(TypeError, match=type(data).__name__) as caught:
        messages.text(data)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "data", [b"ab", bytearray(b"ab"), memoryview(b"ab"), memoryview(b"xaxb")[1::2]]
)
def test_whatever_lends_its_bytes_is_sent_as_bytes(data: object) -> None:
    assert messages.binary(data) == b"ab"
    assert type(messages.binary(data)) is bytes


@pytest.mark.parametrize("data", [SECRET, None, 5, [1, 2], True])
def test_what_lends_no_bytes_is_a_type_error(data: object) -> None:
    with pytest.raises(TypeError, match=type(data).__name__) as caught:
        messages.binary(data)
    assert SECRET not in str(caught.value)


# ── Denials ─────────────────────────────────────────────────────────────────────────────────────


def test_a_denial_is_one_start_with_the_exact_length_and_one_body() -> None:
    assert messages.denial(401, {"X-A": "1"}, b"who?") == (
        {
            "type": "websocket.http.response.start",
            "status": 401,
            "headers": [(b"x-a", b"1"), (b"content-length", b"4")],
        },
        {"type": "websocket.http.response.body", "body": b"who?", "more_body": False},
    )


@pytest.mark.parametrize("status", [204, 304, HTTPStatus.NO_CONTENT])
def test_a_status_without_a_body_has_neither_body_nor_length(status: int) -> None:
    start, body = messages.denial(status, [("Content-Length", "4")], b"who?")
    assert start["headers"] == []
    assert body["body"] == b""


def test_the_length_and_the_coding_of_the_response_give_way() -> None:
    framing = [("Content-Length", "9"), ("Transfer-Encoding", "chunked"), ("date", "x")]
    start, _ = messages.denial(200, framing, b"")
    assert start["headers"] == [(b"date", b"x"), (b"content-length", b"0")]


@pytest.mark.parametrize("status", [-1, 0, 100, 101, 199, 600, 1000])
def test_a_status_outside_200_to_599_is_refused(status: int) -> None:
    with pytest.raises(ValueError, match=f"200 to 599, not {status}"):
        messages.denial(status, None, b"")


@pytest.mark.parametrize("status", [None, "401", True, 401.0])
def test_a_status_of_another_type_is_a_type_error(status: Any) -> None:
    with pytest.raises(TypeError, match=type(status).__name__):
        messages.denial(status, None, b"")


def test_a_status_is_a_plain_number() -> None:
    start, _ = messages.denial(HTTPStatus.UNAUTHORIZED, None, b"")
    assert type(start["status"]) is int


# ── Raw messages ────────────────────────────────────────────────────────────────────────────────

START = "websocket.http.response.start"
BODY = "websocket.http.response.body"


@pytest.mark.parametrize(
    ("message", "sent"),
    [
        pytest.param({"type": "websocket.accept"}, {"headers": []}, id="accept"),
        pytest.param(
            {"type": "websocket.accept", "subprotocol": "chat", "headers": {"X-A": "1"}},
            {"subprotocol": "chat", "headers": PAIR},
            id="accept with both",
        ),
        pytest.param({"type": "websocket.close"}, {"code": 1000, "reason": ""}, id="close"),
        pytest.param(
            {"type": "websocket.close", "code": None, "reason": None},
            {"code": 1000, "reason": ""},
            id="close with None",
        ),
        pytest.param(
            {"type": "websocket.close", "code": Number.PRIVATE, "reason": "x"},
            {"code": 4000, "reason": "x"},
            id="close with both",
        ),
        pytest.param({"type": "websocket.send", "text": ""}, {"text": ""}, id="text"),
        pytest.param({"type": "websocket.send", "bytes": bytearray()}, {"bytes": b""}, id="bytes"),
        pytest.param(
            {"type": "websocket.send", "text": "x", "bytes": None}, {"text": "x"}, id="one is None"
        ),
        pytest.param(
            {"type": START, "status": HTTPStatus.OK}, {"status": 200, "headers": []}, id="start"
        ),
        pytest.param({"type": BODY}, {"body": b"", "more_body": False}, id="body"),
        pytest.param(
            {"type": BODY, "body": memoryview(b"a"), "more_body": 1},
            {"body": b"a", "more_body": True},
            id="more body",
        ),
        pytest.param({"type": "websocket.unknown", "x": 1}, {"x": 1}, id="unknown"),
        pytest.param({"type": "websocket.send", "text": "", "x": 1}, {"text": "", "x": 1}, id="x"),
    ],
)
def test_a_raw_message_is_put_into_the_form_that_servers_understand(
    message: Message, sent: dict[str, Any]
) -> None:
    before = {**message}
    assert messages.checked(message, ["chat"]) == {"type": message["type"], **sent}
    assert message == before


@pytest.mark.parametrize(
    ("message", "error"),
    [
        pytest.param({"type": "websocket.accept", "subprotocol": "x"}, ValueError, id="offer"),
        pytest.param({"type": "websocket.accept", "headers": {"a": "\n"}}, ValueError, id="header"),
        pytest.param({"type": "websocket.close", "code": 1006}, ValueError, id="code"),
        pytest.param({"type": "websocket.close", "code": True}, TypeError, id="bool"),
        pytest.param({"type": "websocket.close", "reason": 1}, TypeError, id="reason"),
        pytest.param({"type": "websocket.send"}, ValueError, id="no key"),
        pytest.param({"type": "websocket.send", "text": None}, ValueError, id="None"),
        pytest.param({"type": "websocket.send", "text": "", "bytes": b""}, ValueError, id="both"),
        pytest.param({"type": "websocket.send", "text": b""}, TypeError, id="bytes as text"),
        pytest.param({"type": "websocket.send", "bytes": ""}, TypeError, id="text as bytes"),
        pytest.param({"type": START}, TypeError, id="no status"),
        pytest.param({"type": START, "status": 700}, ValueError, id="status"),
        pytest.param({"type": BODY, "body": "x"}, TypeError, id="body as text"),
    ],
)
def test_a_raw_message_is_checked_like_the_others(message: Message, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        messages.checked(message, ["chat"])
    assert caught.type is error
