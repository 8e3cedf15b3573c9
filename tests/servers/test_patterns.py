"""The programs of `learn/many-clients.md` behind every server, each with real clients.

They are the files of docs_src, less patient: `programs.py` says how much.
"""

import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from websockets.sync.client import ClientConnection

from tests.servers.stacks import (
    DAPHNE,
    DEADLINE,
    HYPERCORN_ASYNCIO,
    HYPERCORN_TRIO,
    UVICORN_SANSIO,
    Server,
    Stack,
)
from tests.servers.talk import Talk, heard

# Where a client that reads nothing is not dropped while it stays: Daphne takes whatever is sent to
# it, and on Hypercorn's trio worker a send that waits cannot be cancelled.
PATIENT = (DAPHNE, HYPERCORN_TRIO)
QUIETLY = {"ended": "quietly"}


def visit(server: Server, program: str, path: str = "") -> tuple[Talk, ClientConnection]:
    """A conversation with a program, and the client's end of it."""
    talk = Talk(server, program)
    return talk, talk.connect(f"programs/{program}/{path}", compression=None)


def close_of(client: ClientConnection) -> tuple[int, str]:
    """The close code and reason that end what *client* hears."""
    heard(client, 1000)  # more than any program here says before it closes
    return client.close_code or 0, client.close_reason or ""


def goodbye(server: Server, code: int, reason: str) -> tuple[int, str]:
    """What a client hears of a close: Daphne sends no reason, and only the codes above 3000."""
    if server.stack == DAPHNE:
        return code if code >= 3000 else 1011, ""
    return code, reason


# ── Two directions at once ──────────────────────────────────────────────────────────────────────


def test_an_application_receives_while_it_sends(server: Server) -> None:
    talk, client = visit(server, "receive_while_sending")
    with client:
        client.send("Lily")
        messages = heard(client, 20)
    assert "Hello, Lily!" in messages
    assert [word for word in messages if word != "Hello, Lily!"] == [*map(str, range(1, 20))]
    assert talk.recorded() == QUIETLY


def test_a_sender_that_also_receives_learns_that_the_client_has_left(server: Server) -> None:
    talk, client = visit(server, "stop_when_the_client_leaves")
    with client:
        assert heard(client, 1) == ["The lilies are in flower"]
        for _ in range(20):  # unread, these would hide the client from some servers
            client.send("What?")
        client.close()
    assert talk.recorded() == QUIETLY


def test_it_learns_it_as_well_of_a_client_that_vanishes(server: Server) -> None:
    talk = Talk(server, "vanish")
    with talk.raw("programs/stop_when_the_client_leaves/"):
        pass
    assert talk.recorded() == QUIETLY


# ── A room ──────────────────────────────────────────────────────────────────────────────────────


def test_what_one_member_of_a_room_says_all_hear(server: Server) -> None:
    talks, members = zip(*(visit(server, "talk_in_a_room") for _ in range(5)), strict=True)
    with ExitStack() as stack:
        for member in members:
            stack.enter_context(member)
        for number, member in enumerate(members):
            member.send(f"I am {number}")
            assert [heard(other, 1) for other in members] == [[f"I am {number}"]] * len(members)
    assert [talk.recorded() for talk in talks] == [QUIETLY] * len(talks)


def test_a_member_that_reads_nothing_is_dropped_and_the_others_do_not_wait(server: Server) -> None:
    ana, client = visit(server, "talk_in_a_room")
    slow = Talk(server, "slow")
    with slow.raw("programs/talk_in_a_room/") as raw, client:
        text = "lily" * 25_000
        start = time.monotonic()
        for _ in range(100):  # 10 MB, which is more than any socket holds
            client.send(text)
            assert client.recv(timeout=DEADLINE) == text
        assert time.monotonic() - start < DEADLINE / 2
        if server.stack not in PATIENT:
            assert slow.recorded() == QUIETLY
            while raw.recv(1 << 20):  # then comes the end of the TCP connection
                pass
        client.send("Still there")
        assert client.recv(timeout=DEADLINE) == "Still there"
    assert slow.recorded() == QUIETLY
    assert ana.recorded() == QUIETLY


