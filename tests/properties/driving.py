"""Coroutines driven by hand: nothing runs by itself, so nothing happens by accident."""

from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from types import coroutine
from typing import Any

import pytest


@coroutine
def turn() -> Generator[None, None, None]:
    """Wait until the test drives this coroutine on."""
    yield


class Cancelled(BaseException):
    """As asyncio and trio throw it into whoever waits."""


class Task:
    """A coroutine that goes on when it is told to."""

    def __init__(self, work: Coroutine[Any, Any, Any]) -> None:
        self.work = work
        self.done = False
        self.value: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Go on until it waits, returns or raises."""
        self._go_on(lambda: self.work.send(None))

    def cancel(self) -> None:
        """Cancel whatever it waits for; what it does about that may take more runs."""
        self._go_on(lambda: self.work.throw(Cancelled()))

    def close(self) -> None:
        """Give it up, started or not."""
        with suppress(Exception, pytest.fail.Exception):  # what it tries now does not count
            self.work.close()

    @property
    def cancelled(self) -> bool:
        return isinstance(self.error, Cancelled)

    def _go_on(self, step: Callable[[], object]) -> None:
        if self.done:
            return
        try:
            step()
        except StopIteration as stop:
            self.done, self.value = True, stop.value
        except (Exception, Cancelled) as error:
            self.done, self.error = True, error


def finished(work: Coroutine[Any, Any, Any]) -> Task:
    """*work*, which needs to wait for nothing."""
    task = Task(work)
    task.run()
    assert task.done
    return task
