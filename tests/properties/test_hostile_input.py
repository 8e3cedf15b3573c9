"""Whatever a client writes into its request or its messages: documented errors, and no others.

And none of it is slow: a client that doubles what it writes may double the work, not square it.
"""

import json
import re
import time
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lilyaref.exceptions import InvalidJSON, WebSocketDisconnect, WebSocketRuntimeError
from lilyaref.lifecycle import WebSocketState
from lilyaref.types import Message
from lilyaref.websockets import WebSocket
from tests.properties import rules
from tests.properties.driving import finished
from tests.properties.examples import count
from tests.properties.server import ACCEPT, Server
from tests.properties.strategies import SECRET, ForeignCode, json_texts

Pairs: TypeAlias = list[tuple[bytes, bytes]]

NO_HOST = re.compile(rb"[^A-Za-z0-9._~!$&'()*+,;=:\[\]%-]")  # RFC 3986 §3.2.2: never in a host


def websocket(**scope: Any) -> WebSocket:
    return WebSocket({"type": "websocket", "path": "/", **scope})


def with_headers(*pairs: tuple[bytes, bytes], **scope: Any) -> WebSocket:
    return websocket(headers=list(pairs), **scope)


def opened(*events: Message) -> WebSocket:
    """An accepted connection, and what arrives on it."""
    server = Server([], None, {})
    server.arriving.extend([{"type": "websocket.connect"}, *events])
    connection = WebSocket(server.scope, server.receive, server.send)
    assert finished(connection.accept()).error is None
    return connection


def lower(name: bytes) -> str:
    """As latin-1: a real header name is ASCII, where it makes no difference."""
    return name.decode("latin-1").lower()


# --- The request ---------------------------------------------------------------------------------

octets = st.binary(max_size=20) | st.text(alphabet='aé%=&+;,"\\ :/?#@[]\r\n\0', max_size=20).map(
    lambda text: text.encode("latin-1")
)
hosts = st.one_of(
    octets,
    st.builds(lambda host, port: host + b":" + port, st.just(b"good.example"), octets),
    st.builds(lambda user, host: user + b"@" + host, octets, st.just(b"evil.example")),
)
names = st.one_of(
    st.lists(st.text("abXY-019", min_size=1, max_size=9), min_size=1, max_size=4).map(".".join),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
)
servers = st.sampled_from(
    [
        None,
        ("10.0.0.1", 80),
        ["::1", 8443],
        ("/run/app.sock", None),
        ("h", "90"),
        ("", 0),
        ("h", -1),
    ]
)
paths = st.text(alphabet="/ab é%?#[]@:\\\0", max_size=12)
requests = st.fixed_dictionaries(
    {},
    optional={
        "path": paths,
        "raw_path": st.none() | octets,
        "root_path": paths.map(lambda path: f"/{path.lstrip('/')}"),
        "query_string": st.none() | octets,
        "scheme": st.sampled_from(["ws", "wss"]),
        "server": servers,
        "client": servers,
        "headers": st.none() | st.lists(st.tuples(octets, octets), max_size=4),
    },
)


@given(requests, hosts)
def test_every_property_of_every_request_can_be_read(scope: dict[str, Any], host: bytes) -> None:
    count()
    scope["headers"] = [*(scope.get("headers") or ()), (b"host", host)]
    connection = websocket(**scope)
    for url in (connection.url, connection.base_url):
        split = urlsplit(str(url))
        assert split.netloc == url.netloc
        assert split.scheme == url.scheme == (scope.get("scheme", "ws") if url.netloc else "")
        assert url.port is None or 0 <= url.port <= 65535
        assert url.isascii()
        assert url.isprintable()
        assert url.fragment == ""
        assert (url.username, url.password) == (None, None)
        assert url.include_query_params(q="&é").netloc == url.netloc
    assert all(isinstance(value, str) for value in connection.headers.values())
    assert all(isinstance(value, str) for value in connection.cookies.values())
    assert connection.client is None or [part.__class__ for part in connection.client] == [str, int]
    assert isinstance(connection.origin, str | None)
    assert connection.path_params == {}


@given(paths, paths, st.sampled_from(["example.com", "example.com:8000"]))
def test_no_path_reaches_into_the_host(root_path: str, path: str, host: str) -> None:
    count()
    connection = with_headers((b"host", host.encode()), path=path, root_path=root_path)
    assert connection.url.netloc == connection.base_url.netloc == host


pieces = st.sampled_from([b"", b"a", b"a%20b", b"?", b"#", b"h:80", b"h:99999", b"h@h"])


@given(pieces | hosts, pieces | octets, pieces | octets, st.sampled_from(["ws", "wss"]), servers)
def test_a_url_of_plain_parts_is_the_one_that_all_others_are_put_together_to(
    host: bytes, path: bytes, query: bytes, scheme: str, server: Any
) -> None:
    count()
    request = {"raw_path": b"/" + path, "query_string": query, "scheme": scheme, "server": server}
    plain = with_headers((b"host", host), **request).url
    other = with_headers((b"host", host), **request, root_path="/").url  # the same, but not plain
    assert (plain, plain.components) == (other, other.components)


