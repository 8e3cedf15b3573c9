"""The scope as properties: whatever a server gives and whatever a client writes."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lilyaref.connection import Connection
from lilyaref.datastructures import URL
from lilyaref.exceptions import WebSocketRuntimeError

BARE = {"type": "websocket"}
HOST = [(b"host", b"lily.example")]


def connection(**scope: Any) -> Connection:
    return Connection({**BARE, **scope})


# ── A mapping ───────────────────────────────────────────────────────────────────────────────────


def test_a_connection_is_a_mapping_of_its_scope() -> None:
    scope = {**BARE, "path": "/chat"}
    made = Connection(scope)
    assert isinstance(made, Mapping)
    assert made.scope is scope
    assert made["path"] == "/chat"
    assert made.get("query_string", b"x") == b"x"
    assert len(made) == 2
    assert "path" in made
    assert "headers" not in made
    assert [*made] == ["type", "path"]
    assert {**made} == dict(made) == scope
    with pytest.raises(KeyError):
        made["headers"]


def test_a_connection_equals_only_itself() -> None:
    scope = dict(BARE)
    one, other = Connection(scope), Connection(scope)
    same = one
    assert one == same
    assert one != other
    assert one != scope
    assert len({one, other, same}) == 2


# ── Missing keys ────────────────────────────────────────────────────────────────────────────────

EMPTY: dict[str, Any] = {
    "url": "",
    "base_url": "/",
    "headers": {},
    "query_params": {},
    "path_params": {},
    "cookies": {},
    "origin": None,
    "client": None,
}
KEYS = (
    *("path", "raw_path", "root_path", "query_string", "headers", "client", "server", "scheme"),
    *("path_params", "state", "subprotocols", "extensions"),
)


@pytest.mark.parametrize(
    "scope", [pytest.param({}, id="missing"), pytest.param(dict.fromkeys(KEYS), id="None")]
)
@pytest.mark.parametrize("name", EMPTY)
def test_what_the_server_does_not_give_is_empty(name: str, scope: dict[str, Any]) -> None:
    value = getattr(connection(**scope), name)
    assert (dict(value) if isinstance(value, Mapping) else value) == EMPTY[name]


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        pytest.param("app", "an application that puts itself into the scope", id="app"),
        pytest.param("auth", "an authentication middleware", id="auth"),
        pytest.param("user", "an authentication middleware", id="user"),
        pytest.param("session", "a session middleware", id="session"),
    ],
)
def test_what_a_middleware_provides_is_named_with_its_provider(name: str, provider: str) -> None:
    sentence = rf'"{name}": websocket\.{name} needs {provider} in front of it'
    with pytest.raises(WebSocketRuntimeError, match=sentence):
        getattr(connection(), name)
    assert getattr(connection(**{name: 1}), name) == 1
    assert getattr(connection(**{name: None}), name) is None


# ── URL ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("scope", "url"),
    [
        pytest.param({}, "ws://lily.example", id="no path"),
        pytest.param({"path": "/"}, "ws://lily.example/", id="root"),
        pytest.param({"path": "/chat"}, "ws://lily.example/chat", id="path"),
        pytest.param({"path": "/", "scheme": "wss"}, "wss://lily.example/", id="scheme"),
        pytest.param(
            {"path": "/", "query_string": b"a=%20&b"}, "ws://lily.example/?a=%20&b", id="?"
        ),
        pytest.param({"path": "/", "query_string": b""}, "ws://lily.example/", id="empty query"),
        pytest.param({"path": "/é ?#%"}, "ws://lily.example/%C3%A9%20%3F%23%25", id="decoded path"),
        pytest.param(
            {"path": "/é /b", "raw_path": b"/%C3%A9%20%2Fb"},
            "ws://lily.example/%C3%A9%20%2Fb",
            id="raw path",
        ),
        pytest.param(
            {"path": "/x", "raw_path": b"/\xff ?#\"<>'`{}"},
            "ws://lily.example/%FF%20%3F%23\"<>'`{}",
            id="raw path that is not encoded",
        ),
        pytest.param(
            {"path": "/", "query_string": b"\xff #&a=\r\n?"},
            "ws://lily.example/?%FF%20%23&a=%0D%0A?",
            id="query that is not encoded",
        ),
        pytest.param({"path": "//evil.example/x"}, "ws://lily.example//evil.example/x", id="//"),
    ],
)
def test_the_url_is_what_the_client_asked_for(scope: dict[str, Any], url: str) -> None:
    made = connection(headers=HOST, **scope)
    assert made.url == url
    assert type(made.url) is URL
    assert made.url is made.url
    assert made.url.hostname == "lily.example"


ROOTS: list[Any] = [
    pytest.param("/api", "/api/x", b"/api/x", "/api/x", id="in front of both"),
    pytest.param("/api", "/x", b"/x", "/api/x", id="in front of none"),
    pytest.param("/api", "/x", None, "/api/x", id="in front of none, no raw path"),
    pytest.param("/api", "/api/x", None, "/api/x", id="in front, no raw path"),
    pytest.param("/api/", "/api/x", b"/api/x", "/api/x", id="with a slash, in front"),
    pytest.param("/api/", "/x", b"/x", "/api/x", id="with a slash, not in front"),
    pytest.param("/api", "/api", b"/api", "/api", id="nothing else"),
    pytest.param("/api", "/", b"/", "/api/", id="slash"),
    pytest.param("/api", "/apix", b"/apix", "/api/apix", id="a longer name"),
    pytest.param("/X/", "/x", b"/x", "/X/x", id="only slashes are cut off"),
    pytest.param("/", "/x", b"/x", "/x", id="root is a slash"),
    pytest.param("", "/x", b"/x", "/x", id="no root"),
    pytest.param(None, "/x", b"/x", "/x", id="None"),
    pytest.param("/é", "/é/x", b"/%C3%A9/x", "/%C3%A9/x", id="encoded, in front"),
    pytest.param("/é", "/x", b"/x", "/%C3%A9/x", id="encoded, not in front"),
    pytest.param("/é", "/é/x", None, "/%C3%A9/x", id="decoded, in front"),
    pytest.param("/é", "/é/x", b"/%c3%a9/x", "/%c3%a9/x", id="encoded in small letters"),
    pytest.param("/api", "/api/x", b"/%61pi/x", "/%61pi/x", id="encoded without need"),
]


@pytest.mark.parametrize(("root", "path", "raw", "expected"), ROOTS)
def test_the_root_path_stands_in_the_url_once_on_servers_of_both_styles(
    root: str | None, path: str, raw: bytes | None, expected: str
) -> None:
    made = connection(root_path=root, path=path, raw_path=raw, headers=HOST)
    assert made.url.path == expected
    assert made.url == f"ws://lily.example{expected}"


@pytest.mark.parametrize(
    ("scope", "base"),
    [
        pytest.param({}, "ws://lily.example/", id="no root"),
        pytest.param({"root_path": "/api"}, "ws://lily.example/api/", id="root"),
        pytest.param({"root_path": "/api/"}, "ws://lily.example/api/", id="root with slash"),
        pytest.param({"root_path": "/X/"}, "ws://lily.example/X/", id="only slashes are cut off"),
        pytest.param({"root_path": "/é"}, "ws://lily.example/%C3%A9/", id="encoded"),
        pytest.param(
            {"root_path": "/api/mount", "app_root_path": "/api"},
            "ws://lily.example/api/",
            id="within a mount",
        ),
    ],
)
def test_the_base_url_is_the_applications_root(scope: dict[str, Any], base: str) -> None:
    made = connection(headers=HOST, path="/chat", query_string=b"a=1", **scope)
    assert made.base_url == base
    assert type(made.base_url) is URL


@pytest.mark.parametrize(
    "host",
    [
        *(b"example.com", b"EXAMPLE.com:8000", b"localhost", b"10.0.0.1:80", b"a_b~c-d.example"),
        *(b"[::1]", b"[::1]:8000", b"[2001:db8::1]", b"[::ffff:10.0.0.1]:1", b"a:65535"),
    ],
)
def test_a_valid_host_header_names_the_host(host: bytes) -> None:
    made = connection(headers=[(b"Host", host)], path="/x", server=("10.0.0.9", 80))
    assert made.url == f"ws://{host.decode()}/x"
    assert made.url.netloc == host.decode()
    assert made.url.path == "/x"
    assert made.url.port is None or 0 < made.url.port < 65536


@pytest.mark.parametrize(
    "host",
    [
        *(b"", b" ", b"a b", b"a/b", b"/evil", b"a?b", b"a#b", b"a@evil", b"user:pw@evil", b"a\\b"),
        *(b"a\r\nx: y", b"a\n", b"a\x00", b"\xff", "é".encode(), b"a%20b", b"a:b", b"a:-1"),
        *(b"a:65536", b"a:99999", b"a:123456", b"a:1:2", b"::1", b"[::1", b"::1]", b"[::1]x"),
        *(b"[]", b"[.]", b"[:::]", b"[:]", b"[1.2.3.4]", b"[::1]:x", b"[::12345]", b"[v1.a]"),
        *(b"<a>", b'"a"', b"a,b", b"a;b", b"ws://a", b"[::1%25eth0]", b"[1:2:3:4:5:6:7:8:9]"),
    ],
)
def test_an_invalid_host_header_never_becomes_part_of_the_url(host: bytes) -> None:
    made = connection(headers=[(b"host", host)], path="/x", server=("10.0.0.9", 8000))
    assert made.url == "ws://10.0.0.9:8000/x"
    assert (made.url.path, made.url.hostname, made.url.port) == ("/x", "10.0.0.9", 8000)
    assert made.base_url == "ws://10.0.0.9:8000/"


@pytest.mark.parametrize(
    "target",
    ["@evil.example/x", ".evil.example/", ":1@evil.example/", "http://evil.example/x", ":x"],
)
def test_a_request_target_without_a_slash_never_reaches_the_host(target: str) -> None:
    """Uvicorn passes on such a target as it is."""
    for raw in (target.encode(), None):
        url = connection(headers=HOST, path=target, raw_path=raw).url
        assert url.netloc == url.hostname == "lily.example"
        assert url == f"ws://lily.example/{target}"


@pytest.mark.parametrize("raw", [None, b"//evil.example/x"])
def test_without_any_host_a_path_does_not_become_one(raw: bytes | None) -> None:
    url = connection(path="//evil.example/x", raw_path=raw).url
    assert (url, url.netloc) == ("/%2Fevil.example/x", "")


@given(st.binary(), st.text(), st.binary(), st.sampled_from(["", "/api", "/é/"]), st.booleans())
def test_whatever_a_client_writes_the_url_is_printable_ascii_with_a_known_host(
    host: bytes, path: str, query: bytes, root: str, with_raw: bool
) -> None:
    url = connection(
        headers=[(b"host", host)],
        path=path,
        raw_path=path.encode("utf-8", "replace") if with_raw else None,
        query_string=query,
        root_path=root,
        server=("10.0.0.9", 8000),
    ).url
    assert all("!" <= letter <= "~" for letter in url)
    assert url.scheme == "ws"
    assert url.netloc in ("10.0.0.9:8000", host.decode("latin-1"))
    assert url.fragment == ""


@pytest.mark.parametrize(
    ("server", "scheme", "netloc"),
    [
        pytest.param(("10.0.0.9", 80), "ws", "10.0.0.9", id="default port"),
        pytest.param(("10.0.0.9", 443), "wss", "10.0.0.9", id="default secure port"),
        pytest.param(("10.0.0.9", 443), "ws", "10.0.0.9:443", id="another port"),
        pytest.param(("10.0.0.9", 80), "wss", "10.0.0.9:80", id="another secure port"),
        pytest.param(["10.0.0.9", 80], None, "10.0.0.9", id="list, no scheme"),
        pytest.param(("10.0.0.9", "8000"), "ws", "10.0.0.9:8000", id="port as text"),
        pytest.param(("10.0.0.9", None), "ws", "10.0.0.9", id="no port"),
        pytest.param(("::1", 8000), "ws", "[::1]:8000", id="IPv6"),
        pytest.param(("::1", 80), "ws", "[::1]", id="IPv6, default port"),
    ],
)
def test_without_a_host_header_the_servers_address_names_the_host(
    server: Any, scheme: str | None, netloc: str
) -> None:
    made = connection(server=server, path="/x", scheme=scheme)
    assert made.url == f"{scheme or 'ws'}://{netloc}/x"


@pytest.mark.parametrize("server", [None, ("/run/lily.sock", None), ("", 0), (None, None), ()])
def test_without_any_host_the_url_is_a_path(server: object) -> None:
    made = connection(server=server, path="/x", query_string=b"a=1", root_path="/api")
    assert made.url == "/api/x?a=1"
    assert made.base_url == "/api/"
    assert (made.url.netloc, made.url.scheme) == ("", "")


def test_of_two_host_headers_the_first_one_counts() -> None:
    made = connection(headers=[(b"host", b"a"), (b"host", b"b")], path="/")
    assert made.url == "ws://a/"


@settings(deadline=None)  # a busy machine is no defect
@given(st.binary(), st.binary(), st.sampled_from([b"a.example", b"[::1]:80", b"A.Example:1"]))
@pytest.mark.parametrize("scheme", ["ws", "wss", "WS", "x y", None])
def test_the_parts_of_the_url_are_those_that_splitting_it_gives(
    scheme: str | None, raw: bytes, query: bytes, host: bytes
) -> None:
    scope = {"scheme": scheme, "raw_path": raw, "query_string": query, "path": "/"}
    url = connection(headers=[(b"host", host)], **scope).url
    again = urlsplit(str(url))
    assert url.components == again
    for part in ("scheme", "netloc", "path", "query", "fragment", "port", "hostname"):
        assert getattr(url, part) == getattr(again, part)


# ── Headers, query, cookies ─────────────────────────────────────────────────────────────────────


def test_the_headers_are_read_once_in_any_case() -> None:
    made = connection(headers=[[b"Sec-WebSocket-Version", b"13"], (b"X-A", b"\xe9")])
    assert made.headers["sec-websocket-version"] == "13"
    assert made.headers["x-a"] == "é"
    assert made.headers.raw == [(b"Sec-WebSocket-Version", b"13"), (b"X-A", b"\xe9")]
    assert made.headers is made.headers


def test_the_query_is_read_once() -> None:
    made = connection(query_string=b"search=caf%C3%A9&search=tea")
    assert made.query_params["search"] == "café"
    assert made.query_params.getlist("search") == ["café", "tea"]
    assert made.query_params is made.query_params


def test_path_params_are_those_of_the_router() -> None:
    assert connection(path_params={"n": 1}).path_params == {"n": 1}


@pytest.mark.parametrize("scope", [{"raw_path": b"/a"}, {"raw_path": None}, {"root_path": "/r"}])
def test_the_host_may_be_a_view_and_the_headers_any_iterable(scope: dict[str, Any]) -> None:
    named = ("srv", 80)
    for headers in ([(b"host", memoryview(b"h.com"))], iter([(b"host", b"h.com")])):
        made = connection(path="/a", server=named, headers=headers, **scope)
        assert made.url.netloc == "h.com"


def test_every_cookie_header_is_read() -> None:
    headers = [(b"Cookie", b"a=1; b=2"), (b"x", b"y"), (b"cookie", b"a=9;c=\xe9"), (b"COOKIE", b"")]
    made = connection(headers=headers)
    assert made.cookies == {"a": "1", "b": "2", "c": "é"}
    assert made.cookies is made.cookies


def test_a_cookie_may_be_a_view() -> None:
    made = connection(headers=[(b"cookie", memoryview(b"a=1; b=\xe9"))])
    assert made.cookies == {"a": "1", "b": "é"}


@given(st.lists(st.tuples(st.sampled_from([b"cookie", b"origin", b"host", b"x"]), st.binary())))
def test_no_header_bytes_can_break_the_reading(headers: list[tuple[bytes, bytes]]) -> None:
    made = connection(headers=headers, path="/x")
    first = [value.decode("latin-1") for name, value in headers if name == b"origin"]
    assert made.origin == (first[0] if first else None)
    assert len(made.headers) == len(headers)
    assert made.url.path == "/x"
    assert all(made.cookies)


@pytest.mark.parametrize("name", [b"origin", b"Origin", b"ORIGIN"])
def test_the_origin_is_the_page_that_a_browser_is_on(name: bytes) -> None:
    made = connection(headers=[(b"orig", b"x"), (b"x-orig", b"y"), (name, b"https://a.example")])
    assert made.origin == "https://a.example"


# ── Client and state ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("client", "address"),
    [
        pytest.param(("10.0.0.1", 5), ("10.0.0.1", 5), id="tuple"),
        pytest.param(["10.0.0.1", 5], ("10.0.0.1", 5), id="list"),
        pytest.param(["10.0.0.1", "5"], ("10.0.0.1", 5), id="port as text"),
        pytest.param(("::1", 5), ("::1", 5), id="IPv6"),
        pytest.param(("a", None), ("a", 0), id="no port"),
        pytest.param(("a",), ("a", 0), id="host alone"),
        pytest.param(("a", "x"), ("a", 0), id="no number"),
        pytest.param(("", 0), None, id="no host"),
        pytest.param(("", "0"), None, id="no host, port as text"),
        pytest.param((None, 0), None, id="host None"),
        pytest.param([], None, id="nothing"),
        pytest.param(None, None, id="None"),
    ],
)
def test_the_client_is_a_host_and_a_number(client: Any, address: tuple[str, int] | None) -> None:
    made = connection(client=client).client
    assert made == address
    if made is not None:
        assert (type(made.host), type(made.port)) == (str, int)


def test_the_state_is_the_lifespans() -> None:
    values = {"db": 1}
    made = connection(state=values)
    assert made.state.db == 1
    made.state.user = "ana"
    assert values == {"db": 1, "user": "ana"}
    assert made.state is made.state


@pytest.mark.parametrize("scope", [{}, {"state": None}])
def test_a_state_that_the_server_does_not_give_is_shared_by_all_on_the_scope(
    scope: dict[str, Any],
) -> None:
    shared = {**BARE, **scope}
    one, other = Connection(shared), Connection(shared)
    one.state.user = "ana"
    assert other.state.user == "ana"


def test_an_empty_state_is_kept() -> None:
    values: dict[str, Any] = {}
    connection(state=values).state.a = 1
    assert values == {"a": 1}


# ── url_for ─────────────────────────────────────────────────────────────────────────────────────


class Routes:
    def url_path_for(self, name: str, /, **path_params: Any) -> str:
        return f"/{name}/{path_params['name']}"


def test_url_for_asks_the_router_and_names_this_host() -> None:
    made = connection(router=Routes(), headers=HOST, root_path="/api", path="/api/x")
    url = made.url_for("user", name="ana")
    assert url == "ws://lily.example/api/user/ana"
    assert type(url) is URL
    assert made.url_path_for("user", name="ana") == url
    assert made.path_for("user", name="ana") == url


def test_url_for_without_a_router_says_so() -> None:
    with pytest.raises(WebSocketRuntimeError, match=r'"router".*needs a router in front'):
        connection().url_for("user")
