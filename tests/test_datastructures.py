"""URL, host, query, cookies, state: plain values that read what a client wrote."""

import json
import pickle
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lilyaref.datastructures import (
    URL,
    WHITE,
    Address,
    State,
    parse_cookies,
    parse_query,
    split_host,
)

WHOLE = "wss://ana:pw@Example.com:8443/chat/a%20b;v=1?room=lily&x#part"

# ── URL ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_url_is_a_str() -> None:
    url = URL("ws://a/x")
    assert isinstance(url, str)
    assert url == "ws://a/x"
    assert hash(url) == hash("ws://a/x")
    assert url.startswith("ws:")
    assert url + "y" == "ws://a/xy"
    assert json.dumps(url) == '"ws://a/x"'
    assert f"{url}" == str(url) == "ws://a/x"
    assert type(str(url)) is str
    assert pickle.loads(pickle.dumps(url)).path == "/x"


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        pytest.param(
            WHOLE,
            {
                "scheme": "wss",
                "netloc": "ana:pw@Example.com:8443",
                "hostname": "example.com",
                "port": 8443,
                "path": "/chat/a%20b;v=1",
                "query": "room=lily&x",
                "fragment": "part",
                "username": "ana",
                "password": "pw",
                "is_secure": True,
            },
            id="whole",
        ),
        pytest.param(
            "/chat",
            {
                **dict.fromkeys(["scheme", "netloc", "query", "fragment"], ""),
                **dict.fromkeys(["hostname", "port", "username", "password"]),
                "path": "/chat",
                "is_secure": False,
            },
            id="path",
        ),
        pytest.param("ws://[::1]:80", {"hostname": "::1", "port": 80, "path": ""}, id="IPv6"),
        pytest.param("https://a", {"is_secure": True, "port": None}, id="https"),
        pytest.param("ws://a", {"is_secure": False}, id="ws"),
    ],
)
def test_a_url_knows_its_parts(url: str, parts: dict[str, Any]) -> None:
    assert {name: getattr(URL(url), name) for name in parts} == parts


MISTAKABLE = [
    *("ws://a?b/c", "ws://a#b/c", "ws://a/b#c", "ws://a/b?c#d", "ws://a", "ws://a?b", "WS://a/b"),
    *("ws://[a/b", "ws://a]/b", "ws://[a]/b", "ws://[::1]/b", "ws://[v1.a]/b", "ws:/a/b", "//a/b"),
    *("ws://a\tb/c", "ws://a/b\n", " ws://a/b", "ws://a/b ", "ws://a\x7f/b", "x y://a/b", "ws"),
    *("ws://é/b", "ws://a/é", "ws://a\uff0fb/c", "ws://a\u2100/b", "ws://a/\xa0", "ws://:@/b"),
]
PIECES = [*"/?#[]@:;%", "//", "://", "\\", "[::1]", "a", "B.c-d:80", " ", "\t", "\n", "\uff0f"]
PARTS = ("scheme", "netloc", "path", "query", "fragment")


def parts_of(split: Callable[[str], Any], text: str) -> Any:
    """What *split* finds in *text*, or the error that it ends with."""
    try:
        found = split(text)
        return [getattr(found, part) for part in PARTS]
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("text", MISTAKABLE)
def test_what_could_be_mistaken_has_the_parts_that_the_standard_library_finds(text: str) -> None:
    expected = parts_of(urlsplit, text)
    assert parts_of(URL, text) == expected
    assert parts_of(lambda text: URL(text).components, text) == expected


@settings(deadline=None)  # a busy machine is no defect
@given(st.sampled_from(["ws://", "http://a/", "x://", ""]), st.lists(st.sampled_from(PIECES)))
def test_whatever_the_text_its_parts_are_those_of_the_standard_library(
    start: str, pieces: list[str]
) -> None:
    text = start + "".join(pieces)
    assert parts_of(URL, text) == parts_of(urlsplit, text)


