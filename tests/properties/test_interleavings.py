"""Several tasks on one connection, stepped in every order that hypothesis thinks of.

The model knows no order, so this is what holds in all of them: the server hears only legal
messages, one task says goodbye, nothing that arrived is lost, no state comes back, and each
operation ends as documented. A task may be cancelled wherever it waits.
"""

from collections.abc import Coroutine
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lilyaref.exceptions import WebSocketDisconnect, WebSocketDisconnected, WebSocketRuntimeError
from lilyaref.lifecycle import WebSocketState
from lilyaref.responses import Response
from lilyaref.types import Message
from lilyaref.websockets import WebSocket
from tests.properties.driving import Cancelled, Task, finished, turn
from tests.properties.examples import count
from tests.properties.server import BODY, CLOSE, SEND, Server, is_loss
from tests.properties.strategies import failures

DISCONNECTED = WebSocketState.DISCONNECTED
RANK = {state: rank for rank, state in enumerate(WebSocketState)}
CONNECT: Message = {"type": "websocket.connect"}
LEFT: Message = {"type": "websocket.disconnect", "code": 4001, "reason": "bye"}
CLOSING: Message = {"type": "websocket.close", "code": 4000, "reason": "enough"}
ENDS = {None, 1006, 4000, 4001}  # not yet, lost or denied, closed, left


@dataclass
class Note:
    """How one operation ended."""

    name: str
    text: str
    error: BaseException | None = None


class World:
    """A connection, its server, and the tasks that share it: one reads, the others do not."""

    def __init__(
        self, programs: list[str], reading: str, opened: bool, failures: dict[int, Exception]
    ) -> None:
        shifted = {number + opened: error for number, error in failures.items()}
        self.server = Server([], {"websocket.http.response": {}}, shifted)
        self.websocket = WebSocket(self.server.scope, self.server.receive, self.server.send)
        self.notes: list[Note] = []
        self.brought: list[str] = []
        self.read: list[str] = []
        self.cleaned: list[str] = []
        self.states = [WebSocketState.CONNECTING, WebSocketState.CONNECTING]
        self.cleaning = False
        self.reading = reading
        assert finished(self._open(opened)).error is None
        self.server.slow = True
        self.tasks = [Task(self._program(place, name)) for place, name in enumerate(programs)]
        self.tasks.append(Task(self._read()))

    async def _open(self, opened: bool) -> None:
        self.websocket.add_cleanup(self._slowly_clean_up)
        self.websocket.add_cleanup(lambda: self.cleaned.append("at once"))
        self.server.arriving.append(CONNECT)
        await self.websocket.receive()
        if opened:
            await self.websocket.accept()

    async def _slowly_clean_up(self) -> None:
        self.cleaned.append("slowly")
        self.cleaning = True
        await turn()
        self.cleaning = False

    # --- What the tasks do -----------------------------------------------------------------------

    async def _program(self, place: int, name: str) -> None:
        websocket = self.websocket
        match name:
            case "accept":
                await self._note(name, websocket.accept())
            case "send":
                for text in (f"{place}a", f"{place}b"):
                    await self._note(name, websocket.send_text(text), text)
            case "close":
                await self._note(name, websocket.close(4000, "enough"))
            case "raw close":
                await self._note(name, websocket.send(dict(CLOSING)))
            case "deny":
                await self._note(name, websocket.send_denial_response(Response("no", 401)))

    async def _read(self) -> None:
        while await self._note(self.reading, self._read_once()):
            pass

    async def _read_once(self) -> None:
        match self.reading:
            case "receive_text":
                self.read.append(await self.websocket.receive_text())
            case "receive":
                message = await self.websocket.receive()
                self.read += [message["text"]] if "text" in message else []
            case "iter_text":
                async for text in self.websocket.iter_text():
                    self.read.append(text)
                await self.websocket.receive_text()  # It has ended: this one says so.

    async def _note(self, name: str, work: Coroutine[Any, Any, None], text: str = "") -> bool:
        """Await *work* and note how it ends; whether it ended well."""
        note = Note(name, text)
        self.notes.append(note)
        try:
            await work
        except Cancelled as error:
            note.error = error
            raise
        except Exception as error:
            note.error = error
            self._expect_documented(note)
        return note.error is None

    # --- What happens, step by step --------------------------------------------------------------

    def go_on(self, step: str, place: int) -> None:
        task = self.tasks[place % len(self.tasks)]
        match step:
            case "run":
                task.run()
            case "cancel" if not self.cleaning:
                task.cancel()
            case "bring":
                self.brought.append(f"t{len(self.brought)}")
                text = {"type": "websocket.receive", "text": self.brought[-1]}
                self.server.arriving.append(text)
            case "read":
                if self.tasks[-1].done:  # cancelled, or too early
                    self.tasks[-1] = Task(self._read())
                self.tasks[-1].run()
        self._look()

    def finish(self) -> None:
        """The client leaves, and every task comes to its end."""
        self.server.arriving.append(LEFT)
        for _ in range(50):
            for task in self.tasks:
                task.run()
                self._look()
        assert all(task.done for task in self.tasks)
        self._look_back()

    def close(self) -> None:
        for task in self.tasks:
            task.close()

    # --- What must hold --------------------------------------------------------------------------

    def _look(self) -> None:
        """At any moment: no state has come back, and exactly an ended connection has a code."""
        states = [self.websocket.client_state, self.websocket.application_state]
        for before, after in zip(self.states, states, strict=True):
            assert RANK[before] <= RANK[after], f"{before} has become {after}"
        self.states = states
        assert self.websocket.close_code in ENDS
        assert (self.websocket.close_code is not None) == self._ended
        assert self.server.fouls == []
        for task in self.tasks:
            if task.error is not None and not task.cancelled:
                raise task.error

    @property
    def _ended(self) -> bool:
        return DISCONNECTED in (self.websocket.client_state, self.websocket.application_state)

    def _expect_documented(self, note: Note) -> None:
        """*note* has an error: which ones may it be, as things stand now?"""
        kind, failures = type(note.error), self.server.failures.values()
        if isinstance(note.error, WebSocketDisconnect):
            assert note.error.code == self.websocket.close_code
            assert kind is WebSocketDisconnected or note.error.__cause__ in (None, *failures)
            assert note.name != "close" or self._goodbyes == 1
        elif kind is WebSocketRuntimeError:
            assert not self._ended
        else:
            assert note.error in failures
            assert not (note.error and is_loss(note.error))

    @property
    def _goodbyes(self) -> int:
        return sum(message[0] in (CLOSE, BODY) for message in self.server.heard)

    def _look_back(self) -> None:
        """After all: what was sent was heard and what was brought was read, once each."""
        heard = [message[1][1] for message in self.server.heard if message[0] == SEND]
        assert len(set(heard)) == len(heard)
        for note in self.notes:
            if note.name == "send" and not isinstance(note.error, Cancelled):
                refused = type(note.error) in (WebSocketDisconnected, WebSocketRuntimeError)
                assert (note.text in heard) == (not refused), note
        waiting = [event["text"] for event in self.server.arriving if "text" in event]
        assert self.read + waiting == self.brought
        assert self._goodbyes <= 1
        assert self.cleaned == (["slowly", "at once"] if self._ended else [])


