"""Responses to refuse a connection with."""

import json
import math
from http import HTTPStatus
from typing import Any

import pytest

from lilyaref.responses import JSONResponse, Response
from lilyaref.types import Message
from tests.scripted import CONNECT, Server, run

TEXT = (b"content-type", b"text/plain; charset=utf-8")


def sent_by(response: Response, kind: str) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("a response has nothing to read")

    async def send(message: Message) -> None:
        sent.append(message)

    run(response({"type": kind}, receive, send))
    return sent


@pytest.mark.parametrize(("kind", "prefix"), [("http", ""), ("websocket", "websocket.")])
def test_a_response_answers_in_the_form_of_its_scope(kind: str, prefix: str) -> None:
    assert sent_by(Response("grüße", 401, {"X-A": "1"}), kind) == [
        {
            "type": f"{prefix}http.response.start",
            "status": 401,
            "headers": [(b"x-a", b"1"), (b"content-length", b"7"), TEXT],
        },
        {"type": f"{prefix}http.response.body", "body": "grüße".encode(), "more_body": False},
    ]


@pytest.mark.parametrize(
    ("response", "status", "headers", "body"),
    [
        pytest.param(Response(), 200, [(b"content-length", b"0"), TEXT], b"", id="empty"),
        pytest.param(
            Response(b"\xff"), 200, [(b"content-length", b"1"), TEXT], b"\xff", id="bytes"
        ),
        pytest.param(
            Response(b"", headers=[("Content-Type", "image/png")]),
            200,
            [(b"content-type", b"image/png"), (b"content-length", b"0")],
            b"",
            id="a media type among the headers",
        ),
        pytest.param(
            Response(media_type=None), 200, [(b"content-length", b"0")], b"", id="no media type"
        ),
        pytest.param(
            Response(headers=[("set-cookie", "b=1"), ("Set-Cookie", "a=2")], media_type=None),
            200,
            [(b"set-cookie", b"b=1"), (b"set-cookie", b"a=2"), (b"content-length", b"0")],
            b"",
            id="two cookies",
        ),
        pytest.param(Response("x", 204, media_type=None), 204, [], b"", id="204"),
        pytest.param(
            Response("x", HTTPStatus.NOT_MODIFIED, media_type=None), 304, [], b"", id="304"
        ),
        pytest.param(
            JSONResponse({"é": [1, None]}, 401, {"x": "y"}),
            401,
            [
                (b"x", b"y"),
                (b"content-length", b"15"),
                (b"content-type", b"application/json"),
            ],
            '{"é":[1,null]}'.encode(),
            id="JSON",
        ),
    ],
)
def test_a_response_is_complete_when_it_is_made(
    response: Response, status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    start, end = sent_by(response, "http")
    assert (start["status"], start["headers"], end["body"]) == (status, headers, body)
    assert type(start["status"]) is int
    assert response.status_code == status


def test_a_json_response_can_be_read_again() -> None:
    response = JSONResponse(["ü", 1.5])
    assert json.loads(response.body) == ["ü", 1.5]
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param({"status_code": 199}, ValueError, id="status"),
        pytest.param({"status_code": 600}, ValueError, id="high status"),
        pytest.param({"status_code": "401"}, TypeError, id="status as text"),
        pytest.param({"status_code": True}, TypeError, id="status as bool"),
        pytest.param({"headers": {"a": "b\r\nc: d"}}, ValueError, id="header"),
        pytest.param({"headers": {"a b": "c"}}, ValueError, id="header name"),
        pytest.param({"headers": {"a": 1}}, TypeError, id="header as number"),
        pytest.param({"content": "\ud800"}, ValueError, id="surrogate"),
        pytest.param({"content": None}, TypeError, id="None"),
        pytest.param({"content": 5}, TypeError, id="number"),
        pytest.param({"media_type": "text/plain\r\nx: y"}, ValueError, id="media type"),
        pytest.param({"media_type": "text/€"}, ValueError, id="media type beyond latin-1"),
    ],
)
def test_a_response_that_no_server_may_be_given_cannot_be_made(
    arguments: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        Response(**arguments)


@pytest.mark.parametrize(("content", "error"), [(math.nan, ValueError), ({1, 2}, TypeError)])
def test_what_json_has_not_cannot_be_a_response(content: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        JSONResponse(content)


def test_what_a_middleware_adds_to_one_answer_is_not_in_the_next() -> None:
    response = Response("x")
    before = [*sent_by(response, "http")[0]["headers"]]
    sent_by(response, "http")[0]["headers"].append((b"set-cookie", b"of=ana"))
    assert sent_by(response, "http")[0]["headers"] == before


def test_a_response_can_deny_two_connections() -> None:
    response = Response("no", 403)
    for _ in range(2):
        server = Server(CONNECT)
        run(server.websocket().send_denial_response(response))
        assert [message.get("status") for message in server.sent] == [403, None]
        assert server.sent[0]["headers"] == [TEXT, (b"content-length", b"2")]
        assert server.sent[1]["body"] == b"no"
