"""Random conversations: after every single operation, the connection is where the contract says.

Each operation runs against the WebSocket, which talks to a strict server, and against the model,
which reads the same script. A coroutine is driven by hand: where it waits for the server it is
cancelled, which must lose nothing.
"""

import logging
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given

from lilyaref.lifecycle import WebSocketState
from lilyaref.websockets import WebSocket
from tests.properties.driving import Task
from tests.properties.examples import count
from tests.properties.model import ENDED, Expected, Model, Raises, Returns
from tests.properties.server import Heard, Server
from tests.properties.strategies import (
    ACCEPT,
    CONNECT,
    OFFERED,
    SECRET,
    Operation,
    answers_to_connect,
    conversations,
    extensions,
    failures,
    moves,
    situations,
    things_to_say,
)


class Picture(NamedTuple):
    """What can be seen of a connection after an operation."""

    client_state: WebSocketState
    application_state: WebSocketState
    close_code: int | None
    close_reason: str | None
    subprotocol: str | None
    heard: list[Heard]
    arriving: int
    cleaned: list[object]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Cleanups that raise are logged, thousands of times."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def attempted(work: Coroutine[Any, Any, Any]) -> Task:
    """*work*, done: where it waits it is cancelled."""
    task = Task(work)
    task.run()
    task.cancel()
    assert task.done
    return task


def fits(task: Task, expected: Expected) -> bool:
    match expected:
        case Raises():
            return expected.matches(task.error)
        case Returns():
            return task.error is None and expected.matches(task.value)
    return task.cancelled


class Conversation:
    """A connection and its model, which do the same and are compared after each operation."""

    def __init__(self, extensions: dict[str, Any] | None, failures: dict[int, Exception]) -> None:
        self.server = Server(OFFERED, extensions, failures)
        self.websocket = WebSocket(self.server.scope, self.server.receive, self.server.send)
        self.model = Model(OFFERED, bool(extensions), failures)
        self.iterators: dict[tuple[Any, ...], AsyncIterator[Any]] = {}
        self.cleaned: list[object] = []

    def go_on(self, operation: Operation) -> None:
        if operation.name in ("arrive", "hang_up"):
            for queue in (self.server.arriving, self.model.arriving):
                if operation.name == "hang_up":
                    queue.clear()
                queue.append(operation.args[0])
            return
        task = attempted(self._perform(operation))
        picture = self._picture()
        assert SECRET not in str(task.error), f"{operation} tells the payload: {task.error}"
        allowed = []
        for model, expected in self.model.attempts(lambda model: perform(model, operation)):
            if fits(task, expected) and picture == picture_of(model):
                self.model = model
                return
            allowed.append((expected, picture_of(model)))
        pytest.fail(f"{operation}: {task.error or task.value!r}, {picture}\nallowed is: {allowed}")

    async def _perform(self, operation: Operation) -> Any:
        name, args = operation.name, operation.args
        if name == "iterate":
            return await self._step(*args)
        if name == "add_cleanup":
            args[0].log = self.cleaned
            return self.websocket.add_cleanup(*args)
        return await getattr(self.websocket, name)(*args)

    async def _step(self, kind: str, again: bool, *mode: Any) -> Any:
        iterator = (kind, *mode)
        if not again or iterator not in self.iterators:
            self.iterators[iterator] = nothing()  # should the call itself raise
            self.iterators[iterator] = getattr(self.websocket, f"iter_{kind}")(*mode)
        return await anext(self.iterators[iterator], ENDED)

    def _picture(self) -> Picture:
        websocket, server = self.websocket, self.server
        assert websocket.close_code.__class__ in (int, None.__class__)
        return Picture(
            websocket.client_state,
            websocket.application_state,
            websocket.close_code,
            websocket.close_reason,
            websocket.subprotocol,
            server.heard,
            len(server.arriving),
            self.cleaned,
        )


async def nothing() -> AsyncIterator[Any]:
    """An iterator that has ended."""
    for never in list[Any]():
        yield never


def perform(model: Model, operation: Operation) -> Any:
    return getattr(model, operation.name)(*operation.args)


def picture_of(model: Model) -> Picture:
    return Picture(
        model.client,
        model.application,
        model.code,
        model.reason,
        model.subprotocol,
        model.heard,
        len(model.arriving),
        model.cleaned,
    )


def converse(
    extensions: dict[str, Any] | None,
    failures: dict[int, Exception],
    operations: list[Operation],
) -> None:
    count()
    conversation = Conversation(extensions, failures)
    for operation in operations:
        conversation.go_on(operation)
    assert conversation.server.fouls == []


@given(extensions, failures, conversations)
def test_a_conversation_is_at_every_moment_where_the_contract_says(
    extensions: dict[str, Any] | None,
    failures: dict[int, Exception],
    operations: list[Operation],
) -> None:
    converse(extensions, failures, operations)


@given(extensions, situations, moves, moves)
def test_every_operation_in_every_situation_does_what_the_contract_says(
    extensions: dict[str, Any] | None,
    situation: list[Operation],
    move: list[Operation],
    another: list[Operation],
) -> None:
    converse(extensions, {}, [*situation, *move, *another])


@given(extensions, moves, moves)
def test_what_is_left_after_a_loss_can_be_read_and_nothing_can_be_sent(
    extensions: dict[str, Any] | None, move: list[Operation], another: list[Operation]
) -> None:
    loss = [CONNECT, ACCEPT, Operation("send_text", (SECRET,))]
    converse(extensions, {2: ConnectionResetError()}, [*loss, *move, *another])


@given(extensions, answers_to_connect, things_to_say)
def test_every_value_is_sent_as_the_contract_says_or_refused(
    extensions: dict[str, Any] | None, answer: Operation, thing: Operation
) -> None:
    converse(extensions, {}, [CONNECT, answer])
    converse(extensions, {}, [CONNECT, ACCEPT, thing])
