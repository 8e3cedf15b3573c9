"""What hypothesis draws: operations, good and bad, and what a server brings, good and bad.

Every payload that the client or the application must keep to itself holds `SECRET`.
"""

import math
from array import array
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from itertools import chain
from typing import Any

from hypothesis import strategies as st

from lilyaref.codes import CloseCode
from lilyaref.types import Message
from tests.properties import rules
from tests.properties.denials import COOKIES, Boom, answers

SECRET = "hunter2"
OFFERED = ["chat", "", "graphql-ws"]


class ForeignCode(IntEnum):
    """As websockets and wsproto give them."""

    AWAY = 1001
    GONE = 4001


@dataclass
class Operation:
    """A method of `WebSocket`, and of the model, with its arguments.

    Three names are the test's own: with `arrive` the server has a message to bring, with `hang_up`
    only this one, and `iterate` takes one step of an iterator.
    """

    name: str
    args: tuple[Any, ...] = ()

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.args))})"


@dataclass
class Cleanup:
    """A function for `add_cleanup`, which writes itself into *log*."""

    kind: str
    log: list[object] = field(default_factory=list, repr=False)

    def __call__(self) -> object:
        if self.kind == "awaitable":
            return self._later()
        self.log.append(self)
        if self.kind == "raises":
            raise Boom
        return self.kind

    async def _later(self) -> None:
        self.log.append(self)


@st.composite
def mixture(draw: st.DrawFn, *weighted: tuple[int, st.SearchStrategy[Any]]) -> Any:
    """One of several strategies, as often as its weight says; `one_of` counts their insides too."""
    return draw(draw(st.sampled_from([kind for weight, kind in weighted for _ in range(weight)])))


# --- Values --------------------------------------------------------------------------------------

circle: list[Any] = []
circle.append(circle)

texts = st.sampled_from(["", SECRET, f"é {SECRET}", "\0"]) | st.text(max_size=8)
binaries = st.sampled_from([b"", SECRET.encode(), b"\xff"]) | st.binary(max_size=8)
lenders: list[Any] = [bytes, bytearray, memoryview, partial(array, "B")]
buffers = st.builds(lambda lender, data: lender(data), st.sampled_from(lenders), binaries)
no_texts = st.sampled_from([None, SECRET.encode(), 5, f"{SECRET}\ud800", [SECRET]])
no_buffers = st.sampled_from([None, SECRET, 5, [1], object()])
json_values: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1.5, 10**30, "", f"é {SECRET}", [], {}, [1, ["\0"]], {"": {SECRET: [None]}}]
)
no_json = st.sampled_from([math.nan, -math.inf, {SECRET}, object(), f"{SECRET}\udc00", circle])
json_texts = json_values.map(rules.encoded) | st.sampled_from(["NaN", f'["{SECRET}"', "\ufeff1"])
modes = st.sampled_from(["text"] * 3 + ["binary"] * 2 + ["bytes", "TEXT", "", "xml", None, 5])

codes: st.SearchStrategy[Any] = st.sampled_from([1000, 1001, 3000, 4999, *CloseCode, *ForeignCode])
no_codes = st.sampled_from([0, -1, 999, 1004, 1016, 2999, 5000, 65536, "1000", None, True, 1e3])
reasons = st.sampled_from([None, "", "bye", "a" * 123, "é" * 61])
no_reasons = st.sampled_from([b"bye", 5, "a" * 124, "é" * 62, "\ud800", ["bye"]])

