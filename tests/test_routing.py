"""From a path to a handler, and back from a name to a URL; on every server the same."""

import functools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeAlias
from urllib.parse import quote, unquote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lilyaref.endpoints import WebSocketEndpoint
from lilyaref.exceptions import WebSocketDisconnect, WebSocketDisconnected, WebSocketRuntimeError
from lilyaref.routing import Mount, Path, Router, WebSocketRoute
from lilyaref.testclient import TestClient, WebSocketDenialResponse
from lilyaref.types import ASGIApp, Message, Receive, Scope, Send
from lilyaref.websockets import WebSocket
from tests.scripted import CONNECT, LEFT, Server, error_of, run

Backend: TypeAlias = Literal["asyncio", "trio"]

on_both = pytest.mark.parametrize("backend", ["asyncio", "trio"])

LILY = UUID("0123abcd-0123-4567-89ab-0123456789AB")
REFUSED: Message = {"type": "websocket.close", "code": 1000, "reason": ""}
DENIED = ["websocket.http.response.start", "websocket.http.response.body"]


class Seen(list[WebSocket]):
    """A handler: it accepts, and keeps the connections that have reached it."""

    async def __call__(self, websocket: WebSocket) -> None:
        self.append(websocket)
        await websocket.accept()

    @property
    def last(self) -> WebSocket:
        return self[-1]


