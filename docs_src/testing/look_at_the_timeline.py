from docs_src.testing.app import app
from lilyaref.testclient import TestClient


def timeline() -> list[str]:
    with TestClient(app).websocket_connect("/double?token=lily") as session:
        session.send_json(21)
        session.receive_json()
        session.close(1001)
    return [f"{entry.direction} {entry.message['type']}" for entry in session.messages]
