"""Headers and query parameters: multidicts that read what a client wrote."""

import tracemalloc
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict, istr

from lilyaref.datastructures import parse_query
from lilyaref.multidicts import Headers, QueryParams

# ── Headers ─────────────────────────────────────────────────────────────────────────────────────

RAW = [(b"Set-Cookie", b"a=1"), (b"X-Name", b"\xe9"), (b"set-cookie", b"b=2")]


def test_headers_are_found_in_any_case_and_the_first_value_wins() -> None:
    headers = Headers(RAW)
    assert headers["set-cookie"] == headers["SET-COOKIE"] == headers.get("Set-Cookie") == "a=1"
    assert "x-NAME" in headers
    assert "x-other" not in headers
    assert headers.get("x-other") is None


def test_header_values_are_latin1() -> None:
    assert Headers(RAW)["x-name"] == "é"


def test_every_value_of_a_header_is_there_in_order() -> None:
    headers = Headers(RAW)
    assert headers.getall("SET-cookie") == headers.getlist("SET-cookie") == ["a=1", "b=2"]
    assert headers.getlist("missing") == []
    with pytest.raises(KeyError):
        headers.getall("missing")
    assert [*headers.values()] == ["a=1", "é", "b=2"]


def test_the_raw_pairs_are_kept_as_they_came() -> None:
    pairs: list[Any] = [[b"A", bytearray(b"1")], (memoryview(b"b"), b"2")]
    assert Headers(pairs).raw == [(b"A", b"1"), (b"b", b"2")]
    assert Headers(iter(RAW)).raw == RAW
    assert Headers().raw == []
    assert len(Headers()) == 0


@pytest.mark.parametrize("view", [Headers(RAW), QueryParams("a=1")])
def test_headers_and_query_cannot_be_changed(view: Any) -> None:
    assert isinstance(view, Mapping)
    for method in ("__setitem__", "__delitem__"):
        assert not hasattr(view, method)
    for method in ("add", "pop", "update", "clear", "setdefault", "extend"):
        assert not hasattr(view, method)


@given(st.lists(st.tuples(st.binary(min_size=1), st.binary())))
def test_any_header_bytes_can_be_read(raw: list[tuple[bytes, bytes]]) -> None:
    headers = Headers(raw)
    assert headers.raw == raw
    for name, value in raw:
        assert value.decode("latin-1") in headers.getlist(name.decode("latin-1"))


NAMES = st.sampled_from([b"host", b"Host", b"HOST", b"x-a", b"X-\xc9", b"\xb5", b""]) | st.binary()
KEYS = (
    st.sampled_from(["host", "hOst", "HOST", "x-a", "x-\xe9", "\u03bc", "\u212a", ""]) | st.text()
)


@settings(deadline=None)  # a busy machine is no defect
@given(st.lists(st.tuples(NAMES, st.binary())), st.lists(KEYS | st.just(istr("Host"))))
def test_headers_answer_as_a_multidict_of_them_all(
    raw: list[tuple[bytes, bytes]], keys: list[str]
) -> None:
    model = CIMultiDict([(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw])
    headers = Headers(raw)
    for key in [*keys, *keys, *model]:
        assert headers.get(key) == model.get(key)
        assert headers.get(key, "-") == headers.getone(key, "-") == model.get(key, "-")
        assert (key in headers) == (key in model)
        assert headers.getlist(key) == headers.getall(key, []) == model.getall(key, [])
        for ask in (headers.__getitem__, headers.getone, headers.getall):
            if key in model:
                assert ask(key) == getattr(model, ask.__name__)(key)
            else:
                with pytest.raises(KeyError):
                    ask(key)
    assert [*headers] == [*headers.keys()] == [*model]
    assert [*headers.items()] == [*model.items()]
    assert [*headers.values()] == [*model.values()]
    assert len(headers) == len(model)
    assert headers.to_dict() == model.to_dict()
    assert headers == Headers(raw)
    assert headers == model
    assert CIMultiDict(headers) == headers.copy() == model
    assert repr(headers) == repr(model).replace("CIMultiDict", "Headers")


def test_names_and_values_may_be_any_bytes() -> None:
    raw: list[Any] = [[bytearray(b"A"), bytearray(b"1")], (memoryview(b"B"), memoryview(b"2"))]
    assert [Headers(raw)[key] for key in "aAbB"] == ["1", "1", "2", "2"]


def test_headers_that_differ_are_not_equal() -> None:
    assert Headers([(b"a", b"1")]) != Headers([(b"a", b"2")])
    assert Headers() != 1


def test_what_is_no_name_is_no_header() -> None:
    headers: Any = Headers([(b"1", b"1")])
    assert 1 not in headers
    with pytest.raises(TypeError):
        headers[1]


def test_a_copy_of_the_headers_can_be_changed_and_leaves_them_alone() -> None:
    headers = Headers(RAW)
    copy = headers.copy()
    copy["x-name"] = "other"
    assert headers["x-name"] == "é"


def test_a_client_cannot_fill_the_memory_with_names_that_are_looked_up() -> None:
    headers = Headers([(b"host", b"a.example")])
    tracemalloc.start()
    try:
        for number in range(1000):
            assert headers.get(f"name-{number:0200}") is None
        assert tracemalloc.get_traced_memory()[0] < 20_000
    finally:
        tracemalloc.stop()
    assert headers["host"] == "a.example"


# ── Query ───────────────────────────────────────────────────────────────────────────────────────


@given(st.binary())
def test_a_query_is_a_multidict_of_its_pairs(query: bytes) -> None:
    assert [*QueryParams(query).items()] == parse_query(query)


def test_the_first_value_of_a_parameter_wins() -> None:
    params = QueryParams("a=1&a=2&A=3")
    assert params["a"] == "1"
    assert params["A"] == "3"
    assert params.getall("a") == params.getlist("a") == ["1", "2"]
    assert params.getlist("b") == []
    assert len(QueryParams()) == 0