class Asked(list[Scope]):
    """An application of nobody's framework: it keeps the scopes that have reached it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.append(scope)
        if scope["type"] == "websocket":
            await WebSocket(scope, receive, send).close()
        else:
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})


async def hello(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("hello")


async def bye(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("bye")


class Hello(WebSocketEndpoint):
    async def on_connect(self, websocket: WebSocket) -> None:
        await hello(websocket)


async def called(app: ASGIApp, scope: Scope, server: Server) -> None:
    await app(scope, server.receive, server.send)


def visit(app: ASGIApp, path: str = "/", *events: Message, **scope: Any) -> Server:
    """Connect to *app*, and see what it sends."""
    server = Server(*(events or (CONNECT,)))
    base = {
        "type": "websocket",
        "path": path,
        "headers": [(b"host", b"lily.example")],
        "extensions": {"websocket.http.response": {}},
    }
    run(called(app, {**base, **scope}, server))
    return server


def request(app: ASGIApp, path: str = "/", **scope: Any) -> list[Message]:
    """Send *app* an HTTP request."""
    server = Server()
    run(called(app, {"type": "http", "method": "GET", "path": path, **scope}, server))
    return server.sent


def greeted(app: ASGIApp, url: str, backend: Backend = "asyncio") -> str:
    """What *app* says first to whoever connects to *url*."""
    return greeted_by(TestClient(app, backend=backend), url)


def greeted_by(client: TestClient, url: str) -> str:
    with client.websocket_connect(url) as session:
        return session.receive_text()


def routed(path: str) -> tuple[Router, Seen]:
    """A router with one route."""
    seen = Seen()
    return Router([WebSocketRoute(path, seen)]), seen


# ── Adding routes ───────────────────────────────────────────────────────────────────────────────


@on_both
def test_a_decorator_adds_a_route_and_leaves_the_handler_as_it_is(backend: Backend) -> None:
    router = Router()
    assert router.websocket_route("/hello")(hello) is hello
    assert greeted(router, "/hello", backend) == "hello"


@on_both
def test_a_handler_may_answer_several_paths(backend: Backend) -> None:
    router = Router()
    router.websocket_route("/a")(router.websocket_route("/b")(hello))
    router.add_websocket_route(path="/c", handler=hello)
    assert [greeted(router, path, backend) for path in ("/a", "/b", "/c")] == ["hello"] * 3


INNER = Router([WebSocketRoute("/hello", hello), WebSocketRoute("/", bye)])


@on_both
@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        pytest.param(["/ws", INNER], {}, id="by position"),
        pytest.param(["/ws", INNER, True, "chat"], {}, id="all by position"),
        pytest.param([], {"prefix": "/ws", "router": INNER, "websocket": True}, id="by keyword"),
        pytest.param(["ws", INNER], {}, id="ws"),
        pytest.param(["ws/", INNER], {}, id="ws/"),
        pytest.param(["/ws/", INNER], {}, id="/ws/"),
        pytest.param(["//ws//", INNER], {}, id="//ws//"),
        pytest.param(["/{any}", INNER], {}, id="a parameter"),
    ],
)
def test_a_router_can_be_mounted(args: list[Any], kwargs: dict[str, Any], backend: Backend) -> None:
    router = Router()
    router.mount(*args, **kwargs)
    assert greeted(router, "/ws/hello", backend) == "hello"
    assert greeted(router, "/ws/", backend) == "bye"
    assert greeted(router, "/ws", backend) == "bye"


@pytest.mark.parametrize("prefix", ["", "/"])
def test_a_prefix_may_be_empty(prefix: str) -> None:
    router = Router([Mount(prefix, Router([WebSocketRoute("/hello", hello)]))])
    assert greeted(router, "/hello") == "hello"


@pytest.mark.parametrize("path", ["/wsx/hello", "/w/hello", "/", "/x/ws/hello"])
def test_a_prefix_ends_with_a_segment(path: str) -> None:
    router = Router([Mount("/ws", Router([WebSocketRoute("/{rest:path}", hello)]))])
    assert visit(router, path).sent_types == DENIED


def test_routes_are_kept_and_tried_in_the_order_in_which_they_were_added() -> None:
    first, second = WebSocketRoute("/{name}", hello), WebSocketRoute("/bye", bye)
    router = Router(iter([first, second]))
    assert router.routes == (first, second)
    router.mount("/y", INNER)
    assert [route.path.text for route in router.routes] == ["/{name}", "/bye", "/y"]
    assert greeted(router, "/bye") == "hello"
    assert greeted(Router([second, first]), "/bye") == "bye"


def test_what_a_mount_does_not_find_nobody_finds() -> None:
    router = Router([Mount("/x", Router()), WebSocketRoute("/x/hello", hello)])
    assert visit(router, "/x/hello").sent_types == DENIED


def test_a_router_without_routes_is_a_router() -> None:
    assert Router().routes == Router(None).routes == Router([]).routes == ()


class Greeter:
    """Handlers in other forms."""

    async def method(self, websocket: WebSocket) -> None:
        await hello(websocket)

    async def __call__(self, websocket: WebSocket) -> None:
        await hello(websocket)


async def say(text: str, websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(text)


@on_both
@pytest.mark.parametrize(
    "handler",
    [
        pytest.param(hello, id="async def"),
        pytest.param(Hello, id="endpoint"),
        pytest.param(Greeter().method, id="method"),
        pytest.param(Greeter(), id="object"),
        pytest.param(functools.partial(say, "hello"), id="partial"),
        pytest.param(functools.partial(Greeter()), id="partial of an object"),
        pytest.param(functools.partial(functools.partial(say), "hello"), id="partial of a partial"),
    ],
)
def test_a_handler_is_whatever_can_be_awaited_with_a_websocket(
    handler: Any, backend: Backend
) -> None:
    assert greeted(Router([WebSocketRoute("/", handler)]), "/", backend) == "hello"


# ── What cannot be added is said at once ────────────────────────────────────────────────────────


def plain(websocket: WebSocket) -> None: ...


async def generator(websocket: WebSocket) -> AsyncIterator[None]:
    yield


@pytest.mark.parametrize(
    "handler",
    [
        pytest.param(plain, id="def"),
        pytest.param(lambda websocket: hello(websocket), id="lambda"),
        pytest.param(functools.partial(plain), id="partial of def"),
        pytest.param(generator, id="async generator"),
        pytest.param(Greeter, id="a class that is no endpoint"),
        pytest.param(functools.partial(Hello), id="partial of an endpoint"),
        pytest.param(None, id="None"),
        pytest.param("hello", id="str"),
    ],
)
def test_a_handler_that_is_not_async_is_refused(handler: Any) -> None:
    router = Router()
    text = r'^The handler of "/x" is not async: write it with "async def"\.$'
    for add in (
        functools.partial(WebSocketRoute, "/x"),
        functools.partial(router.add_websocket_route, "/x"),
        router.websocket_route("/x"),
    ):
        with pytest.raises(TypeError, match=text):
            add(handler)
    assert router.routes == ()


MALFORMED = [
    pytest.param("/{n:number}", "unknown converter.*known: str, int, float, uuid, path", id="kind"),
    pytest.param("/{n:int:int}", "unknown converter", id="two converters"),
    pytest.param("/{n", "brace without its partner", id="unclosed"),
    pytest.param("/n}", "brace without its partner", id="unopened"),
    pytest.param("/{n}}", "brace without its partner", id="closed twice"),
    pytest.param("/{{n}}", "brace without its partner", id="doubled"),
    pytest.param("/{a/{b}", "brace without its partner", id="unclosed before another"),
    pytest.param("/{n}/{n}", "a name of its own", id="the same name twice"),
    pytest.param("/{n}/{n:int}", "a name of its own", id="the same name, other converters"),
    pytest.param("/{}", "a name of its own", id="no name"),
    pytest.param("/{:int}", "a name of its own", id="no name, a converter"),
    pytest.param("/{a-b}", "a name of its own", id="no identifier"),
    pytest.param("/{ a }", "a name of its own", id="spaces"),
    pytest.param("/{__rest__}", "a name of its own", id="our own name"),
]


@pytest.mark.parametrize(("path", "text"), MALFORMED)
def test_a_malformed_path_is_refused(path: str, text: str) -> None:
    router = Router()
    for call in (
        functools.partial(WebSocketRoute, path, hello),
        functools.partial(router.add_websocket_route, path, hello),
        functools.partial(router.websocket_route, path),
        functools.partial(Mount, path, INNER),
        functools.partial(router.mount, path.removeprefix("/"), INNER),
    ):
        with pytest.raises(ValueError, match=text) as caught:
            call()
        assert f'"{path}"' in str(caught.value)
    assert router.routes == ()


@pytest.mark.parametrize("path", ["", "x", "x/", "{n}"])
def test_a_path_without_a_slash_is_refused(path: str) -> None:
    router = Router()
    with pytest.raises(ValueError, match='begins with "/"; did you mean "/'):
        router.websocket_route(path)
    with pytest.raises(ValueError, match='begins with "/"; did you mean "/'):
        router.add_websocket_route(path, hello)


@pytest.mark.parametrize("path", [None, b"/", 1, hello])
def test_a_path_that_is_no_text_is_refused(path: Any) -> None:
    router = Router()
    for call in (
        functools.partial(WebSocketRoute, path, hello),
        functools.partial(router.add_websocket_route, path, hello),
        functools.partial(router.mount, path, router),
    ):
        with pytest.raises(TypeError, match=r"^A path is a str, not \w+\.$"):
            call()


def test_a_decorator_without_its_parentheses_is_told_so() -> None:
    with pytest.raises(TypeError, match=r"^A path is a str, not function\.$"):
        Router().websocket_route(hello)  # type: ignore[arg-type]


@pytest.mark.parametrize("app", [None, "/ws", Router().routes])
def test_what_is_mounted_can_be_called(app: Any) -> None:
    with pytest.raises(TypeError, match=r"^What is mounted is an ASGI application, not \w+\.$"):
        Router().mount("/ws", app)


@pytest.mark.parametrize("route", [hello, Router(), "/x", ("/x", hello), None])
def test_routes_are_routes_and_mounts(route: Any) -> None:
    with pytest.raises(TypeError, match=r"^A route is a WebSocketRoute or a Mount, not \w+\.$"):
        Router([route])


def test_two_routes_cannot_have_the_same_path() -> None:
    router = Router([WebSocketRoute("/x", hello)])
    with pytest.raises(ValueError, match=r'^The path "/x" has a route already\.$'):
        router.add_websocket_route("/x", bye)
    with pytest.raises(ValueError, match="already"):
        router.websocket_route("/x")(bye)
    with pytest.raises(ValueError, match="already"):
        Router([WebSocketRoute("/{n}", hello), WebSocketRoute("/{n}", bye)])
    assert len(router.routes) == 1


@pytest.mark.parametrize(
    ("first", "later", "refused"),
    [(True, True, True), (False, False, True), (True, False, True), (False, True, False)],
)
def test_two_mounts_cannot_have_the_same_prefix_unless_they_share_its_traffic(
    first: bool, later: bool, refused: bool
) -> None:
    router = Router([Mount("/x", Router(), websocket=first)])
    if refused:
        with pytest.raises(ValueError, match=r'^The path "/x" has a route already\.$'):
            router.mount("x/", Router(), websocket=later)
    else:
        router.mount("x/", Router(), websocket=later)
    assert len(router.routes) == (1 if refused else 2)


def test_a_route_and_a_mount_may_have_the_same_path() -> None:
    inner = Router([WebSocketRoute("/y", bye)])
    router = Router([WebSocketRoute("/x", hello), Mount("/x", inner), Mount("", inner)])
    assert greeted(router, "/x") == "hello"
    assert greeted(router, "/x/y") == "bye"
    assert greeted(router, "/y") == "bye"


# ── Parameters ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "asked", "params"),
    [
        pytest.param("/", "/", {}, id="none"),
        pytest.param("/{name}", "/lily", {"name": "lily"}, id="text"),
        pytest.param("/{name:str}", "/7", {"name": "7"}, id="str"),
        pytest.param("/{name:}", "/7", {"name": "7"}, id="an empty converter"),
        pytest.param("/{n:int}", "/007", {"n": 7}, id="int"),
        pytest.param("/{n:int}", "/" + "9" * 4300, {"n": int("9" * 4300)}, id="a large int"),
        pytest.param("/{x:float}", "/2.50", {"x": 2.5}, id="float"),
        pytest.param("/{x:float}", "/2", {"x": 2.0}, id="float without a point"),
        pytest.param("/{x:float}", "/" + "9" * 308 + ".9", {"x": 1e308}, id="a large float"),
        pytest.param("/{id:uuid}", f"/{LILY}", {"id": LILY}, id="uuid"),
        pytest.param("/{id:uuid}", f"/{LILY}".upper(), {"id": LILY}, id="uuid in capitals"),
        pytest.param("/{rest:path}", "/a/b//c.txt", {"rest": "a/b//c.txt"}, id="path"),
        pytest.param("/{rest:path}", "/", {"rest": ""}, id="an empty path"),
        pytest.param("/{rest:path}", "/a\nb", {"rest": "a\nb"}, id="a path with a line break"),
        pytest.param("/{rest:path}/end", "/a/b/end", {"rest": "a/b"}, id="after a path"),
        pytest.param("/{a}-{b:int}.txt", "/x-y-7.txt", {"a": "x-y", "b": 7}, id="in one segment"),
        pytest.param("/{a}/é/{b}", "/百合/é/ä b", {"a": "百合", "b": "ä b"}, id="not ASCII"),
        pytest.param("/{naïve}", "/x", {"naïve": "x"}, id="a name that is not ASCII"),
        pytest.param("/{name}", "/a%2Fb", {"name": "a%2Fb"}, id="decoded is decoded once"),
        pytest.param("/a.b+(c)", "/a.b+(c)", {}, id="what a pattern would read otherwise"),
        pytest.param("/100%", "/100%", {}, id="a percent sign"),
    ],
)
def test_what_a_path_holds_reaches_the_handler(
    path: str, asked: str, params: dict[str, Any]
) -> None:
    router, seen = routed(path)
    assert visit(router, asked).sent_types == ["websocket.accept", "websocket.close"]
    assert seen.last.path_params == params
    assert [*map(type, seen.last.path_params.values())] == [*map(type, params.values())]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        pytest.param("/", "/x", id="longer"),
        pytest.param("/x", "/", id="shorter"),
        pytest.param("/x", "/x/", id="a slash more"),
        pytest.param("/x/", "/x", id="a slash less"),
        pytest.param("/x", "/X", id="case"),
        pytest.param("/x", "/x\n", id="a line break more"),
        pytest.param("/x", "x", id="no slash"),
        pytest.param("/a.b", "/axb", id="a point is a point"),
        pytest.param("/{name}", "/", id="empty text"),
        pytest.param("/{name}", "/a/b", id="text with a slash"),
        pytest.param("/{n:int}", "/-1", id="a negative int"),
        pytest.param("/{n:int}", "/1.5", id="no int"),
        pytest.param("/{n:int}", "/1_0", id="an int of Python only"),
        pytest.param("/{n:int}", "/٣", id="a digit of another script"),
        pytest.param("/{n:int}", "/" + "9" * 5000, id="an int of 5000 digits"),
        pytest.param("/{x:float}", "/1.", id="half a float"),
        pytest.param("/{x:float}", "/1e5", id="an exponent"),
        pytest.param("/{x:float}", "/inf", id="infinity"),
        pytest.param("/{x:float}", "/" + "9" * 309, id="as good as infinity"),
        pytest.param("/{id:uuid}", f"/{LILY.hex}", id="a uuid without dashes"),
        pytest.param("/{id:uuid}", "/x", id="no uuid"),
    ],
)
def test_a_path_that_does_not_fit_is_not_found(path: str, asked: str) -> None:
    router, seen = routed(path)
    server = visit(router, asked)
    assert server.sent[0]["status"] == 404
    assert seen == []


@on_both
def test_the_path_is_the_decoded_one(backend: Backend) -> None:
    @(router := Router()).websocket_route("/Blüten/{name}")
    async def flower(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_json([websocket.path_params["name"], websocket.url])

    with TestClient(router, backend=backend).websocket_connect("/Bl%C3%BCten/w%20l") as session:
        assert session.receive_json() == ["w l", "ws://testserver/Bl%C3%BCten/w%20l"]


def test_the_parameters_of_mounts_join_those_of_the_route() -> None:
    inner, seen = routed("/{c}/{a}")
    router = Router([Mount("/{a}/{b:int}", Router([Mount("/x", inner)]))])
    visit(router, "/1/2/x/3/4", path_params={"before": True, "b": "replaced"})
    assert seen.last.path_params == {"before": True, "b": 2, "c": "3", "a": "4"}


def test_nobody_writes_into_the_scope_of_the_server() -> None:
    inner, _ = routed("/{x}")
    router = Router([Mount("/{y}", inner)])
    scope = {"type": "websocket", "path": "/a/b", "root_path": "/rp", "path_params": None}
    before = {**scope}
    server = Server(CONNECT)
    run(called(router, scope, server))
    assert server.sent_types == ["websocket.accept", "websocket.close"]
    assert scope == before


# ── From a name to a URL ────────────────────────────────────────────────────────────────────────


def test_a_route_is_called_like_its_handler_unless_it_has_a_name() -> None:
    router = Router()
    router.add_websocket_route("/a", hello)
    router.add_websocket_route("/b", hello, name="b")
    router.add_websocket_route("/c", hello, "c")
    router.websocket_route("/d", name="d")(hello)
    router.websocket_route("/e")(Hello)
    router.add_websocket_route("/f", functools.partial(say, ""), name="f")
    router.mount("/m", Router([WebSocketRoute("/g", bye, name="g")]), name="m")
    router.mount("/n", Router([WebSocketRoute("/h", bye)]))
    names = ["hello", "b", "c", "d", "Hello", "f", "m:g", "bye"]
    paths = ["/a", "/b", "/c", "/d", "/e", "/f", "/m/g", "/n/h"]
    assert [*map(router.url_path_for, names)] == paths
    assert WebSocketRoute("/", functools.partial(say, "")).name == ""
    assert WebSocketRoute("/", hello, name="").name == ""


NAMED = Router(
    [
        WebSocketRoute("/rooms/{room}", hello, name="room"),
        WebSocketRoute("/rooms/{room}/{seat:int}", hello, name="room"),
        WebSocketRoute("/prices/{price:float}", hello, name="price"),
        WebSocketRoute("/lilies/{lily:uuid}", hello, name="lily"),
        WebSocketRoute("/files/{rest:path}", hello, name="file"),
        WebSocketRoute("/by/{name}", hello, name="by"),
        WebSocketRoute("/weiße Blüten/100%?", hello, name="white"),
        WebSocketRoute("/@{user}", hello, name="user"),
        Mount(
            "/deep/{a:int}",
            Router(
                [
                    Mount("/er", Router([WebSocketRoute("/{b}", hello, name="x")]), name="two"),
                    Mount("/un", Router([WebSocketRoute("/{b}", hello, name="x")])),
                    Mount("/{c}", WebSocketRoute("/alone", hello, name="alone"), name="three"),
                ]
            ),
            name="one",
        ),
        Mount("/{room:int}", Router([WebSocketRoute("/", hello, name="floor")])),
        Mount("/mount", Mount("/in", Router([WebSocketRoute("/mount", hello)]), name="in")),
        WebSocketRoute("/last/{room}", hello, name="last"),
    ]
)


@pytest.mark.parametrize(
    ("name", "params", "path"),
    [
        ("room", {"room": "lilies"}, "/rooms/lilies"),
        ("room", {"room": "lilies", "seat": 7}, "/rooms/lilies/7"),
        ("room", {"room": "white lilies?#%"}, "/rooms/white%20lilies%3F%23%25"),
        ("room", {"room": "百合"}, "/rooms/%E7%99%BE%E5%90%88"),
        ("room", {"room": 7}, "/rooms/7"),
        ("price", {"price": 2.5}, "/prices/2.5"),
        ("price", {"price": 2}, "/prices/2"),
        ("lily", {"lily": LILY}, f"/lilies/{LILY}"),
        ("file", {"rest": "a/b c.txt"}, "/files/a/b%20c.txt"),
        ("file", {"rest": "a\nb"}, "/files/a%0Ab"),
        ("file", {"rest": ""}, "/files/"),
        ("by", {"name": "lily"}, "/by/lily"),
        ("white", {}, "/wei%C3%9Fe%20Bl%C3%BCten/100%25%3F"),
        ("user", {"user": "ana"}, "/@ana"),
        ("one:two:x", {"a": 1, "b": "y"}, "/deep/1/er/y"),
        ("one:x", {"a": 1, "b": "y"}, "/deep/1/un/y"),
        ("one:three:alone", {"a": 1, "c": "y"}, "/deep/1/y/alone"),
        ("floor", {"room": 1}, "/1/"),
        ("in:hello", {}, "/mount/in/mount"),
        ("last", {"room": "x"}, "/last/x"),
    ],
)
def test_a_name_and_parameters_make_a_path(name: str, params: dict[str, Any], path: str) -> None:
    assert NAMED.url_path_for(name, **params) == path


@pytest.mark.parametrize(
    ("name", "params"),
    [
        pytest.param("nobody", {}, id="unknown"),
        pytest.param("room", {}, id="too few parameters"),
        pytest.param("room", {"room": "x", "other": "y"}, id="too many"),
        pytest.param("room", {"floor": "x"}, id="others"),
        pytest.param("x", {"a": 1, "b": "y"}, id="without the mount's name"),
        pytest.param("one", {"a": 1}, id="the mount's name alone"),
        pytest.param("one:x", {"b": "y"}, id="without the mount's parameter"),
        pytest.param("two:x", {"a": 1, "b": "y"}, id="with half of the mounts' names"),
    ],
)
def test_a_name_that_no_route_has_is_a_lookup_error(name: str, params: dict[str, Any]) -> None:
    with pytest.raises(LookupError, match=f"^No route is called '{name}' and takes"):
        NAMED.url_path_for(name, **params)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("room", {"room": "a/b"}),
        ("room", {"room": ""}),
        ("room", {"room": "x", "seat": -1}),
        ("room", {"room": "x", "seat": True}),
        ("room", {"room": "\udc80"}),
        ("price", {"price": float("nan")}),
        ("price", {"price": 1e300}),
        ("lily", {"lily": "lily"}),
        ("one:x", {"a": "one", "b": "y"}),
        ("floor", {"room": "ground"}),
    ],
)
def test_a_value_that_the_path_would_not_match_is_a_value_error(
    name: str, params: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"cannot hold this value|surrogates not allowed"):
        NAMED.url_path_for(name, **params)


def test_a_route_and_a_mount_tell_only_their_own_names() -> None:
    route = WebSocketRoute("/{x}", hello, name="x")
    assert route.url_path_for("x", x=1) == "/1"
    for wrong in (route, Mount("/m", Router([route]), name="m")):
        with pytest.raises(LookupError):
            wrong.url_path_for("y", x=1)
    with pytest.raises(LookupError, match="takes"):
        route.url_path_for("x")
    with pytest.raises(LookupError):
        Mount("/m", Asked()).url_path_for("x")


@given(st.text(min_size=1).filter(lambda text: "/" not in text), st.text())
def test_a_path_that_was_made_leads_back(first: str, rest: str) -> None:
    path = Path("/é {first}/{rest:path}")
    url = path.fill({"first": first, "rest": rest})
    assert url.isascii()
    assert url.isprintable()
    assert not {*"?# "} & {*url}
    assert path.match(unquote(url)) == ({"first": first, "rest": rest}, "")


# ── Where the server's root is ──────────────────────────────────────────────────────────────────


def deep() -> tuple[Router, Seen]:
    """A route two mounts deep, and another one at the top."""
    seen = Seen()
    inner = Router([WebSocketRoute("/x/{what:path}", seen, "x"), WebSocketRoute("/", seen, "in")])
    middle = Router([Mount("/bé", inner, name="b")])
    return Router([Mount("a/{n:int}", middle, name="a"), WebSocketRoute("/", seen, "top")]), seen


@pytest.mark.parametrize(
    "target", ["/a/1/b%C3%A9/x/w%20l%2Fy", "/a/1/b%C3%A9/", "/a/1/b%C3%A9", "/"]
)
@pytest.mark.parametrize("raw", [pytest.param(True, id="raw"), pytest.param(False, id="no raw")])
@pytest.mark.parametrize(
    "prefixed", [pytest.param(True, id="in front"), pytest.param(False, id="not in front")]
)
@pytest.mark.parametrize("root", [None, "", "/", "/rp", "/rp/", "/r/p", "/ré p"])
def test_urls_are_those_that_the_client_asked_for_and_could_ask_for(
    root: str | None, prefixed: bool, raw: bool, target: str
) -> None:
    router, seen = deep()
    front = quote((root or "").rstrip("/"))
    given = f"{front}{target}" if prefixed else target
    scope = {"root_path": root, "raw_path": given.encode() if raw else None}
    visit(router, unquote(given), **scope)
    websocket, before = seen.last, f"ws://lily.example{front}"
    assert websocket.url == before + (target if raw else quote(unquote(target)))
    assert websocket.base_url == f"{before}/"
    assert websocket.url_for("top") == f"{before}/"
    assert websocket.url_path_for("a:b:in", n=2) == f"{before}/a/2/b%C3%A9/"
    assert websocket.path_for("a:b:x", n=2, what="w l") == f"{before}/a/2/b%C3%A9/x/w%20l"
    assert websocket.app is websocket["router"] is router


@pytest.mark.parametrize(("root", "prefixed"), [("", True), ("/rp", True), ("/rp", False)])
def test_a_url_that_url_for_makes_leads_to_its_route(root: str, prefixed: bool) -> None:
    router, seen = deep()
    visit(router, "/", root_path=root)
    url = seen.last.url_for("a:b:x", n=7, what="ä?/#")
    path = unquote(url.path)
    visit(router, path if prefixed else path.removeprefix(root), root_path=root)
    assert seen.last.path_params == {"n": 7, "what": "ä?/#"}
    assert seen.last.url == url


@pytest.mark.parametrize("prefixed", [True, False])
def test_a_handler_sees_the_path_as_asgi_has_it(prefixed: bool) -> None:
    router, seen = deep()
    path = "/rß/a/1/bé/x/y" if prefixed else "/a/1/bé/x/y"
    visit(router, path, root_path="/rß", raw_path=quote(path).encode())
    scope = seen.last.scope
    assert scope["path"] == "/rß/a/1/bé/x/y"
    assert scope["raw_path"] == b"/r%C3%9F/a/1/b%C3%A9/x/y"
    assert scope["root_path"] == "/rß/a/1/bé"
    assert scope["path"].startswith(scope["root_path"])


def test_a_root_is_a_whole_segment() -> None:
    router, seen = routed("/{name}")
    visit(router, "/rpx", root_path="/rp")
    assert seen.last.path_params == {"name": "rpx"}
    assert seen.last.url == "ws://lily.example/rp/rpx"


def test_a_path_may_be_the_root_itself_or_nothing() -> None:
    router, seen = routed("/")
    for path in ("/rp", "/rp/", "/", ""):
        visit(router, path, root_path="/rp")
    assert [websocket.url.path for websocket in seen] == ["/rp", "/rp/", "/rp/", "/rp/"]


# ── Other people's applications ─────────────────────────────────────────────────────────────────


def framework(below: ASGIApp) -> ASGIApp:
    """Somebody else's framework, which has mounted *below* under `/site`."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        root = scope.get("root_path", "")
        theirs = {"app": app, "router": object(), "app_root_path": root}
        await below({**scope, **theirs, "root_path": f"{root}/site"}, receive, send)

    return app