def test_a_port_that_is_none_is_an_error_only_when_it_is_asked_for() -> None:
    url = URL("ws://a:99999/x")
    assert url.path == "/x"
    with pytest.raises(ValueError, match="range"):
        _ = url.port


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        pytest.param({}, WHOLE, id="nothing"),
        pytest.param({"scheme": "ws"}, WHOLE.replace("wss", "ws"), id="scheme"),
        pytest.param({"path": "/talk"}, WHOLE.replace("/chat/a%20b;v=1", "/talk"), id="path"),
        pytest.param({"query": None}, WHOLE.replace("?room=lily&x", ""), id="no query"),
        pytest.param({"fragment": ""}, WHOLE.replace("#part", ""), id="no fragment"),
        pytest.param({"netloc": "b"}, WHOLE.replace("ana:pw@Example.com:8443", "b"), id="netloc"),
        pytest.param(
            {"port": None}, WHOLE.replace("Example.com:8443", "example.com"), id="no port"
        ),
        pytest.param({"port": 1}, WHOLE.replace("Example.com:8443", "example.com:1"), id="port"),
        pytest.param({"hostname": "b"}, WHOLE.replace("Example.com", "b"), id="hostname"),
        pytest.param(
            {"hostname": "::1"}, WHOLE.replace("Example.com", "[::1]"), id="IPv6 without brackets"
        ),
        pytest.param(
            {"hostname": "[::1]"}, WHOLE.replace("Example.com", "[::1]"), id="IPv6 with brackets"
        ),
        pytest.param({"username": None}, WHOLE.replace("ana:pw@Example", "example"), id="no user"),
        pytest.param(
            {"password": None}, WHOLE.replace(":pw@Example", "@example"), id="no password"
        ),
        pytest.param(
            {"username": "rui", "password": "x"},
            WHOLE.replace("ana:pw@Example", "rui:x@example"),
            id="user and password",
        ),
    ],
)
def test_replacing_components_gives_another_url(changes: dict[str, Any], result: str) -> None:
    url = URL(WHOLE)
    other = url.replace(**changes)
    assert other == result
    assert type(other) is URL
    assert url == WHOLE


def test_replacing_by_position_is_what_str_does() -> None:
    replaced = URL("ws://a/a/a").replace("a", "b")
    assert replaced == "ws://b/b/b"
    assert URL("ws://a/a/a").replace("a", "b", 1) == "ws://b/a/a"
    mixed: Any = URL("ws://a/a/a").replace
    with pytest.raises(TypeError):
        mixed("a", "b", port=1)


def test_a_url_without_a_host_can_be_given_one() -> None:
    assert URL("/x").replace(scheme="ws", hostname="a") == "ws://a/x"
    assert URL("ws://a/x").replace(scheme="", hostname=None) == "/x"


def test_replacing_a_component_of_another_name_says_which_there_are() -> None:
    with pytest.raises(TypeError, match=r"'host'.*password, hostname, port, path"):
        URL(WHOLE).replace(host="b")


@pytest.mark.parametrize(
    ("url", "method", "arguments", "result"),
    [
        pytest.param("/?a=1&b=2", "include_query_params", {"a": 3}, "/?b=2&a=3", id="include"),
        pytest.param("/", "include_query_params", {"a": "ü &"}, "/?a=%C3%BC+%26", id="encoded"),
        pytest.param("/?a=1&a=2", "include_query_params", {"a": 3}, "/?a=3", id="include for both"),
        pytest.param("/?a=1&b=2", "replace_query_params", {"c": 3}, "/?c=3", id="replace"),
        pytest.param("/?a=1", "replace_query_params", {}, "/", id="replace by nothing"),
        pytest.param("/?a=1#f", "include_query_params", {"b": 2}, "/?a=1&b=2#f", id="fragment"),
    ],
)
def test_query_parameters_can_be_changed(
    url: str, method: str, arguments: dict[str, Any], result: str
) -> None:
    changed = getattr(URL(url), method)(**arguments)
    assert changed == result
    assert type(changed) is URL


