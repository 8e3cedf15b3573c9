"""The harness of *Run*, in CPython: what it does to a program here, it does in a browser."""

import asyncio
import json
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from docs.assets.run.harness import Desk, Event, Program, SleepingLoop, plan, replay, talk
from docs.templates.run import needs
from tests.test_docs_src import DOCS_SRC, PROGRAMS

pytestmark = pytest.mark.anyio

NAMES = [path.relative_to(DOCS_SRC).with_suffix("").as_posix() for path in PROGRAMS]
RUNNABLE = [name for name in NAMES if not needs(name)]
ECHO = "websockets/echo"


@pytest.fixture
def anyio_backend() -> str:
    """As in a browser."""
    return "asyncio"


def program(name: str, edit: Callable[[str], str] = str) -> Program:
    path = DOCS_SRC / name
    source, transcript = (path.with_suffix(end).read_text("utf-8") for end in (".py", ".pycon"))
    return Program(name, edit(source), transcript)


CONNECTING = [name for name in RUNNABLE if plan(program(name)).connects]


def replayed(program: Program) -> list[Event]:
    events: list[Event] = []
    replay(program, events.append)
    return events


def messages(events: list[Event]) -> list[tuple[str, str, str]]:
    return [
        (event["direction"], event["type"], event["values"])
        for event in events
        if event["kind"] == "message"
    ]


async def talked(
    program: Program, *said: dict[str, Any], arguments: str | None = None
) -> list[Event]:
    """What happens while a reader says all of *said*, each when the application waits for it."""
    events: list[Event] = []
    inbox: asyncio.Queue[Any] = asyncio.Queue()

    async def read() -> None:
        for what in said:
            for _ in range(20):  # more turns of the loop than any of the programs needs
                await asyncio.sleep(0)
            inbox.put_nowait(what)

    async with asyncio.timeout(10):
        await asyncio.gather(talk(program, arguments, events.append, inbox), read())
    return events


def leave(code: int = 1000, reason: str = "") -> dict[str, Any]:
    return {"do": "close", "code": code, "reason": reason}


