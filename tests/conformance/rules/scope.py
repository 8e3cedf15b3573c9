"""What is known before anything was said."""

from tests.conformance.peers import all_values
from tests.conformance.talk import Differs, Talk, equal, scope


async def a_key_of_the_scope_can_be_read(talk: Talk) -> None:
    """A key of the scope is read like that of a dictionary.

    Our choice; documented by Lilya, Starlette, Yaat.
    """
    websocket = talk.websocket(path="/roses")
    equal(websocket["path"], "/roses")
    equal(("path" in websocket, "tree" in websocket), (True, False))
    equal(len(websocket), len(list(websocket)))


async def the_connection_is_a_mapping(talk: Talk) -> None:
    """The connection is a complete mapping, with `get` and `dict()`.

    Our choice; documented by Lilya, Starlette, Yaat.
    """
    websocket = talk.websocket(path="/roses")
    equal(websocket.get("tree", "no tree"), "no tree")
    equal(dict(websocket)["path"], "/roses")


async def another_scope_is_refused(talk: Talk) -> None:
    """A scope that is not that of a WebSocket is refused at once.

    Our choice.
    """
    try:
        talk.websocket(type="http")
    except Exception:
        return
    raise Differs("no error")


async def the_scope_is_enough_to_read(talk: Talk) -> None:
    """The scope can be read without `receive` and `send`.

    Our choice; documented by Starlette.
    """
    equal(talk.kind(scope())["path"], "/lilies")


async def a_missing_query_is_empty(talk: Talk) -> None:
    """A query that the server leaves out, or sets to None, is empty.

    ASGI, "WebSocket Connection Scope".
    """
    for missing in (..., None):
        equal(len(talk.websocket(query_string=missing).query_params), 0)


async def the_query_is_decoded(talk: Talk) -> None:
    """A query parameter arrives decoded.

    RFC 3986 §2.1.
    """
    websocket = talk.websocket(query_string=b"search=caf%C3%A9")
    equal(websocket.query_params["search"], "café")


async def every_value_of_the_query_is_kept(talk: Talk) -> None:
    """A query parameter that comes twice keeps both values.

    Our choice.
    """
    websocket = talk.websocket(query_string=b"flower=lily&flower=iris")
    equal(all_values(websocket.query_params, "flower"), ["lily", "iris"])


async def a_missing_scheme_is_ws(talk: Talk) -> None:
    """A scheme that the server leaves out is `ws`.

    ASGI, "WebSocket Connection Scope".
    """
    equal(talk.websocket(scheme=...).url.scheme, "ws")


async def the_path_of_the_url_is_encoded(talk: Talk) -> None:
    """In the URL, the path is percent-encoded again.

    RFC 3986 §3.3.
    """
    websocket = talk.websocket(path="/white lily", raw_path=b"/white%20lily")
    equal(websocket.url.path, "/white%20lily")


async def the_url_names_the_host_of_the_request(talk: Talk) -> None:
    """The host and port of the URL are those that the client asked for.

    RFC 9110 §7.2.
    """
    equal(talk.websocket().url.netloc, "example.com:8080")


async def a_malformed_host_stays_out_of_the_url(talk: Talk) -> None:
    """A `Host` header that is no host does not become part of the URL.

    RFC 9110 §7.2.
    """
    websocket = talk.websocket(headers=[(b"host", b"lily example")])
    if "lily example" in str(websocket.url):
        raise Differs("gave", str(websocket.url))


async def the_url_is_a_str(talk: Talk) -> None:
    """The URL is a `str`.

    Our choice; documented by Lilya, Starlette, Yaat.
    """
    url = talk.websocket().url
    if not isinstance(url, str):
        raise Differs("gave", type(url).__name__)


async def a_header_is_found_in_any_case(talk: Talk) -> None:
    """A header is found whatever the case of its name in the application.

    RFC 9110 §5.1.
    """
    equal(talk.websocket(headers=[(b"x-flower", b"lily")]).headers["X-Flower"], "lily")


async def a_header_may_arrive_in_any_case(talk: Talk) -> None:
    """A header is found whatever the case of its name on the wire.

    RFC 9110 §5.1; ASGI, "WebSocket Connection Scope".
    """
    equal(talk.websocket(headers=[(b"X-Flower", b"lily")]).headers["x-flower"], "lily")


async def every_value_of_a_header_is_kept(talk: Talk) -> None:
    """A header that comes twice keeps both values.

    ASGI, "WebSocket Connection Scope".
    """
    websocket = talk.websocket(headers=[(b"x-flower", b"lily"), (b"x-flower", b"iris")])
    equal(all_values(websocket.headers, "x-flower"), ["lily", "iris"])


async def a_header_may_hold_any_byte(talk: Talk) -> None:
    """A header value outside ASCII can be read.

    RFC 9110 §5.5.
    """
    websocket = talk.websocket(headers=[(b"x-flower", b"\xed\xefris")])
    equal(len(websocket.headers["x-flower"]), 5)


async def reading_headers_leaves_the_scope_alone(talk: Talk) -> None:
    """Reading the headers leaves the scope as it was.

    Our choice.
    """
    given = scope()
    talk.kind(given, talk.receive, talk.send).headers.get("x-flower")
    if given["headers"] != scope()["headers"]:
        raise Differs("gave", type(given["headers"]).__name__)


async def headers_are_read_only(talk: Talk) -> None:
    """The headers of the client cannot be changed.

    Our choice; documented by Starlette.
    """
    headers = talk.websocket().headers
    try:
        headers["x-flower"] = "lily"
    except Exception:
        return
    raise Differs("no error")


async def cookies_of_several_headers_are_read(talk: Talk) -> None:
    """The cookies of several headers are all there.

    Our choice.
    """
    websocket = talk.websocket(headers=[(b"cookie", b"a=1"), (b"cookie", b"b=2")])
    equal(dict(websocket.cookies), {"a": "1", "b": "2"})


async def a_missing_client_is_none(talk: Talk) -> None:
    """A client's address that the server leaves out is None.

    ASGI, "WebSocket Connection Scope".
    """
    equal(talk.websocket(client=...).client, None)
