"""Close codes: their names, their numbers, and which of them may travel."""

from typing import Any, cast

import pytest

from lilyaref.codes import SENDABLE_TEXT, CloseCode, describe, is_sendable

# The names of Yaat's WebSocketCloseEvent, with the numbers of RFC 6455 §7.4.1 and the registry.
NAMES = {
    "NORMAL_CLOSURE": 1000,
    "GOING_AWAY": 1001,
    "PROTOCOL_ERROR": 1002,
    "UNSUPPORTED_DATA": 1003,
    "NO_STATUS_RECEIVED": 1005,
    "ABNORMAL_CLOSURE": 1006,
    "INVALID_FRAME_PAYLOAD_DATA": 1007,
    "POLICY_VIOLATION": 1008,
    "MESSAGE_TOO_BIG": 1009,
    "MISSING_EXTENSION": 1010,
    "INTERNAL_ERROR": 1011,
    "SERVICE_RESTART": 1012,
    "TRY_AGAIN_LATER": 1013,
    "BAD_GATEWAY": 1014,
    "TLS_HANDSHAKE": 1015,
}
BORDERS = [(1000, 1003), (1007, 1014), (3000, 4999)]


def test_there_are_fifteen_names() -> None:
    assert {code.name: int(code) for code in CloseCode} == NAMES


def test_1004_has_no_name_and_the_docstring_says_why() -> None:
    assert 1004 not in [*CloseCode]
    assert "1004" in (CloseCode.__doc__ or "")


@pytest.mark.parametrize("code", CloseCode)
def test_a_member_is_a_number_and_has_a_meaning(code: CloseCode) -> None:
    assert cast("Any", CloseCode)(int(code)) is code
    assert code.meaning in describe(code)
    assert describe(code).startswith(f"{int(code)} ")


@pytest.mark.parametrize("code", [-1, 0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65536])
def test_a_code_outside_the_three_ranges_may_not_travel(code: int) -> None:
    assert not is_sendable(code)


@pytest.mark.parametrize(("first", "last"), BORDERS)
def test_a_code_in_one_of_the_three_ranges_may_travel(first: int, last: int) -> None:
    assert is_sendable(first)
    assert is_sendable(last)
    assert f"{first}-{last}" in SENDABLE_TEXT


def test_members_know_whether_they_may_travel() -> None:
    assert [code.name for code in CloseCode if not code.sendable] == [
        "NO_STATUS_RECEIVED",
        "ABNORMAL_CLOSURE",
        "TLS_HANDSHAKE",
    ]


def test_a_code_without_a_name_is_described_by_its_number() -> None:
    assert describe(4000) == "4000"
    assert describe(1004) == "1004"
