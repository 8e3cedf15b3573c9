from collections.abc import Iterator
from contextlib import contextmanager

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream


class Room:
    """What one member says, all hear. Nobody waits for a member that is slow."""

    def __init__(self, backlog: int = 16) -> None:
        self.backlog = backlog  # messages that may wait for one member
        self._members: set[MemoryObjectSendStream[str]] = set()

    @contextmanager
    def subscribe(self) -> Iterator[MemoryObjectReceiveStream[str]]:
        """What is said from now on. It ends for a member that falls behind."""
        member, messages = anyio.create_memory_object_stream[str](self.backlog)
        self._members.add(member)
        with member, messages:
            try:
                yield messages
            finally:
                self._members.discard(member)

    def publish(self, text: str) -> None:
        for member in [*self._members]:
            try:
                member.send_nowait(text)
            except anyio.WouldBlock:
                self._members.discard(member)
                member.close()  # what already waits can still be read