@pytest.mark.parametrize("root", ["", "/rp"])
def test_a_router_below_another_framework_knows_its_own_names(root: str) -> None:
    router, seen = deep()
    app = framework(router)
    visit(app, f"{root}/site/a/1/bé/x/y", root_path=root)
    websocket = seen.last
    assert websocket.app is app
    assert websocket["router"] is router
    assert websocket.url == f"ws://lily.example{root}/site/a/1/b%C3%A9/x/y"
    assert websocket.base_url == f"ws://lily.example{root}/site/"
    assert websocket.url_for("a:b:in", n=2) == f"ws://lily.example{root}/site/a/2/b%C3%A9/"


@pytest.mark.parametrize("prefixed", [True, False])
@pytest.mark.parametrize("root", ["", "/rp"])
def test_another_application_gets_http_and_websockets_below_its_mount(
    root: str, prefixed: bool
) -> None:
    asked = Asked()
    router = Router([Mount("/out/{n:int}", Router([Mount("/there", asked)]))])
    path = f"{root if prefixed else ''}/out/1/there/x"
    assert [m["type"] for m in request(router, path, root_path=root)] == [
        "http.response.start",
        "http.response.body",
    ]
    assert visit(router, path, root_path=root).sent == [REFUSED]
    assert [scope["type"] for scope in asked] == ["http", "websocket"]
    for scope in asked:
        assert scope["root_path"] == f"{root}/out/1/there"
        assert scope["path"] == f"{root}/out/1/there/x"
        assert scope["path_params"] == {"n": 1}


