"""Denial responses: our own, those of other frameworks, and those that make a mistake.

Each knows what the model must: `status`, `headers` and `body`, the kinds of error that it is
`wrong` with, and the error `itself` where it raises one.
"""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from multidict import MultiDict

from lilyaref.codes import CloseCode
from lilyaref.exceptions import WebSocketRuntimeError
from lilyaref.responses import JSONResponse, Response
from lilyaref.types import Receive, Scope, Send
from tests.properties import rules
from tests.properties.rules import Kinds, Pair


class Boom(Exception):
    """An error of somebody else's."""


@dataclass
class Foreign:
    """A response as other frameworks send it, in any number of pieces."""

    prefix: str
    status: Any = 401
    headers: list[Pair] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=lambda: [b"no"])
    mistake: str = ""
    itself: Exception | None = None

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def wrong(self) -> Kinds:
        if self.itself:
            return (type(self.itself),)
        if self.mistake == "does not end":
            return (WebSocketRuntimeError,)
        malformed = rules.wrong_pairs(rules.normal(self.headers))
        return rules.wrong_status(self.status) or ((ValueError,) if malformed else ())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"status": self.status, "headers": self.headers}
        await send({"type": f"{self.prefix}.start", **start})
        if self.itself:
            raise self.itself
        for chunk in self.chunks:
            await send({"type": f"{self.prefix}.body", "body": chunk, "more_body": True})
        if self.mistake != "does not end":
            await send({"type": f"{self.prefix}.body"})


@dataclass
class Ours:
    """A response of our own, and what a server must hear of it."""

    response: Response
    status: int
    body: bytes
    headers: list[Pair]
    wrong: Kinds = ()
    itself: Exception | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.response(scope, receive, send)


@dataclass
class NoResponse:
    """What is no response at all."""

    status: int = 401
    headers: list[Pair] = field(default_factory=list)
    body: bytes = b""
    wrong: Kinds = (TypeError,)
    itself: Exception | None = None


COOKIES = MultiDict([("X-Own", "1"), ("Set-Cookie", "a=1"), ("set-cookie", "b=2")])
PLAIN = (b"content-type", b"text/plain; charset=utf-8")
JSON = (b"content-type", b"application/json")

ours = st.sampled_from(
    [
        Ours(Response("no", 403), 403, b"no", [PLAIN]),
        Ours(Response(b"", 204, media_type=None), 204, b"", []),
        Ours(Response("é", 401, COOKIES), 401, "é".encode(), [*rules.normal(COOKIES), PLAIN]),
        Ours(JSONResponse({"error": "é"}, 404), 404, '{"error":"é"}'.encode(), [JSON]),
    ]
)
prefixes = st.sampled_from(["http.response", "websocket.http.response"])
statuses = st.sampled_from([200, 204, 304, 401, 599, CloseCode.NORMAL_CLOSURE, 99, 101, 600, "401"])
good_headers = st.sampled_from(
    [[], [(b"X-Own", b"1"), (b"x-own", b"2")], [(b"content-length", b"99")]]
)
bad_headers = st.sampled_from([[(b"x own", b"1")], [(b"x", b"a\r\nb: c")]])
answers = st.one_of(
    ours,
    st.builds(Foreign, prefixes, statuses, good_headers, st.lists(st.binary(), max_size=3)),
    st.builds(Foreign, prefixes, headers=bad_headers),
    st.builds(Foreign, prefixes, mistake=st.just("does not end")),
    st.builds(Foreign, prefixes, itself=st.builds(Boom)),
    st.builds(NoResponse),
)