subprotocols = st.sampled_from([None, None, "chat", "graphql-ws"])
no_subprotocols = st.sampled_from(["", "CHAT", "soap", "chat, graphql-ws", "a\r\nb", b"chat", 5])
headers: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        (),
        {},
        {"X-Own": "1"},
        {b"X-Own": b"\xff"},
        COOKIES,
        [("X-Own", b"a\tb"), (b"x-own", "é")],
        [["Set-Cookie", "a=1"], ("set-cookie", "b=2")],
    ]
)
bad_pairs = st.sampled_from(
    [
        ("x own", "1"),
        ("", "1"),
        ("x", "a\r\nb: c"),
        ("x", "\0"),
        ("é", "1"),
        ("x", "€"),
        ("Sec-WebSocket-Protocol", "chat"),
        (b"sec-websocket-anything", b"1"),
        ("Connection", "close"),
        ("upgrade", "h2c"),
        ("Content-Length", "0"),
        ("transfer-encoding", "chunked"),
        ("Date", "today"),
        (":status", "101"),
        ("x", 1),
        ("x", None),
    ]
)
bad_headers = bad_pairs.map(lambda pair: [("x-own", "1"), pair]) | st.sampled_from([5, [5], [()]])

# --- What a server brings ------------------------------------------------------------------------


def event(kind: str, **values: st.SearchStrategy[Any]) -> st.SearchStrategy[Message]:
    """A message of type *kind*; each of the *values* may be missing."""
    return st.fixed_dictionaries({"type": st.just(f"websocket.{kind}")}, optional=values)


RECEIVE: Message = {"type": "websocket.receive"}
START: Message = {"type": "websocket.http.response.start"}
disconnects = event(
    "disconnect",
    code=st.none() | codes | st.just(0),
    reason=st.sampled_from([None, "", "bye", "tab closed"]),
)
one_key = st.one_of(
    texts.map(lambda data: {"text": data}),
    binaries.map(lambda data: {"bytes": data}),
    texts.map(lambda data: {"text": data, "bytes": None}),
    binaries.map(lambda data: {"text": None, "bytes": data}),
    json_texts.map(lambda data: {"text": data}),
    json_texts.map(lambda data: {"bytes": data.encode()}),
)
odd_keys: st.SearchStrategy[Message] = st.sampled_from(
    [
        {},
        {"text": None},
        {"bytes": None},
        {"text": None, "bytes": None},
        {"text": SECRET, "bytes": SECRET.encode()},
        {"text": "", "bytes": b""},
        {"text": ""},
        {"bytes": b""},
    ]
)
receives = mixture((3, one_key), (1, odd_keys)).map(lambda data: {**RECEIVE, **data})
illegal = st.sampled_from(
    [{}, {"type": "websocket.unknown", "text": SECRET}, {"type": "http.request"}, {"text": SECRET}]
)
arrivals = mixture((8, receives), (2, disconnects), (1, event("connect")), (1, illegal)).map(
    lambda message: Operation("arrive", (message,))
)

failures = st.dictionaries(
    st.integers(1, 6),
    st.one_of(
        st.builds(ConnectionResetError, st.just(SECRET)),
        st.builds(OSError),
        st.builds(TimeoutError),
        st.builds(Boom),
    ),
    max_size=2,
)

# --- Operations ----------------------------------------------------------------------------------


def operation(name: str, *args: st.SearchStrategy[Any]) -> st.SearchStrategy[Operation]:
    return st.tuples(*args).map(lambda drawn: Operation(name, drawn))


accepts = operation("accept", subprotocols, headers)
bad_accepts = operation("accept", no_subprotocols, headers) | operation(
    "accept", subprotocols, bad_headers
)
sends = st.one_of(
    operation("send_text", texts),
    operation("send_bytes", buffers),
    operation("send_json", json_values),
    operation("send_json", json_values, modes),
)
bad_sends = st.one_of(
    operation("send_text", no_texts),
    operation("send_bytes", no_buffers),
    operation("send_json", no_json, modes),
)
iterators = st.one_of(
    operation("iterate", st.sampled_from(["text", "bytes", "json"]), st.booleans()),
    operation("iterate", st.just("json"), st.booleans(), modes),
)
receptions = st.one_of(
    operation("receive_text"),
    operation("receive_bytes"),
    operation("receive_json"),
    operation("receive_json", modes),
    operation("receive"),
    iterators,
)
closes = st.one_of(operation("close"), operation("close", codes, reasons))
bad_closes = operation("close", no_codes, reasons) | operation("close", codes, no_reasons)

denials = operation("send_denial_response", answers)
cleanups = operation(
    "add_cleanup", st.builds(Cleanup, st.sampled_from(["plain", "raises", "awaitable"]))
)


