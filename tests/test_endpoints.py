"""A handler is run to a clean end, whatever it does; the class does what its occasions say."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, TypeAlias

import pytest

from lilyaref.endpoints import WebSocketEndpoint, refuse, serve
from lilyaref.exceptions import (
    WebSocketDisconnect,
    WebSocketDisconnected,
    WebSocketRuntimeError,
)
from lilyaref.responses import Response
from lilyaref.testclient import TestClient, WebSocketDenialResponse
from lilyaref.types import Message
from lilyaref.websockets import WebSocket
from tests.scripted import BYTES, CONNECT, LEFT, TEXT, Server, error_of, run

Handler: TypeAlias = Callable[[WebSocket], Awaitable[object]]
Backend: TypeAlias = Literal["asyncio", "trio"]
Encoding: TypeAlias = Literal["text", "bytes", "json"] | None

on_both = pytest.mark.parametrize("backend", ["asyncio", "trio"])
with_every_encoding = pytest.mark.parametrize("encoding", ["text", "bytes", "json", None])

ACCEPT: Message = {"type": "websocket.accept", "headers": []}
HELLO: Message = {"type": "websocket.send", "text": "hello"}
DENIAL_START: Message = {"type": "websocket.http.response.start", "status": 401, "headers": []}


def closing(code: int = 1000) -> Message:
    """A close without a word about why."""
    return {"type": "websocket.close", "code": code, "reason": ""}


class Stop(BaseException):
    """What ends a task from outside, such as a cancellation."""


# ── A handler, run to its end ───────────────────────────────────────────────────────────────────


async def returns_at_once(websocket: WebSocket) -> None:
    pass


async def accepts(websocket: WebSocket) -> None:
    await websocket.accept()


async def closes(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close(4001)


async def refuses(websocket: WebSocket) -> None:
    await websocket.close()


async def denies(websocket: WebSocket) -> None:
    await websocket.send_denial_response(Response("Who are you?", status_code=401))


async def denies_by_half(websocket: WebSocket) -> None:
    await websocket.send(DENIAL_START)


async def iterates(websocket: WebSocket) -> None:
    await websocket.accept()
    async for _ in websocket.iter_text():
        pass


async def reads(websocket: WebSocket) -> None:
    await websocket.accept()
    while True:
        await websocket.receive_text()


async def sends(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("hello")


async def sends_to_nobody(websocket: WebSocket) -> None:
    await iterates(websocket)
    await websocket.send_text("too late")


async def sends_after_closing(websocket: WebSocket) -> None:
    await closes(websocket)
    await websocket.send_text("too late")


async def closes_twice(websocket: WebSocket) -> None:
    await closes(websocket)
    await websocket.close()


async def raises_the_news(websocket: WebSocket) -> None:
    await websocket.accept()
    raise WebSocketDisconnect()


async def closes_with_news(websocket: WebSocket) -> None:
    await closes(websocket)
    raise WebSocketDisconnect()


async def raises_the_news_at_once(websocket: WebSocket) -> None:
    raise WebSocketDisconnect()


def after(before: Handler, error: BaseException) -> Handler:
    """A handler that raises *error* once *before* is done."""

    async def handler(websocket: WebSocket) -> None:
        await before(websocket)
        raise error

    return handler


@pytest.mark.parametrize(
    ("handler", "events", "sent"),
    [
        pytest.param(accepts, [], [ACCEPT, closing()], id="open: 1000"),
        pytest.param(returns_at_once, [], [closing()], id="never accepted: 403"),
        pytest.param(closes, [], [ACCEPT, closing(4001)], id="closed: nothing more"),
        pytest.param(refuses, [], [closing()], id="refused: nothing more"),
        pytest.param(closes_with_news, [], [ACCEPT, closing(4001)], id="and the news, made up"),
        pytest.param(iterates, [LEFT], [ACCEPT], id="the client has left: nothing"),
        pytest.param(reads, [LEFT], [ACCEPT], id="the news of it escapes: nothing"),
        pytest.param(sends_to_nobody, [LEFT], [ACCEPT], id="a send that came too late: nothing"),
        pytest.param(raises_the_news, [], [ACCEPT, closing()], id="the news, made up: 1000"),
        pytest.param(raises_the_news_at_once, [], [closing()], id="made up before accept: 403"),
    ],
)
def test_a_handler_that_returns_or_whose_client_leaves_ends_quietly(
    handler: Handler, events: list[Message], sent: list[Message]
) -> None:
    server = Server(CONNECT, *events)
    run(serve(server.websocket(), handler))
    assert server.sent == sent


@pytest.mark.parametrize("handler", [accepts, returns_at_once, denies])
def test_a_client_that_does_not_wait_for_the_answer_is_no_error(handler: Handler) -> None:
    server = Server(LEFT)
    run(serve(server.websocket(), handler))
    assert server.sent == []


def test_a_handler_that_has_denied_is_left_alone() -> None:
    server = Server(CONNECT)
    run(serve(server.websocket(), denies))
    assert server.sent_types == ["websocket.http.response.start", "websocket.http.response.body"]


@pytest.mark.parametrize("number", [1, 2])
def test_a_server_that_finds_the_client_gone_ends_the_handler_quietly(number: int) -> None:
    server = Server(CONNECT, errors={number: OSError("gone")})
    run(serve(server.websocket(), sends))
    assert server.sent == [ACCEPT, HELLO][:number]


def test_a_server_that_finds_the_client_gone_at_the_close_is_no_error() -> None:
    server = Server(CONNECT, errors={2: OSError("gone")})
    run(serve(server.websocket(), accepts))
    assert server.sent == [ACCEPT, closing()]


@pytest.mark.parametrize(
    ("before", "events", "sent"),
    [
        pytest.param(accepts, [], [ACCEPT, closing(1011)], id="open: 1011"),
        pytest.param(returns_at_once, [], [closing(1011)], id="never accepted: 403"),
        pytest.param(closes, [], [ACCEPT, closing(4001)], id="closed: nothing more"),
        pytest.param(iterates, [LEFT], [ACCEPT], id="the client has left: nothing"),
        pytest.param(returns_at_once, [None], [], id="it has not even waited: nothing"),
        pytest.param(denies_by_half, [], [DENIAL_START], id="half denied: nothing"),
    ],
)
@pytest.mark.parametrize("kind", [ValueError, OSError, TimeoutError])
def test_an_error_closes_with_1011_and_no_reason_and_is_raised_again(
    before: Handler, events: list[Message | None], sent: list[Message], kind: type[Exception]
) -> None:
    error = kind("the password is correct-horse")
    server = Server(LEFT) if events == [None] else Server(CONNECT, *filter(None, events))
    assert error_of(kind, serve(server.websocket(), after(before, error))) is error
    assert server.sent == sent


@pytest.mark.parametrize("trouble", [OSError("gone"), RuntimeError("1011?"), TimeoutError()])
def test_of_a_close_that_fails_and_the_handlers_error_the_latter_is_raised(
    trouble: Exception,
) -> None:
    error = ValueError("boom")
    server = Server(CONNECT, errors={2: trouble})
    assert error_of(ValueError, serve(server.websocket(), after(accepts, error))) is error
    assert server.sent == [ACCEPT, closing(1011)]


@pytest.mark.parametrize("handler", [sends_after_closing, closes_twice])
def test_going_on_after_ones_own_close_is_a_mistake(handler: Handler) -> None:
    server = Server(CONNECT)
    assert error_of(WebSocketDisconnected, serve(server.websocket(), handler)).code == 4001
    assert server.sent == [ACCEPT, closing(4001)]


def test_a_task_group_that_was_told_of_the_leaving_ends_quietly() -> None:
    async def in_a_group(websocket: WebSocket) -> None:
        try:
            await reads(websocket)
        except WebSocketDisconnect as news:
            raise ExceptionGroup("tasks", [news]) from None

    server = Server(CONNECT, LEFT)
    run(serve(server.websocket(), in_a_group))
    assert server.sent == [ACCEPT]


def test_a_task_group_with_another_error_is_raised_again() -> None:
    async def in_a_group(websocket: WebSocket) -> None:
        await websocket.accept()
        raise ExceptionGroup("tasks", [WebSocketDisconnect(), ValueError("lily")])

    server = Server(CONNECT)
    with pytest.raises(ExceptionGroup):
        run(serve(server.websocket(), in_a_group))
    assert server.sent == [ACCEPT, closing(1011)]


def test_half_a_denial_is_a_mistake() -> None:
    server = Server(CONNECT)
    error_of(WebSocketRuntimeError, serve(server.websocket(), denies_by_half))
    assert server.sent == [DENIAL_START]


def test_what_ends_the_task_from_outside_sends_nothing() -> None:
    server = Server(CONNECT)
    error_of(Stop, serve(server.websocket(), after(accepts, Stop())))
    assert server.sent == [ACCEPT]


# ── Refusing ────────────────────────────────────────────────────────────────────────────────────

WHO = Response("Who are you?", status_code=401)
WITHOUT_DENIAL: list[Any] = [None, {}, {"tls": {}}]


def test_a_refusal_is_the_response_where_the_server_can_send_one() -> None:
    server = Server(CONNECT)
    run(refuse(server.websocket(), WHO))
    start, body = server.sent
    assert (start["status"], body["body"]) == (401, b"Who are you?")


@pytest.mark.parametrize("extensions", WITHOUT_DENIAL)
def test_a_refusal_is_a_403_where_it_cannot(extensions: Any) -> None:
    server = Server(CONNECT)
    run(refuse(server.websocket(extensions=extensions), WHO))
    assert server.sent == [closing()]


@pytest.mark.parametrize("extensions", [*WITHOUT_DENIAL, {"websocket.http.response": {}}])
def test_refusing_whom_the_server_finds_gone_is_no_error(extensions: Any) -> None:
    server = Server(LEFT)
    websocket = server.websocket(extensions=extensions)
    for _ in range(2):
        run(refuse(websocket, WHO))
    assert server.sent == []


@pytest.mark.parametrize("number", [1, 2])
def test_refusing_whom_the_server_loses_meanwhile_is_no_error(number: int) -> None:
    server = Server(CONNECT, errors={number: RuntimeError("gone")})
    run(refuse(server.websocket(), WHO))
    assert len(server.sent) == number


@pytest.mark.parametrize("extensions", [*WITHOUT_DENIAL, {"websocket.http.response": {}}])
def test_refusing_twice_is_a_mistake(extensions: Any) -> None:
    server = Server(CONNECT)
    websocket = server.websocket(extensions=extensions)
    run(refuse(websocket, WHO))
    count = len(server.sent)
    error_of(WebSocketDisconnected, refuse(websocket, WHO))
    assert len(server.sent) == count


@pytest.mark.parametrize("extensions", [*WITHOUT_DENIAL, {"websocket.http.response": {}}])
def test_refusing_what_is_accepted_is_a_mistake(extensions: Any) -> None:
    server = Server(CONNECT)
    websocket = server.websocket(extensions=extensions)
    run(websocket.accept())
    error_of(WebSocketRuntimeError, refuse(websocket, WHO))
    assert server.sent == [ACCEPT]


# ── A class ─────────────────────────────────────────────────────────────────────────────────────


class Diary(WebSocketEndpoint):
    """Writes down what happens."""

    def __init__(self, *connection: Any) -> None:
        super().__init__(*connection)
        self.heard: list[Any] = []
        self.ends: list[int] = []

    async def on_receive(self, websocket: WebSocket, data: Any) -> None:
        self.heard.append(data)

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        self.ends.append(close_code)


def diary(
    kind: type[Diary],
    *events: Message,
    encoding: Encoding = None,
    errors: Mapping[int, Exception] | None = None,
) -> tuple[Server, Diary]:
    """An endpoint of *kind* on a server that will deliver *events*."""
    server = Server(*events, errors=errors)
    endpoint = kind(server.websocket().scope, server.receive, server.send)
    endpoint.encoding = encoding
    return server, endpoint


def fit(encoding: Encoding) -> Message:
    """A message that fits *encoding*."""
    return BYTES if encoding == "bytes" else {"type": "websocket.receive", "text": "1"}


async def ended(endpoint: WebSocketEndpoint) -> None:
    await endpoint


@on_both
@pytest.mark.parametrize(
    ("kind", "send", "data"),
    [
        pytest.param("text", "send_text", "hé", id="text"),
        pytest.param("bytes", "send_bytes", b"\x00\xff", id="bytes"),
        pytest.param("json", "send_json", {"a": [1, None]}, id="json"),
        pytest.param(None, "send_text", "hé", id="None, text"),
        pytest.param(None, "send_bytes", b"\x00\xff", id="None, bytes"),
        pytest.param("text", "send_text", "", id="empty text"),
        pytest.param("bytes", "send_bytes", b"", id="empty bytes"),
        pytest.param(None, "send_text", "", id="None, empty text"),
        pytest.param(None, "send_bytes", b"", id="None, empty bytes"),
    ],
)
def test_a_message_comes_as_the_encoding_says(
    kind: Encoding, send: str, data: object, backend: Backend
) -> None:
    class Echo(WebSocketEndpoint):
        encoding = kind

        async def on_receive(self, websocket: WebSocket, data: Any) -> None:
            await websocket.send_text(repr(data))

        async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
            codes.append(close_code)

    codes: list[int] = []
    with TestClient(Echo, backend=backend).websocket_connect("/") as session:
        for _ in range(2):
            getattr(session, send)(data)
            assert session.receive_text() == repr(data)
        session.close(3001)
    assert codes == [3001]


NEITHER: Message = {"type": "websocket.receive"}
BOTH: Message = {"type": "websocket.receive", "text": "a", "bytes": b"a"}


@pytest.mark.parametrize(
    ("encoding", "message", "code"),
    [
        pytest.param("text", BYTES, 1003, id="bytes for text"),
        pytest.param("bytes", TEXT, 1003, id="text for bytes"),
        pytest.param("json", BYTES, 1003, id="bytes for json"),
        pytest.param("json", TEXT, 1003, id="no json"),
        *(pytest.param(kind, NEITHER, 1011, id=f"neither, {kind}") for kind in ("text", None)),
        *(pytest.param(kind, BOTH, 1011, id=f"both, {kind}") for kind in ("json", None)),
    ],
)
def test_the_wrong_kind_of_message_closes_with_the_code_of_the_error(
    encoding: Encoding, message: Message, code: int
) -> None:
    server, endpoint = diary(Diary, CONNECT, message, TEXT, encoding=encoding)
    run(ended(endpoint))
    assert server.sent == [ACCEPT, closing(code)]
    assert endpoint.ends == [code]
    assert endpoint.heard == []


@on_both
def test_the_client_is_told_of_the_wrong_kind(backend: Backend) -> None:
    class Numbers(WebSocketEndpoint):
        encoding = "json"

    with TestClient(Numbers, backend=backend).websocket_connect("/") as session:
        session.send_text("1")
        session.send_text("[1,")
        session.expect_close(1003, "")


@pytest.mark.parametrize(
    ("left", "code"),
    [
        pytest.param(LEFT, 4001, id="with a code"),
        pytest.param({"type": "websocket.disconnect"}, 1005, id="without"),
        pytest.param({"type": "websocket.disconnect", "code": None}, 1005, id="None"),
    ],
)
@with_every_encoding
def test_a_class_is_told_with_which_code_its_client_left(
    left: Message, code: int, encoding: Encoding
) -> None:
    server, endpoint = diary(Diary, CONNECT, left, encoding=encoding)
    run(ended(endpoint))
    assert server.sent == [ACCEPT]
    assert endpoint.ends == [code]
    assert endpoint.websocket.close_reason == (left.get("reason") or "")


def test_unless_overridden_a_class_accepts_and_listens() -> None:
    server = Server(CONNECT, TEXT, BYTES, LEFT)
    endpoint = WebSocketEndpoint(server.websocket().scope, server.receive, server.send)
    run(ended(endpoint))
    assert server.sent == [ACCEPT]


@pytest.mark.parametrize(
    ("answer", "sent"),
    [
        pytest.param(refuses, ["websocket.close"], id="close"),
        pytest.param(returns_at_once, ["websocket.close"], id="no answer"),
        pytest.param(
            denies, ["websocket.http.response.start", "websocket.http.response.body"], id="denial"
        ),
    ],
)
@with_every_encoding
def test_a_class_that_refuses_its_client_has_no_disconnect(
    answer: Handler, sent: list[str], encoding: Encoding
) -> None:
    class Strict(Diary):
        async def on_connect(self, websocket: WebSocket) -> None:
            await answer(websocket)

    server, endpoint = diary(Strict, CONNECT, encoding=encoding)
    run(ended(endpoint))
    assert server.sent_types == sent
    assert endpoint.ends == []


@on_both
def test_a_client_can_be_refused_by_a_class(backend: Backend) -> None:
    class Strict(WebSocketEndpoint):
        async def on_connect(self, websocket: WebSocket) -> None:
            await denies(websocket)

    session = TestClient(Strict, backend=backend).websocket_connect("/")
    with pytest.raises(WebSocketDenialResponse) as caught, session:
        pass
    assert (caught.value.status_code, caught.value.text) == (401, "Who are you?")


def test_a_client_that_leaves_before_it_is_accepted_has_no_disconnect() -> None:
    server, endpoint = diary(Diary, LEFT)
    run(ended(endpoint))
    assert server.sent == []
    assert endpoint.ends == []


@with_every_encoding
def test_a_class_may_accept_and_close_at_once(encoding: Encoding) -> None:
    class Busy(Diary):
        async def on_connect(self, websocket: WebSocket) -> None:
            await closes(websocket)

    server, endpoint = diary(Busy, CONNECT, encoding=encoding)
    run(ended(endpoint))
    assert server.sent == [ACCEPT, closing(4001)]
    assert endpoint.ends == [4001]


@pytest.mark.parametrize(
    ("before", "sent"),
    [
        pytest.param(returns_at_once, [closing(1011)], id="before accept"),
        pytest.param(accepts, [ACCEPT, closing(1011)], id="after accept"),
    ],
)
def test_a_connect_that_raises_closes_with_1011_and_has_no_disconnect(
    before: Handler, sent: list[Message]
) -> None:
    error = ValueError("boom")

    class Broken(Diary):
        async def on_connect(self, websocket: WebSocket) -> None:
            await after(before, error)(websocket)

    server, endpoint = diary(Broken, CONNECT)
    assert error_of(ValueError, ended(endpoint)) is error
    assert server.sent == sent
    assert endpoint.ends == []


@on_both
def test_a_receive_that_raises_is_told_and_closed_with_1011_and_raised_again(
    backend: Backend,
) -> None:
    error = ValueError("boom")
    told: list[object] = []

    class Broken(WebSocketEndpoint):
        async def on_receive(self, websocket: WebSocket, data: Any) -> None:
            raise error

        async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
            told.append(close_code)
            await websocket.send_text("sorry")  # it is told before the close

    def talk() -> None:
        with TestClient(Broken, backend=backend).websocket_connect("/") as session:
            session.send_text("hello")
            assert session.receive_text() == "sorry"
            session.expect_close(1011, "")

    with pytest.raises(ValueError, match="boom") as caught:
        talk()
    assert caught.value is error
    assert told == [1011]


@with_every_encoding
def test_a_receive_may_close_and_nothing_is_read_after_it(encoding: Encoding) -> None:
    class Once(Diary):
        async def on_receive(self, websocket: WebSocket, data: Any) -> None:
            await websocket.close(4002, "that will do")

    server, endpoint = diary(Once, CONNECT, fit(encoding), encoding=encoding)
    run(ended(endpoint))
    assert server.sent == [ACCEPT, {**closing(4002), "reason": "that will do"}]
    assert endpoint.ends == [4002]


def test_a_receive_that_goes_on_after_its_close_has_made_a_mistake() -> None:
    class Confused(Diary):
        async def on_receive(self, websocket: WebSocket, data: Any) -> None:
            await websocket.close(4002)
            await websocket.send_text("too late")

    server, endpoint = diary(Confused, CONNECT, TEXT)
    error_of(WebSocketDisconnected, ended(endpoint))
    assert server.sent == [ACCEPT, closing(4002)]
    assert endpoint.ends == [4002]


@with_every_encoding
def test_a_client_that_left_unseen_is_no_error_of_the_class(encoding: Encoding) -> None:
    class Hello(Diary):
        async def on_receive(self, websocket: WebSocket, data: Any) -> None:
            await websocket.send_text("hello")

    gone = {2: OSError("gone")}
    server, endpoint = diary(Hello, CONNECT, fit(encoding), encoding=encoding, errors=gone)
    run(ended(endpoint))
    assert server.sent == [ACCEPT, HELLO]
    assert endpoint.ends == [1006]


@with_every_encoding
def test_who_overlooks_that_the_client_is_gone_still_learns_the_true_code(
    encoding: Encoding,
) -> None:
    class Stubborn(Diary):
        async def on_receive(self, websocket: WebSocket, data: Any) -> None:
            await super().on_receive(websocket, data)
            with pytest.raises(WebSocketDisconnect):
                await websocket.send_text("hello")

    gone = {2: OSError("gone")}
    server, endpoint = diary(
        Stubborn, CONNECT, fit(encoding), fit(encoding), LEFT, encoding=encoding, errors=gone
    )
    run(ended(endpoint))
    assert server.sent == [ACCEPT, HELLO]
    assert len(endpoint.heard) == 2
    assert endpoint.ends == [4001]


@with_every_encoding
def test_a_receive_may_read_on_by_itself(encoding: Encoding) -> None:
    class Greedy(Diary):
        async def on_receive(self, websocket: WebSocket, data: Any) -> None:
            self.heard += [data, *[text async for text in websocket.iter_text()]]

    server, endpoint = diary(Greedy, CONNECT, fit(encoding), TEXT, LEFT, encoding=encoding)
    run(ended(endpoint))
    assert endpoint.heard[1:] == ["hello"]
    assert endpoint.ends == [4001]
    assert server.sent == [ACCEPT]


def test_a_disconnect_that_raises_is_an_error_like_any_other() -> None:
    error = ValueError("boom")

    class Broken(Diary):
        async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
            raise error

    for events, sent in [([LEFT], [ACCEPT]), ([BYTES], [ACCEPT, closing(1003)])]:
        server, endpoint = diary(Broken, CONNECT, *events, encoding="text")
        assert error_of(ValueError, ended(endpoint)) is error
        assert server.sent == sent


def test_what_ends_the_task_of_a_class_from_outside_is_told_but_not_sent() -> None:
    class Stopped(Diary):
        async def on_receive(self, websocket: WebSocket, data: Any) -> None:
            raise Stop

    server, endpoint = diary(Stopped, CONNECT, TEXT)
    error_of(Stop, ended(endpoint))
    assert server.sent == [ACCEPT]
    assert endpoint.ends == [1011]


@on_both
def test_every_connection_has_an_object_of_its_own(backend: Backend) -> None:
    class Counter(WebSocketEndpoint):
        number = 0

        async def on_receive(self, websocket: WebSocket, data: Any) -> None:
            assert websocket is self.websocket
            self.number += 1
            await websocket.send_json(self.number)

    with TestClient(Counter, backend=backend) as client:
        first, second = client.websocket_connect("/"), client.websocket_connect("/")
        with first, second:
            for number in (1, 2):
                for session in (first, second):
                    session.send_text("")
                    assert session.receive_json() == number


@pytest.mark.parametrize("kind", ["http", "lifespan"])
def test_a_class_on_its_own_serves_websockets_only(kind: str) -> None:
    with pytest.raises(ValueError, match=f"not '{kind}'"):
        WebSocketEndpoint({"type": kind}, Server().receive, Server().send)