def test_another_application_finds_no_router_of_ours_and_puts_its_own() -> None:
    asked = Asked()
    router = Router([Mount("/x", asked), WebSocketRoute("/y", Seen(), name="y")])
    visit(router, "/x/1")
    request(router, "/x/1")
    for scope in asked:
        assert not {"router", "app_root_path"} & scope.keys()
    websocket = WebSocket({**asked[0], "headers": [(b"host", b"lily.example")]})
    assert websocket.base_url == "ws://lily.example/x/"
    assert router.url_path_for("y") == "/y"


class NotTheirs(Exception):
    """What another framework raises for a name that it does not know."""


class Theirs(Asked):
    def url_path_for(self, name: str, /, **path_params: Any) -> str:
        raise NotTheirs(name)


def test_a_name_is_not_asked_of_another_framework() -> None:
    router = Router([Mount("/theirs", Theirs()), WebSocketRoute("/ours", hello, name="ours")])
    assert router.url_path_for("ours") == "/ours"
    with pytest.raises(LookupError):
        router.url_path_for("theirs")


def test_a_router_behind_a_middleware_knows_its_own_names() -> None:
    inner, seen = routed("/x/{y}")

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        await inner(scope, receive, send)

    visit(Router([Mount("/m", middleware)]), "/rp/m/x/1", root_path="/rp")
    assert seen.last["router"] is inner
    assert seen.last.url == "ws://lily.example/rp/m/x/1"
    assert seen.last.url_for("", y=2) == "ws://lily.example/rp/m/x/2"


