from docs_src.frames.read_frames import frames
from lilyaref.types import Message


def messages(wire: bytes) -> list[Message]:
    received: list[Message] = []
    kind, data = "", b""
    for frame in frames(wire):
        if frame.opcode in ("ping", "pong", "close"):
            continue  # the server answers them itself
        kind = kind if frame.opcode == "continuation" else frame.opcode
        data += frame.payload
        if frame.final:
            payload = {"text": data.decode()} if kind == "text" else {"bytes": data}
            received.append({"type": "websocket.receive", **payload})
            data = b""
    return received
