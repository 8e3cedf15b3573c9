from collections.abc import Iterator
from typing import NamedTuple

OPCODES = {0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}


class Frame(NamedTuple):
    opcode: str
    final: bool
    payload: bytes


def frames(wire: bytes) -> Iterator[Frame]:
    while wire:
        final, opcode = wire[0] >= 128, OPCODES[wire[0] & 15]
        masked, length = wire[1] >= 128, wire[1] & 127
        start = 2 + {126: 2, 127: 8}.get(length, 0)
        length = length if start == 2 else int.from_bytes(wire[2:start], "big")
        key = wire[start : start + 4] if masked else bytes(4)
        start += 4 if masked else 0
        payload = wire[start : start + length]
        yield Frame(opcode, final, bytes(byte ^ key[n % 4] for n, byte in enumerate(payload)))
        wire = wire[start + length :]