def test_a_class_can_be_mounted() -> None:
    assert greeted(Router([Mount("/hello", Hello)]), "/hello/anything") == "hello"


@on_both
def test_websockets_pass_by_a_mount_that_wants_none(backend: Backend) -> None:
    asked = Asked()
    router = Router()
    router.mount(prefix="/x", router=asked, websocket=False)
    assert visit(router, "/x/y").sent_types == DENIED
    router.mount("/x", Router([WebSocketRoute("/y", hello)]))
    assert greeted(router, "/x/y", backend) == "hello"
    assert asked == []
    assert request(router, "/x/y")[0]["status"] == 204


# ── A path that nobody serves ───────────────────────────────────────────────────────────────────


@on_both
def test_an_unknown_path_is_denied_with_404(backend: Backend) -> None:
    session = TestClient(Router(), backend=backend).websocket_connect("/nowhere")
    with pytest.raises(WebSocketDenialResponse) as caught, session:
        pass
    assert (caught.value.status_code, caught.value.text) == (404, "Not Found")


@on_both
def test_an_unknown_path_is_refused_with_403_where_the_server_has_no_denial(
    backend: Backend,
) -> None:
    client = TestClient(Router([Mount("/x", Router())]), backend=backend)
    session = client.websocket_connect("/x/nowhere", extensions=None)
    with pytest.raises(WebSocketDisconnect) as caught, session:
        pass
    assert caught.type is WebSocketDisconnect
    assert session.messages[-1].message == REFUSED


