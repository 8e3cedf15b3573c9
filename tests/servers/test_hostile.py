"""Clients that mean harm, behind every server, and the programs of `learn/security.md`.

Each of them ends as the page says, and whoever else is there does not notice.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection

from tests.servers.stacks import (
    DAPHNE,
    DEADLINE,
    UVICORN_SANSIO,
    UVICORN_WSPROTO,
    Server,
)
from tests.servers.talk import Talk, heard
from tests.servers.test_patterns import PATIENT, QUIETLY, close_of, goodbye, visit

TOKEN = "lily-7d0e2b64"
ACCOUNT = "guard_the_origin"


@pytest.fixture
def somebody_else(server: Server) -> Iterator[None]:
    """An honest client that is there all the time, and is answered before and afterwards."""
    with visit(server, "bear_three_mistakes")[1] as client:
        ask(client, "before")
        yield
        ask(client, "afterwards")


beside_somebody_else = pytest.mark.usefixtures("somebody_else")


def ask(client: ClientConnection, word: str) -> None:
    client.send(f'"{word}"')
    assert heard(client, 1) == [f'{{"you said":"{word}"}}']


def ended(server: Server, code: int) -> dict[str, str]:
    """How an application ends that closes with *code*: Daphne raises for those below 3000."""
    return {"ended": "Exception"} if server.stack == DAPHNE and code < 3000 else QUIETLY


# ── Who may connect ─────────────────────────────────────────────────────────────────────────────


def status_of(server: Server, program: str, *headers: bytes) -> int:
    """The status of the answer to a handshake with these headers."""
    with Talk(server, program).knock(f"programs/{program}/", *headers) as raw:
        return int(raw.recv(4096).split()[1])


@pytest.mark.parametrize(
    "origin",
    [
        b"https://evil.example",
        b"https://example.com.evil.example",
        b"https://example.com/",
        b"null",
        "https://ex\u00e4mple.com".encode("latin-1"),
    ],
    ids=["evil", "longer", "slash", "null", "not ascii"],
)
def test_a_page_with_another_origin_is_refused(server: Server, origin: bytes) -> None:
    cookie = b"Cookie: session=5c1f"
    assert status_of(server, ACCOUNT, cookie, b"Origin: https://example.com") == 101
    assert status_of(server, ACCOUNT, cookie, b"Origin: " + origin) == 403


def test_a_handshake_with_two_origins_is_refused(server: Server) -> None:
    origins = (b"Origin: https://example.com", b"Origin: https://evil.example")
    # Uvicorn refuses it as malformed before anybody is asked.
    status = 400 if server.stack == UVICORN_SANSIO else 403
    assert status_of(server, ACCOUNT, b"Cookie: session=5c1f", *origins) == status


def test_a_client_without_an_origin_is_refused_unless_programs_are_let_in(server: Server) -> None:
    token = b"Authorization: Bearer " + TOKEN.encode()
    assert status_of(server, ACCOUNT, b"Cookie: session=5c1f") == 403
    assert status_of(server, "let_programs_in", token) == 101
    assert status_of(server, "let_programs_in", token, b"Origin: https://evil.example") == 403


@pytest.mark.parametrize("header", [b"Bearer a-guess", b"Basic bGlseTo=", b"Bearer", b"\xff"])
def test_a_client_with_a_false_token_is_refused(server: Server, header: bytes) -> None:
    status = 403 if server.stack == DAPHNE else 401
    assert status_of(server, "ask_for_a_token", b"Authorization: " + header) == status


def test_a_ticket_is_good_for_nothing_once_it_was_logged(server: Server) -> None:
    talk = Talk(server, "ticket")
    with pytest.raises(InvalidStatus) as refusal:
        talk.connect("programs/take_a_ticket/", {"ticket": "a-used-ticket"}).__enter__()
    assert refusal.value.response.status_code == (403 if server.stack == DAPHNE else 401)
    if server.stack in (UVICORN_SANSIO, UVICORN_WSPROTO):
        server.wait_for(lambda: "a-used-ticket" in talk.log, "the query in the log")


# ── What they do once they are in ───────────────────────────────────────────────────────────────


@beside_somebody_else
def test_a_client_that_says_nothing_is_not_waited_for(server: Server) -> None:
    talk, client = visit(server, "say_it_first")
    with client:
        assert close_of(client) == goodbye(server, 4401, "no valid token")
    assert talk.recorded() == QUIETLY


@beside_somebody_else
@pytest.mark.parametrize("said", ["a guess", "", b"\xff\x00"], ids=["guess", "empty", "bytes"])
def test_a_client_that_says_something_else_than_a_token_is_told_so(
    server: Server, said: str | bytes
) -> None:
    talk, client = visit(server, "say_it_first")
    with client:
        client.send(said)
        assert close_of(client) == goodbye(server, 4401, "no valid token")
    assert talk.recorded() == QUIETLY


@beside_somebody_else
def test_a_client_that_sends_garbage_for_ever_is_borne_three_times(server: Server) -> None:
    talk, client = visit(server, "bear_three_mistakes")
    answers: list[str | bytes] = []
    with client:
        with suppress(ConnectionClosed):
            while len(answers) < 1000:
                client.send("{[garbage\x00")
                answers.append(client.recv(timeout=DEADLINE))
        assert close_of(client) == goodbye(server, 1008, "too many mistakes")
    assert answers == ['{"error":"This is not JSON."}'] * 3
    assert talk.recorded() == ended(server, 1008)


@beside_somebody_else
def test_a_client_that_sends_without_a_pause_is_read_at_the_rate_of_the_application(
    server: Server,
) -> None:
    talk, client = visit(server, "limit_the_rate")
    with client:
        start = time.monotonic()
        for _ in range(100):  # of which 50 are free, and the others take 2 ms each
            client.send("lily")
        assert heard(client, 100) == ["You said: lily"] * 100
        assert time.monotonic() - start > 0.09
    assert talk.recorded() == QUIETLY


@beside_somebody_else
def test_a_client_that_sends_16_MiB_is_told_that_it_is_too_much(server: Server) -> None:
    talk, client = visit(server, "limit_the_size")
    with client:
        with suppress(ConnectionClosed):
            client.send("x" * (16 << 20))
        # Daphne ends the connection by itself, beyond 1 MiB.
        told = (1006, "") if server.stack == DAPHNE else (1009, "at most 1000 characters")
        assert close_of(client) == told
    assert talk.recorded() == QUIETLY


def test_a_server_that_is_told_so_keeps_a_large_message_from_the_application(
    tmp_path: Path,
) -> None:
    server = Server(UVICORN_SANSIO, tmp_path, options="--ws-max-size 65536")
    try:
        server.wait_until_ready()
        talk, client = visit(server, "stop_when_the_client_leaves")
        with client:
            client.send("x" * 65_537)
            assert close_of(client)[0] == 1009
        assert talk.recorded() == QUIETLY
        server.wait_for(lambda: "The client has left: 1009" in talk.log, "the program's last word")
    finally:
        server.stop()


@beside_somebody_else
def test_a_client_that_talks_and_never_reads_is_dropped(server: Server) -> None:
    talk = Talk(server, "talker")
    with talk.raw("programs/talk_in_a_room/") as raw:
        data = Frame(Opcode.TEXT, b"lily" * 25_000).serialize(mask=True)
        with suppress(OSError):
            for _ in range(200):
                raw.sendall(data)
        if server.stack not in PATIENT:
            assert talk.recorded() == QUIETLY
    assert talk.recorded() == QUIETLY
