"""The five errors: their family, their texts and their numbers."""

import copy
import json
import pickle
from enum import IntEnum

import pytest

from lilyaref import exceptions
from lilyaref.codes import CloseCode
from lilyaref.exceptions import (
    InvalidJSON,
    WebSocketDataError,
    WebSocketDisconnect,
    WebSocketDisconnected,
    WebSocketRuntimeError,
)

SECRET = "correct-horse-battery-staple"


class Number(IntEnum):
    PRIVATE = 4000


@pytest.mark.parametrize(
    ("error", "parents"),
    [
        pytest.param(WebSocketDisconnect, (Exception,), id="disconnect"),
        pytest.param(WebSocketRuntimeError, (RuntimeError,), id="runtime"),
        pytest.param(
            WebSocketDisconnected, (WebSocketDisconnect, WebSocketRuntimeError), id="disconnected"
        ),
        pytest.param(WebSocketDataError, (ValueError,), id="data"),
        pytest.param(InvalidJSON, (WebSocketDataError, json.JSONDecodeError), id="json"),
    ],
)
def test_the_tree_is_the_one_that_the_docstring_draws(
    error: type[Exception], parents: tuple[type[Exception], ...]
) -> None:
    assert error.__bases__ == parents
    drawn = (exceptions.__doc__ or "").splitlines()
    assert any(f"── {error.__name__} " in line for line in drawn)


def test_there_are_five_names() -> None:
    own = [
        name
        for name, value in vars(exceptions).items()
        if isinstance(value, type) and value.__module__ == exceptions.__name__
    ]
    assert len(own) == 5


@pytest.mark.parametrize("kind", [WebSocketDisconnect, WebSocketDisconnected])
def test_a_disconnect_needs_no_arguments(kind: type[WebSocketDisconnect]) -> None:
    error = kind()
    assert (error.code, error.reason) == (1000, "")
    assert "1000 (normal closure)" in str(error)
    assert error.args[:2] == (1000, "")


@pytest.mark.parametrize("kind", [WebSocketDisconnect, WebSocketDisconnected])
def test_a_disconnect_has_a_plain_code_and_a_text_as_reason(
    kind: type[WebSocketDisconnect],
) -> None:
    error = kind(Number.PRIVATE, None)
    assert (error.code, error.reason) == (4000, "")
    assert type(error.code) is int


@pytest.mark.parametrize("kind", [WebSocketDisconnect, WebSocketDisconnected])
def test_the_text_of_a_disconnect_says_the_code_and_not_the_clients_reason(
    kind: type[WebSocketDisconnect],
) -> None:
    text = str(kind(1006, SECRET))
    assert "1006 (abnormal closure)" in text
    assert SECRET not in text


def test_a_use_after_the_end_explains_itself() -> None:
    error = WebSocketDisconnected(code=1001, reason="bye", explanation="close() came too late")
    assert str(error) == "close() came too late"
    assert (error.code, error.reason) == (1001, "bye")
    assert error.args == (1001, "bye", "close() came too late")


def test_a_data_error_suggests_a_close_code() -> None:
    assert WebSocketDataError("x").close_code is CloseCode.UNSUPPORTED_DATA
    error = WebSocketDataError("x", CloseCode.INVALID_FRAME_PAYLOAD_DATA)
    assert error.close_code == 1007
    assert str(error) == "x"


def test_invalid_json_points_to_the_mistake_and_does_not_show_it() -> None:
    document = f'{{\n"{SECRET}" 1}}'
    error = InvalidJSON("It is not JSON.", "Expecting ':' delimiter", document, 5)
    assert str(error) == "It is not JSON."
    assert (error.msg, error.doc, error.pos) == ("Expecting ':' delimiter", document, 5)
    assert (error.lineno, error.colno) == (2, 4)
    assert error.close_code == 1003
    assert SECRET not in repr(error)


def test_invalid_json_needs_only_its_explanation() -> None:
    error = InvalidJSON("It is not JSON.")
    assert (error.msg, error.doc, error.pos) == ("", "", 0)


@pytest.mark.parametrize(
    "error",
    [
        WebSocketDisconnect(1001, "bye"),
        WebSocketDisconnected(1001, "bye", "too late"),
        WebSocketRuntimeError("out of order"),
        WebSocketDataError("kind", CloseCode.INVALID_FRAME_PAYLOAD_DATA),
        InvalidJSON("text", "msg", "doc", 1, CloseCode.INVALID_FRAME_PAYLOAD_DATA),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_survives_pickling_and_copying(error: Exception) -> None:
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert vars(other) == vars(error)