def message(kind: str, **values: st.SearchStrategy[Any]) -> st.SearchStrategy[Operation]:
    return operation("send", event(kind, **values))


raw_sends = st.one_of(
    message("accept", subprotocol=subprotocols | no_subprotocols, headers=headers | bad_headers),
    message("accept"),
    message("send", text=texts),
    message("send", text=texts | no_texts, bytes=st.none() | binaries),
    message("send", bytes=buffers | no_buffers),
    message("close", code=codes | no_codes.filter(lambda code: code is not None)),
    message("close", reason=reasons | no_reasons),
    operation(
        "send",
        st.builds(
            lambda status, headers: {**START, "status": status, "headers": headers},
            st.sampled_from([200, 401, 401, 99, 600, "401", None]),
            headers,
        ),
    ),
    message("http.response.body", body=binaries, more_body=st.booleans()),
    message("unknown", text=texts),
    operation("send", st.sampled_from([{}, {"text": SECRET}, None, SECRET])),
    operation(
        "send",
        st.sampled_from(["http.response.start", "", None, 5, []]).map(lambda kind: {"type": kind}),
    ),
)

exchanges = st.tuples(arrivals, receptions).map(list)
single = mixture(
    (3, sends),
    (2, receptions),
    (1, arrivals),
    (1, accepts),
    (1, cleanups),
    (1, closes | denials),
    (1, bad_accepts | bad_closes),
    (1, bad_sends),
    (2, raw_sends),
).map(lambda operation: [operation])
some = st.lists(mixture((1, exchanges), (1, single)), max_size=10).map(
    lambda parts: list(chain(*parts))
)

CONNECT = Operation("arrive", ({"type": "websocket.connect"},))
ACCEPT = Operation("accept")
DENY = Operation("send", ({**START, "status": 401},))
openings = mixture(
    (1, st.just([])),
    (1, st.just([CONNECT])),
    (4, st.just([CONNECT, ACCEPT])),
    (1, st.just([CONNECT, Operation("receive"), Operation("accept", ("chat",))])),
    (1, st.just([CONNECT, DENY])),
)
hang_ups = disconnects.map(lambda gone: Operation("hang_up", (gone,)))
RECEIVE_IT = Operation("receive")
endings = mixture(
    (2, st.just([])),
    (2, closes.map(lambda close: [close])),
    (1, hang_ups.map(lambda gone: [gone])),
    (2, hang_ups.map(lambda gone: [gone, RECEIVE_IT])),
    (1, denials.map(lambda denial: [denial])),
)
conversations = st.tuples(openings, some, endings, some).map(lambda parts: list(chain(*parts)))
extensions: st.SearchStrategy[dict[str, Any] | None] = st.sampled_from(
    [{"websocket.http.response": {}}] * 3 + [{}, None]
)

# Contract §4, column by column: how a connection comes to be there.
LEAVES = [Operation("hang_up", ({"type": "websocket.disconnect", "code": 4001},)), RECEIVE_IT]
BODY = Operation("send", ({"type": "websocket.http.response.body"},))
CLOSE = Operation("close", (4000, "enough"))
situations: st.SearchStrategy[list[Operation]] = st.sampled_from(
    [
        [],
        [CONNECT, RECEIVE_IT],
        [CONNECT, ACCEPT],
        LEAVES,
        [CONNECT, RECEIVE_IT, *LEAVES],
        [CONNECT, ACCEPT, *LEAVES],
        [CONNECT, ACCEPT, CLOSE],
        [CONNECT, ACCEPT, CLOSE, *LEAVES],
        [CONNECT, CLOSE],
        [CONNECT, DENY],
        [CONNECT, DENY, BODY],
    ]
)
moves = mixture((1, exchanges), (2, single))
answers_to_connect = mixture(
    (1, accepts), (4, bad_accepts), (2, denials), (1, bad_closes), (2, raw_sends)
)
things_to_say = mixture((1, sends), (2, bad_sends), (2, closes), (2, bad_closes), (2, raw_sends))