@pytest.mark.parametrize(
    ("keys", "result"),
    [
        pytest.param("a", "/?b=2&ab=3", id="one"),
        pytest.param(["a", "b"], "/?ab=3", id="two"),
        pytest.param("ab", "/?a=1&b=2&a=4", id="a name of two letters"),
        pytest.param([], "/?a=1&b=2&ab=3&a=4", id="none"),
        pytest.param(["x"], "/?a=1&b=2&ab=3&a=4", id="missing"),
    ],
)
def test_query_parameters_can_be_removed(keys: str | list[str], result: str) -> None:
    assert URL("/?a=1&b=2&ab=3&a=4").remove_query_params(keys) == result


def test_the_representation_of_a_url_hides_the_password() -> None:
    assert repr(URL("ws://a/x@y")) == "URL('ws://a/x@y')"
    assert repr(URL("ws://ana@a/")) == "URL('ws://ana@a/')"
    assert repr(URL("ws://a/x:None@y")) == "URL('ws://a/x:None@y')"
    shown = repr(URL(WHOLE))
    assert "pw" not in shown
    assert "ana:***" in shown


# ── Host ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("host", "hostname", "port"),
    [
        pytest.param("example.com", "example.com", "", id="name"),
        pytest.param("a_b-c~d.example:1", "a_b-c~d.example", "1", id="underscore"),
        pytest.param("10.0.0.1:65535", "10.0.0.1", "65535", id="highest port"),
        pytest.param("[::1]", "[::1]", "", id="IPv6"),
        pytest.param("[::1]:8000", "[::1]", "8000", id="IPv6 with a port"),
        pytest.param("a:", "a", "", id="empty port"),
        *(pytest.param(f"a:{n}", "a", n, id=n) for n in ("0", "9999", "10000", "59999", "64999")),
        *(
            pytest.param(f"a:{n}", "a", n, id=n)
            for n in ("65499", "65529", "65530", "0080", "00080")
        ),
    ],
)
def test_a_host_is_a_name_or_an_address_and_perhaps_a_port(
    host: str, hostname: str, port: str
) -> None:
    assert split_host(host) == (hostname, port)


@pytest.mark.parametrize(
    "host",
    [
        *("", ":", ":80", "a b", "a/b", "a?b", "a#b", "a@b", "a\\b", "a%20", "a\r\n", "a\x00", "é"),
        *("a:b", "a:-1", "a:+1", "a: 1", "a:1_0", "a:65536", "a:70000", "a:100000", "a:000080"),
        *("a:1:2", "a::2", "::1", "[::1", "::1]", "[::1]x", "[::1]1", "[a]x", "a:\u0661", "a:²"),
        *("[]", "[", "[::1]:x", "[::1]:65536", "a:80@b", "<a>", '"a"', "a,b", "a:80]", "[a:80]"),
        *("[.]", "[:::]", "[1.2.3.4]", "[::12345]", "[1:2:3:4:5:6:7:8:9]", "[::1%1]", "[[::1]]"),
    ],
)
def test_what_a_url_cannot_have_is_no_host(host: str) -> None:
    assert split_host(host) is None


# ── Query ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        pytest.param(None, [], id="None"),
        pytest.param(b"", [], id="no bytes"),
        pytest.param("", [], id="no text"),
        pytest.param("a=1&a=2&b=3", [("a", "1"), ("a", "2"), ("b", "3")], id="several"),
        pytest.param(b"a=1", [("a", "1")], id="bytes"),
        pytest.param("ü=é%C3%A9", [("ü", "éé")], id="escaped beside what is not ASCII"),
        pytest.param("a", [("a", "")], id="name alone"),
        pytest.param("a=", [("a", "")], id="empty value"),
        pytest.param("=1", [("", "1")], id="empty name"),
        pytest.param("a=b=c", [("a", "b=c")], id="second equals sign"),
        pytest.param("&&a=1&", [("a", "1")], id="empty fields"),
        pytest.param("a=1;b=2", [("a", "1;b=2")], id="semicolon"),
        pytest.param("a+b=c+d", [("a b", "c d")], id="plus"),
        pytest.param("%C3%A9%3D=%26%2B", [("é=", "&+")], id="encoded"),
        pytest.param("a=%", [("a", "%")], id="lone percent sign"),
        pytest.param("a=%zz", [("a", "%zz")], id="no digits"),
        pytest.param("a=%ff", [("a", "�")], id="encoded bad byte"),
        pytest.param(b"a=\xff", [("a", "�")], id="bad byte"),
        pytest.param("a=ü".encode(), [("a", "ü")], id="UTF-8"),
    ],
)
def test_a_query_becomes_pairs(query: str | bytes | None, pairs: list[tuple[str, str]]) -> None:
    assert parse_query(query) == pairs


