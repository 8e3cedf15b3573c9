from docs_src.frames.read_frames import frames
from lilyaref.types import Message


def disconnect(wire: bytes) -> Message:
    [frame] = frames(wire)
    code = int.from_bytes(frame.payload[:2], "big") if frame.payload else 1005
    reason = frame.payload[2:].decode()
    return {"type": "websocket.disconnect", "code": code, "reason": reason}