# ── Time ────────────────────────────────────────────────────────────────────────────────────────


def test_a_client_that_answers_stays(server: Server) -> None:
    talk, client = visit(server, "keep_in_touch")
    with client:
        end = time.monotonic() + 0.4  # longer than a silent one may stay
        while time.monotonic() < end:
            assert client.recv(timeout=DEADLINE) == "still there?"
            client.send("still here")
    assert talk.recorded() == QUIETLY


def test_a_client_that_does_not_answer_is_told_so(server: Server) -> None:
    talk, client = visit(server, "keep_in_touch")
    with client:
        assert close_of(client) == goodbye(server, 4001, "silent for too long")
    assert talk.recorded() == QUIETLY


def test_an_answer_that_does_not_come_is_not_waited_for(server: Server) -> None:
    talk, client = visit(server, "give_up_waiting")
    with client:
        assert close_of(client) == goodbye(server, 4002, "no name in time")
    assert talk.recorded() == QUIETLY


# ── Work ────────────────────────────────────────────────────────────────────────────────────────


def test_work_goes_on_while_messages_are_read_and_only_so_much_may_wait(server: Server) -> None:
    talk, client = visit(server, "work_while_reading")
    with client:
        for number in range(50):
            client.send(str(number))
        answers = heard(client, 50)
    done = [answer for answer in answers if "times" in str(answer)]
    assert done[:8] == [f"{n} times {n} is {n * n}" for n in range(8)]
    assert "Too busy for 49" in answers
    assert talk.recorded() == QUIETLY


# ── The end ─────────────────────────────────────────────────────────────────────────────────────


def test_every_conversation_can_be_ended_at_once(server: Server) -> None:
    talks, clients = zip(*(visit(server, "end_every_conversation") for _ in range(5)), strict=True)
    with ExitStack() as stack:
        for client in clients:
            stack.enter_context(client)
            client.send("Hello")
            assert heard(client, 1) == ["You said: Hello"]
        with visit(server, "end_every_conversation", "restart")[1] as operator:
            heard(operator)
        ends = [close_of(client) for client in clients]
    assert ends == [goodbye(server, 1012, "back in a minute")] * len(clients)
    # Daphne raises an error of its own for 1012.
    ended = "Exception" if server.stack == DAPHNE else "quietly"
    assert [talk.recorded() for talk in talks] == [{"ended": ended}] * len(talks)


@pytest.mark.parametrize(
    ("stack", "options"),
    [
        pytest.param(UVICORN_SANSIO, "", id="told of a disconnect"),
        pytest.param(
            *(HYPERCORN_ASYNCIO, "--graceful-timeout 0"),
            id="cancelled on asyncio",
            marks=pytest.mark.skipif(
                sys.version_info >= (3, 12),
                reason="there it waits for its last client, and ends without a word",
            ),
        ),
        # A worker of its own: without one, hypercorn leaves the signal to trio, which knows none.
        pytest.param(HYPERCORN_TRIO, "--workers 1 --graceful-timeout 0", id="cancelled on trio"),
    ],
)
def test_what_must_be_saved_is_saved_when_the_server_stops(
    stack: Stack, options: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")  # the program prints
    server = Server(stack, tmp_path, options=options)
    try:
        server.wait_until_ready()
        with visit(server, "save_on_the_way_out")[1] as client:
            client.send("The lilies")
            client.send("are in flower")
            assert heard(client, 2) == ["Line 1", "Line 2"]
            server.process.terminate()
            server.process.wait(DEADLINE)
    finally:
        server.stop()
    assert "Saved 2 lines" in server.log.read_text("utf-8")