@given(hosts.filter(lambda host: NO_HOST.search(host) is not None), servers, st.booleans())
def test_an_invalid_host_is_as_good_as_none(host: bytes, server: Any, upper: bool) -> None:
    count()
    name = b"Host" if upper else b"host"
    without = websocket(server=server)
    assert with_headers((name, host), server=server).url == without.url


@given(names, st.none() | st.integers(0, 65535), servers)
def test_a_valid_host_is_the_one_in_the_url(name: str, port: int | None, server: Any) -> None:
    count()
    host = name if port is None else f"{name}:{port}"
    url = with_headers((b"host", host.encode()), server=server).url
    assert (url.hostname, url.port) == (name.strip("[]").lower(), port)


@given(st.text(alphabet="abc=&+%2 0c3a9~", max_size=30))
def test_a_query_is_read_as_every_form_is(query: str) -> None:
    count()
    params = websocket(query_string=query.encode()).query_params
    assert list(params.items()) == parse_qsl(query, keep_blank_values=True)
    assert all(params[name] == params.getlist(name)[0] for name in params)


@given(st.lists(st.tuples(octets, octets), max_size=6))
def test_headers_are_found_in_any_case_and_kept_as_they_came(pairs: Pairs) -> None:
    count()
    headers = with_headers(*pairs).headers
    assert list(headers.raw) == pairs
    for name, _ in pairs:
        same = [value.decode("latin-1") for key, value in pairs if lower(key) == lower(name)]
        for spelled in (name.lower(), name.upper(), name):
            assert headers.getlist(spelled.decode("latin-1")) == same


@given(st.dictionaries(st.text("abXY_019", min_size=1, max_size=4), st.text("abc%=é", max_size=5)))
def test_cookies_come_back_from_one_header_and_from_several(cookies: dict[str, str]) -> None:
    count()
    lines = [f"{name}={value}".encode("latin-1") for name, value in cookies.items()]
    assert with_headers((b"cookie", b"; ".join(lines))).cookies == cookies
    assert with_headers(*((b"cookie", line) for line in lines)).cookies == cookies


@given(
    st.lists(st.text(max_size=5) | st.sampled_from(["chat", "", " chat ", "a b", "é"]), max_size=5)
)
def test_every_offered_subprotocol_is_accepted_or_refused_with_a_value_error(
    offer: list[str],
) -> None:
    count()
    for subprotocol in [*offer, *websocket(subprotocols=offer).subprotocols]:
        server = Server(offer, None, {})
        server.arriving.append({"type": "websocket.connect"})
        connection = WebSocket(server.scope, server.receive, server.send)
        assert "" not in connection.subprotocols
        accepting = finished(connection.accept(subprotocol))
        if accepting.error is None:
            assert server.heard == [(ACCEPT, subprotocol, [])]
        else:
            assert accepting.error.__class__ is ValueError
            assert rules.wrong_subprotocol(subprotocol, offer)


# --- The messages --------------------------------------------------------------------------------

DEEP = ["[" * 100_000, '{"a":' * 100_000, "1" * 5000, "-" + "9" * 5000, f'["{SECRET}', f"{SECRET}"]
broken = st.builds(
    lambda text, place, insertion: text[:place] + insertion + text[place:],
    json_texts,
    st.integers(0, 20),
    st.sampled_from(["", ",", "]", "\\u", "\0", '"', SECRET, "NaN", "-Infinity", "\ufeff", "\x1f"]),
)
texts = st.one_of(broken, st.sampled_from(DEEP), st.text(max_size=10))
payloads = st.one_of(
    texts,
    texts.map(lambda text: text.encode(errors="surrogatepass")),
    broken.map(lambda text: text.encode("utf-16", errors="surrogatepass")),
    st.builds(lambda text, more: text.encode() + more, json_texts, st.binary(max_size=3)),
)


@given(payloads)
def test_json_is_read_or_refused_and_the_connection_lives_on(payload: str | bytes) -> None:
    count()
    key, mode = ("text", "text") if isinstance(payload, str) else ("bytes", "binary")
    event = {"type": "websocket.receive", key: payload}
    after = {"type": "websocket.receive", "text": "after"}
    connection = opened(event, after)
    reading = finished(connection.receive_json(mode))
    try:
        expected = rules.decoded(payload)
    except (ValueError, RecursionError) as wrong:
        close_code = 1007 if isinstance(wrong, UnicodeDecodeError) else 1003
        assert isinstance(reading.error, InvalidJSON)
        assert reading.error.close_code == close_code
        assert isinstance(reading.error, json.JSONDecodeError)
        assert SECRET not in str(reading.error)
    else:
        assert reading.error is None
        assert reading.value == expected
    assert finished(connection.receive_text()).value == "after"