@given(st.binary())
def test_any_query_can_be_read(query: bytes) -> None:
    fields = [field for field in query.split(b"&") if field]
    assert len(parse_query(query)) == len(fields)


@given(st.lists(st.tuples(st.text(), st.text(min_size=1))))
def test_a_query_that_the_standard_library_writes_is_read_again(
    pairs: list[tuple[str, str]],
) -> None:
    from urllib.parse import urlencode

    assert parse_query(urlencode(pairs)) == pairs


# ── Cookies ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        pytest.param("", {}, id="nothing"),
        pytest.param("a=1", {"a": "1"}, id="one"),
        pytest.param("a=1; b=2;c=3", {"a": "1", "b": "2", "c": "3"}, id="three"),
        pytest.param("a=1; a=2", {"a": "1"}, id="the first wins"),
        pytest.param("a=b=c", {"a": "b=c"}, id="second equals sign"),
        pytest.param(" a = 1 ", {"a": "1"}, id="white space"),
        pytest.param("a=1, b=2", {"a": "1, b=2"}, id="comma"),
        pytest.param('a="x y"', {"a": "x y"}, id="quotes"),
        pytest.param(r'a="x\"y\\z\073"', {"a": 'x"y\\z;'}, id="escapes"),
        pytest.param('a="', {"a": '"'}, id="one quote"),
        pytest.param('a=""', {"a": ""}, id="nothing in quotes"),
        pytest.param('a="x', {"a": '"x'}, id="open quote"),
        pytest.param("=1; b=2", {"b": "2"}, id="no name"),
        pytest.param(";;; b=2;", {"b": "2"}, id="empty pairs"),
        pytest.param("é=ü", {"é": "ü"}, id="latin-1"),
        pytest.param(
            "a=Bogot\xc3\xa0 ;\tb =\xc3\x85; \xa0=\x85",
            {"a": "Bogot\xc3\xa0", "b": "\xc3\x85", "\xa0": "\x85"},
            id="a byte of UTF-8 is no white space",
        ),
        pytest.param('a=1\x0b; b="2"\x1c; c=\xa0', {"a": "1", "b": "2", "c": "\xa0"}, id="\\v"),
    ],
)
def test_a_cookie_header_becomes_a_dict(header: str, cookies: dict[str, str]) -> None:
    assert parse_cookies(header) == cookies


@given(st.text())
def test_any_cookie_header_can_be_read(header: str) -> None:
    for name, value in parse_cookies(header).items():
        assert name == name.strip(WHITE) != ""
        assert ";" not in name
        assert ";" not in value or "\\" in header


# ── State and address ───────────────────────────────────────────────────────────────────────────


def test_a_state_writes_into_the_dict_it_was_given() -> None:
    values: dict[str, Any] = {"a": 1}
    state = State(values)
    state.b = 2
    assert values == {"a": 1, "b": 2}
    assert (state.a, state.b) == (1, 2)
    assert "b" in state
    assert [*state] == ["a", "b"]
    del state.b
    assert values == {"a": 1}


def test_states_of_their_own_share_nothing() -> None:
    one, other = State(), State()
    one.a = 1
    assert "a" not in other


def test_a_state_with_an_empty_dict_writes_into_that_dict() -> None:
    values: dict[str, Any] = {}
    State(values).a = 1
    assert values == {"a": 1}


def test_what_a_state_has_not_is_an_attribute_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match="'a'"):
        _ = State().a
    with pytest.raises(AttributeError, match="'a'"):
        del State().a


def test_an_address_is_a_pair() -> None:
    address = Address("::1", 80)
    assert address == ("::1", 80)
    assert (address.host, address.port) == ("::1", 80)
    assert cast("object", address) != ("::1", "80")