@pytest.mark.parametrize("extensions", [None, {}, {"tls": {}}])
def test_no_extension_is_no_extension(extensions: Any) -> None:
    assert visit(Router(), extensions=extensions).sent == [REFUSED]


@pytest.mark.parametrize("extensions", [None, {"websocket.http.response": {}}])
def test_a_client_that_does_not_wait_for_a_404_is_no_error(extensions: Any) -> None:
    assert visit(Router(), "/", LEFT, extensions=extensions).sent == []


@pytest.mark.parametrize("number", [1, 2])
def test_a_client_that_is_gone_in_the_middle_of_a_404_is_no_error(number: int) -> None:
    server = Server(CONNECT, errors={number: RuntimeError("gone")})
    websocket = server.websocket()
    run(Router()(websocket.scope, server.receive, server.send))
    assert len(server.sent) == number


@pytest.mark.parametrize("path", ["/nowhere", "/hello"])
def test_an_http_request_for_a_websocket_is_a_plain_404(path: str) -> None:
    router = Router([WebSocketRoute("/hello", hello)])
    start, body = request(router, path)
    assert (start["type"], start["status"]) == ("http.response.start", 404)
    assert (b"content-type", b"text/plain; charset=utf-8") in start["headers"]
    assert (body["type"], body["body"]) == ("http.response.body", b"Not Found")