@given(
    st.none() | st.integers() | st.sampled_from(ForeignCode),
    st.none() | st.text() | st.just(SECRET),
    st.booleans(),
)
def test_every_close_code_and_reason_arrives_as_plain_values(
    code: int | None, reason: str | None, accepted: bool
) -> None:
    count()
    event = {"type": "websocket.disconnect", "code": code, "reason": reason}
    server = Server([], None, {})
    server.arriving.extend([{"type": "websocket.connect"}, event] if accepted else [event])
    connection = WebSocket(server.scope, server.receive, server.send)
    error = finished(connection.accept()).error
    if accepted:
        error = finished(connection.receive_text()).error
    assert error.__class__ is WebSocketDisconnect
    assert isinstance(error, WebSocketDisconnect)
    assert error.code.__class__ is int
    assert error.code == connection.close_code == (1005 if code is None else code)
    assert error.reason == connection.close_reason == (reason or "")
    assert str(error.code) in str(error)
    assert SECRET not in str(error)


@given(st.text(max_size=5) | st.floats() | st.lists(st.none(), max_size=1) | st.binary(max_size=2))
def test_a_close_code_that_is_no_number_ends_the_connection_all_the_same(code: object) -> None:
    count()
    connection = opened({"type": "websocket.disconnect", "code": code})
    cleaned: list[str] = []
    connection.add_cleanup(lambda: cleaned.append("once"))
    error = finished(connection.receive_text()).error
    assert isinstance(error, WebSocketDisconnect | WebSocketRuntimeError), repr(error)
    assert connection.client_state is WebSocketState.DISCONNECTED
    assert connection.close_code.__class__ is int
    assert cleaned == ["once"]


# --- Much of it ----------------------------------------------------------------------------------

SIZES = [2**16, 2**18, 2**20]  # what squares them is seen early
FAST = 0.2  # seconds of processor time, which prove nothing
LIMIT = 3.0


def read_query(data: bytes) -> None:
    assert len(websocket(query_string=data).query_params) >= 0


def read_url(data: bytes) -> None:
    url = websocket(query_string=data).url
    assert url.include_query_params(a="1").remove_query_params("b").query


def read_path(data: bytes) -> None:
    path = data.decode("latin-1")
    assert websocket(path=path, raw_path=data, root_path="/a").url.components
    assert websocket(path=path, root_path=f"/{path}").url.components


def read_header(data: bytes) -> None:
    connection = with_headers((data, data), (b"origin", data))
    assert connection.origin == connection.headers[data.decode("latin-1")]


def read_headers(data: bytes) -> None:
    pairs = [
        (b"x-%d" % (place % 100), data[place : place + 50]) for place in range(0, len(data), 50)
    ]
    headers = with_headers(*pairs).headers
    assert len(headers.getlist("X-0")) + len(headers.getlist("x-50")) == len(pairs)


def read_host(data: bytes) -> None:
    assert with_headers((b"host", data)).url


def read_cookies(data: bytes) -> None:
    lines = [(b"cookie", data[place : place + 20]) for place in range(0, len(data), 20)]
    assert len(with_headers((b"cookie", data)).cookies) >= 0
    assert len(with_headers(*lines).cookies) >= 0


def read_json(data: bytes) -> None:
    events: list[Message] = [{"text": data.decode("latin-1")}, {"bytes": data}]
    connection = opened(*({"type": "websocket.receive", **event} for event in events))
    for mode in ("text", "binary"):
        reading = finished(connection.receive_json(mode))
        assert reading.error is None or str(reading.error)


def read_offers(data: bytes) -> None:
    assert len(websocket(subprotocols=data.decode("latin-1").split(",")).subprotocols) >= 0


FLOODS: dict[Callable[[bytes], None], list[str]] = {
    read_query: ["a=1&", "&", "=", "%", "%C3", "+", "a"],
    read_url: ["b=1&", "&", "%"],
    read_path: ["/a", "/", "%", "../"],
    read_header: ["a", "\xff"],
    read_headers: ["a"],
    read_host: ["a", "a.", ":", "[", "[::1]:", "%41", "@"],
    read_cookies: ["a=1; ", ";", "=", '"', "\\", 'a="\\', "\\1", " ", "a"],
    read_json: ["[", '{"a":', "1", '"', "\\", " ", "\xff", '"\\u'],
    read_offers: ["a,", ",", " "],
}


def seconds(read: Callable[[bytes], None], data: bytes) -> float:
    """The processor time that *read* takes: what other processes do does not count."""
    start = time.process_time()
    read(data)
    return time.process_time() - start


@pytest.mark.parametrize(
    ("read", "piece"), [(read, piece) for read, pieces in FLOODS.items() for piece in pieces]
)
def test_twice_as_much_takes_about_twice_as_long(read: Callable[[bytes], None], piece: str) -> None:
    for size in SIZES:
        flood = (piece.encode("latin-1") * size)[:size]
        for _ in range(4):  # the garbage collector may come in between
            spent = seconds(read, flood)
            if spent < FAST or spent < 3 * seconds(read, flood[: size // 2]):
                break
        else:
            pytest.fail(f"{size} bytes of {piece!r} take {spent:.2f} s, half of them under a third")
        assert spent < LIMIT