programs = st.lists(
    st.sampled_from(["accept", "send", "send", "close", "close", "raw close", "deny"]), max_size=4
)
steps = st.lists(
    st.tuples(
        st.sampled_from(["run"] * 6 + ["read"] * 3 + ["bring"] * 2 + ["cancel"]), st.integers(0, 4)
    ),
    max_size=40,
)


@given(
    programs,
    st.sampled_from(["receive_text", "receive", "iter_text"]),
    st.booleans(),
    failures,
    steps,
)
def test_tasks_that_share_a_connection_keep_it_legal_in_every_order(
    programs: list[str],
    reading: str,
    opened: bool,
    failures: dict[int, Exception],
    steps: list[tuple[str, int]],
) -> None:
    count()
    with closing(World(programs, reading, opened, failures)) as world:
        for step, place in steps:
            world.go_on(step, place)
        world.finish()


@given(st.integers(0, 3), st.integers(0, 3))
def test_cancelling_a_cleanup_leaves_none_of_the_others_out(slow: int, at_once: int) -> None:
    count()
    cleaned: list[str] = []

    async def slowly() -> None:
        cleaned.append("slowly")
        await turn()

    server = Server([], None, {})
    websocket = WebSocket(server.scope, server.receive, server.send)
    server.arriving.append(CONNECT)
    for _ in range(slow):
        websocket.add_cleanup(slowly)
    for _ in range(at_once):
        websocket.add_cleanup(lambda: cleaned.append("at once"))
    task = Task(websocket.close())
    task.run()
    task.cancel()
    for _ in range(slow):
        task.run()
    assert task.done
    assert cleaned == ["slowly"] * slow + ["at once"] * at_once