def test_what_is_neither_http_nor_a_websocket_nor_the_lifespan_is_refused() -> None:
    server = Server()
    error = error_of(ValueError, Router()({"type": "webtransport"}, server.receive, server.send))
    assert "not 'webtransport'" in str(error)


# ── The end of a handler ────────────────────────────────────────────────────────────────────────


@on_both
def test_a_handler_that_returns_is_closed_with_1000(backend: Backend) -> None:
    with TestClient(WebSocketRoute("/", hello), backend=backend).websocket_connect("/") as session:
        assert session.receive_text() == "hello"
        session.expect_close(1000, "")


@on_both
def test_a_handler_that_raises_is_closed_with_1011_and_its_error_raised(backend: Backend) -> None:
    async def broken(websocket: WebSocket) -> None:
        await websocket.accept()
        raise ValueError("secret")

    def talk() -> None:
        app = Router([Mount("/x", Router([WebSocketRoute("/", broken)]))])
        with TestClient(app, backend=backend).websocket_connect("/x") as session:
            session.expect_close(1011, "")

    with pytest.raises(ValueError, match=r"^secret$"):
        talk()


@on_both
def test_a_handler_that_goes_on_after_its_close_has_made_a_mistake(backend: Backend) -> None:
    async def confused(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()
        await websocket.send_text("too late")

    def talk() -> None:
        app = Router([WebSocketRoute("/", confused)])
        with TestClient(app, backend=backend).websocket_connect("/") as session:
            session.expect_close(1000)

    with pytest.raises(WebSocketDisconnected):
        talk()


@on_both
def test_a_client_that_leaves_is_no_error(backend: Backend) -> None:
    async def listen(websocket: WebSocket) -> None:
        await websocket.accept()
        while True:
            await websocket.receive_text()

    route = WebSocketRoute("/", listen)
    with TestClient(route, backend=backend).websocket_connect("/") as session:
        session.close(1001)
    assert session.messages[-1].message["type"] == "websocket.disconnect"


# ── Each an application on its own ──────────────────────────────────────────────────────────────


@on_both
@pytest.mark.parametrize(
    ("app", "path"),
    [
        pytest.param(WebSocketRoute("/x/{y}", hello), "/x/1", id="route"),
        pytest.param(WebSocketRoute("/x", Hello), "/x", id="route of a class"),
        pytest.param(Mount("/x", Router([WebSocketRoute("/y", hello)])), "/x/y", id="mount"),
        pytest.param(Mount("/x", WebSocketRoute("/y", hello)), "/x/y", id="mount of a route"),
        pytest.param(Mount("/x", Mount("/y", Hello)), "/x/y", id="mount of a mount"),
        pytest.param(Router([WebSocketRoute("/x", hello)]), "/x", id="router"),
        pytest.param(Hello, "/x", id="endpoint"),
    ],
)
def test_each_is_an_application_on_its_own(app: ASGIApp, path: str, backend: Backend) -> None:
    with TestClient(app, backend=backend) as client:  # with its lifespan, if it has one
        assert greeted_by(client, path) == "hello"


@pytest.mark.parametrize("app", [WebSocketRoute("/x", hello), Mount("/x", Router()), Router()])
def test_each_refuses_what_it_does_not_serve(app: ASGIApp) -> None:
    assert visit(app, "/y").sent_types == DENIED
    assert request(app, "/y")[0]["status"] == 404


def test_a_route_on_its_own_knows_its_name() -> None:
    seen = Seen()
    visit(WebSocketRoute("/x/{y}", seen, name="x"), "/x/1", root_path="/rp")
    assert seen.last.url_for("x", y=2) == "ws://lily.example/rp/x/2"


# ── The lifespan ────────────────────────────────────────────────────────────────────────────────

STARTUP: Message = {"type": "lifespan.startup"}
SHUTDOWN: Message = {"type": "lifespan.shutdown"}
STARTED: Message = {"type": "lifespan.startup.complete"}
STOPPED: Message = {"type": "lifespan.shutdown.complete"}


def lifespan(
    state: Mapping[str, Any] | None = None,
    before: Exception | None = None,
    after: Exception | None = None,
    journal: list[object] | None = None,
) -> Any:
    """A lifespan that yields *state* and raises *before* and *after* that."""

    @asynccontextmanager
    async def live(router: Router) -> AsyncIterator[Mapping[str, Any] | None]:
        if before:
            raise before
        if journal is not None:
            journal.append(router)
        yield state
        if journal is not None:
            journal.append("stopped")
        if after:
            raise after

    return live


@on_both
def test_a_lifespan_brackets_the_connections_and_its_state_reaches_them(backend: Backend) -> None:
    journal: list[object] = []
    router = Router(lifespan=lifespan({"greeting": "hi", "shared": journal}, journal=journal))

    @router.websocket_route("/")
    async def greet(websocket: WebSocket) -> None:
        await websocket.accept()
        websocket.state.shared.append("connected")
        await websocket.send_text(websocket.state.greeting)

    with TestClient(router, backend=backend) as client:
        for _ in range(2):
            with client.websocket_connect("/") as session:
                assert session.receive_text() == "hi"
    assert journal == [router, "connected", "connected", "stopped"]


def live(router: Router, **scope: Any) -> list[Message]:
    server = Server(STARTUP, SHUTDOWN)
    run(router({"type": "lifespan", **scope}, server.receive, server.send))
    assert not server.events
    return server.sent


@pytest.mark.parametrize(
    "router",
    [
        pytest.param(Router(), id="no lifespan"),
        pytest.param(Router(lifespan=lifespan()), id="None"),
        pytest.param(Router(lifespan=lifespan({})), id="an empty state"),
    ],
)
def test_a_lifespan_is_answered_even_without_state(router: Router) -> None:
    assert live(router) == [STARTED, STOPPED]
    assert live(router, state=None) == [STARTED, STOPPED]


def test_the_state_joins_what_is_there() -> None:
    state = {"before": 1, "both": 2}
    assert live(Router(lifespan=lifespan({"both": 3})), state=state) == [STARTED, STOPPED]
    assert state == {"before": 1, "both": 3}


def failed(router: Router, kind: type[Exception], *events: Message, **scope: Any) -> list[Message]:
    server = Server(*events)
    error_of(kind, router({"type": "lifespan", **scope}, server.receive, server.send))
    return server.sent


def test_a_startup_that_fails_is_told_and_raised() -> None:
    router = Router(lifespan=lifespan(before=ValueError("no water")))
    assert failed(router, ValueError, STARTUP) == [
        {"type": "lifespan.startup.failed", "message": "ValueError: no water"}
    ]


def test_a_shutdown_that_fails_is_told_and_raised() -> None:
    router = Router(lifespan=lifespan({"a": 1}, after=ValueError("no water")))
    assert failed(router, ValueError, STARTUP, SHUTDOWN, state={}) == [
        STARTED,
        {"type": "lifespan.shutdown.failed", "message": "ValueError: no water"},
    ]


@pytest.mark.parametrize("scope", [{}, {"state": None}])
def test_state_for_a_server_that_keeps_none_fails_the_startup(scope: dict[str, Any]) -> None:
    journal: list[object] = []
    router = Router(lifespan=lifespan({"a": 1}, journal=journal))
    sent = failed(router, WebSocketRuntimeError, STARTUP, **scope)
    assert [message["type"] for message in sent] == ["lifespan.startup.failed"]
    assert "keeps no lifespan state" in sent[0]["message"]


@on_both
@pytest.mark.parametrize("phase", ["startup", "shutdown"])
def test_a_lifespan_that_fails_stops_the_client(phase: str, backend: Backend) -> None:
    error = ValueError("no water")
    live = lifespan(before=error) if phase == "startup" else lifespan(after=error)
    client = TestClient(Router(lifespan=live), backend=backend)
    with pytest.raises((RuntimeError, ValueError), match="no water"), client:
        assert phase == "shutdown"


def test_only_the_outermost_lifespan_runs() -> None:
    journal: list[object] = []
    inner = Router(lifespan=lifespan(journal=journal))
    with TestClient(Mount("/x", inner)):
        pass
    assert journal == []