# --- Transcripts ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RUNNABLE)
def test_a_transcript_is_true_without_threads_and_sockets(
    name: str, monkeypatch: pytest.MonkeyPatch, ran: Counter[str]
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError("There is none in a browser.")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    *events, last = replayed(program(name))
    assert [event for event in events if event["kind"] == "answer" and not event["same"]] == []
    assert last["same"] == last["of"] > 0
    ran["programs that run in a browser"] += 1


async def test_a_transcript_is_true_inside_the_loop_of_a_browser() -> None:
    assert replayed(program(ECHO))[-1] == {"kind": "replayed", "same": 3, "of": 3}
    await asyncio.sleep(0)  # and the loop goes on


def test_the_timeline_of_a_transcript_is_told() -> None:
    assert messages(replayed(program(ECHO))) == [
        ("receive", "websocket.connect", ""),
        ("send", "websocket.accept", "headers=[]"),
        ("receive", "websocket.receive", "text='Hello'"),
        ("send", "websocket.send", "text='You said: Hello'"),
        ("receive", "websocket.receive", "text='Goodbye'"),
        ("send", "websocket.send", "text='You said: Goodbye'"),
        ("receive", "websocket.disconnect", "code=1000 reason=''"),
    ]


def test_an_edited_program_answers_differently() -> None:
    events = replayed(program(ECHO, lambda source: source.replace("You said", "I heard")))
    answer = next(event for event in events if event["kind"] == "answer" and not event["same"])
    assert answer["text"] == "'I heard: Hello'\n'I heard: Goodbye'\n"
    assert answer["expected"] == "'You said: Hello'\n'You said: Goodbye'\n"
    assert events[-1] == {"kind": "replayed", "same": 2, "of": 3}


def test_a_program_that_the_page_does_not_show_comes_from_its_file() -> None:
    assert replayed(program(ECHO, lambda source: ""))[-1]["same"] == 3


def test_an_edit_lasts_for_one_run() -> None:
    replayed(program(ECHO, lambda source: "app = None"))
    assert replayed(program(ECHO))[-1]["same"] == 3


def test_a_loop_that_waits_for_nothing_says_so() -> None:
    loop = SleepingLoop()
    with pytest.raises(RuntimeError, match="nothing is left that could happen"):
        loop.run_until_complete(loop.create_future())
    loop.close()


def test_the_plan_keeps_what_the_transcript_says() -> None:
    transcript = """
>>> from docs_src.chat import router
>>> with TestClient(router).websocket_connect("/", cookies=jar) as session:
...     session.send_text("Olá")
...     session.send_bytes(b"lily\\n\\xff")
...     session.send_json([1, 2])
...     session.send_json([3], mode="binary")
...     session.send_text(text)
>>> with TestClient(router).websocket_connect("/") as session:
...     session.send_text("of another connection")
"""
    says = plan(Program("chat", "", transcript)).says
    assert says == (
        ("text", "Olá"),
        ("bytes", r"lily\x0a\xff"),
        ("json", "[1, 2]"),
        ("bytes", "[3]"),
    )


# --- The reader's connection ------------------------------------------------------------------


@pytest.mark.parametrize("name", CONNECTING)
async def test_a_live_connection_begins_as_the_transcript_does(name: str) -> None:
    one = program(name)
    says = [{"do": kind, "data": data} for kind, data in plan(one).says]
    live = await talked(one, *says, leave())
    told = replayed(one)
    assert live[0]["kind"] == "plan"
    assert live[1]["kind"] == "connection"
    assert live[1] in told or "secrets" in one.source  # which is another one each time
    assert live[-1]["how"] in {"over", "refused", "error"}
    sent = answers(live)
    assert sent == answers(told)[: len(sent)]


def answers(events: list[Event]) -> list[tuple[str, str, str]]:
    """What the application sent to its clients; a lifespan ends when the reader leaves."""
    sent = [message for message in messages(events) if message[0] == "send"]
    return [message for message in sent if not message[1].startswith("lifespan.")]


async def test_a_typo_is_answered_with_the_line_of_the_program() -> None:
    typo = program(ECHO, lambda source: source.replace(".accept()", ".acept()"))
    *_, last = await talked(typo)
    assert last["how"] == "error"
    assert last["text"].splitlines()[:3] == [
        "Traceback (most recent call last):",
        f'  File "docs_src/{ECHO}.py", line 7, in app',
        "    await websocket.acept()",
    ]
    assert "'WebSocket' object has no attribute 'acept'" in last["text"]
    assert "lilyaref/" not in last["text"]


async def test_a_program_that_cannot_be_read_says_where() -> None:
    *_, last = await talked(program(ECHO, lambda source: source.replace("await", "wait", 1)))
    assert last["text"].startswith(f'  File "docs_src/{ECHO}.py", line 7')
    assert last["text"].endswith("SyntaxError: invalid syntax")


async def test_the_reader_says_text_json_and_bytes() -> None:
    events = await talked(
        program("websockets/receive_three_kinds"),
        {"do": "text", "data": "lírio"},
        {"do": "bytes", "data": r"\xff"},
        {"do": "json", "data": '{"petals": 6}'},
        leave(1001, "tab closed"),
    )
    assert [m[2] for m in messages(events) if m[0] == "receive"][1:4] == [
        "text='lírio'",
        r"bytes=b'\xff'",
        """text='{"petals":6}'""",
    ]


async def test_the_application_is_told_how_the_reader_leaves() -> None:
    events = await talked(program("websockets/clean_up"), leave(1006))
    assert ("receive", "websocket.disconnect", "code=1006 reason=''") in messages(events)
    assert {"kind": "print", "text": "Left the room, close code 1006"} in events
    assert events[-1] == {"kind": "end", "how": "over"}


async def test_the_reader_connects_otherwise() -> None:
    events = await talked(
        program("websockets/choose_a_subprotocol"), arguments='"/", subprotocols=["chat.v2"]'
    )
    assert ("send", "websocket.accept", "headers=[] subprotocol='chat.v2'") in messages(events)


@pytest.mark.parametrize("arguments", ["/", '"/" "', 'headers=["x"]', "1", '"ftp://lily/"'])
async def test_a_connection_that_cannot_be_made_says_why(arguments: str) -> None:
    *_, last = await talked(program(ECHO), arguments=arguments)
    assert last["how"] == "error"
    assert "Error" in last["text"].splitlines()[-1]


async def test_a_refusal_is_told_with_its_status() -> None:
    *_, denied = await talked(program("websockets/refuse_with_401"))
    assert denied == {"kind": "end", "how": "refused", "status": 401}
    *_, closed = await talked(program("websockets/refuse_with_403"), arguments='"/"')
    assert closed == {"kind": "end", "how": "refused", "status": 403}


async def test_a_mistake_after_a_refusal_is_an_error() -> None:
    *_, last = await talked(program("mistakes/accept_after_refusing"))
    assert "WebSocketDisconnected" in last["text"]


async def test_a_lifespan_surrounds_the_connection_as_in_the_transcript() -> None:
    events = await talked(program("routing/live_with_the_server"), leave())
    assert [event["text"] for event in events if event["kind"] == "print"] == [
        "The garden opens",
        "The garden closes",
    ]


async def test_an_application_that_forgets_to_close_is_told() -> None:
    forgetful = program(ECHO, lambda source: source.partition("    async for")[0])
    *_, last = await talked(forgetful)
    assert "The application has returned and left the connection open." in last["text"]


async def test_what_a_program_leaves_running_ends_with_it() -> None:
    forgetful = """
import asyncio
async def app(scope, receive, send):
    asyncio.get_running_loop().create_task(asyncio.sleep(3600), name="forgotten")
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close"})
"""
    *_, last = await talked(Program("forgetful", forgetful))
    assert last["how"] == "over"
    assert "forgotten" not in {task.get_name() for task in asyncio.all_tasks()}


# --- The desk ---------------------------------------------------------------------------------


async def test_the_page_runs_speaks_and_stops() -> None:
    sent: list[Event] = []
    more = asyncio.Event()

    def send(event: str) -> None:
        sent.append(json.loads(event))
        more.set()

    async def until(kind: str, **values: str) -> None:
        wanted = {"kind": kind, **values}
        while not any(wanted.items() <= event.items() for event in sent):
            more.clear()
            async with asyncio.timeout(5):
                await more.wait()

    desk = Desk(send)
    desk.take(json.dumps({"ask": "stop"}))  # nothing runs: nothing happens
    desk.take(json.dumps({"ask": "run", "program": program(ECHO)._asdict()}))
    await until("open")
    desk.take(json.dumps({"ask": "say", "do": "text", "data": "lily"}))
    await until("message", values="text='You said: lily'")
    desk.take(json.dumps({"ask": "stop"}))
    await until("end", how="stopped")


def test_a_program_that_connects_nowhere_is_run_by_its_transcript() -> None:
    sent: list[str] = []
    one = program("websockets/draw_the_lifecycle")
    Desk(sent.append).take(json.dumps({"ask": "run", "program": one._asdict()}))
    assert json.loads(sent[-1])["kind"] == "replayed"
