from docs_src.websockets.echo import app
from lilyaref.conversation import Entry
from lilyaref.testclient import TestClient


def conversation() -> list[Entry]:
    with TestClient(app).websocket_connect("/") as session:
        session.send_text("Hello")
        session.receive_text()
        session.close(1001, "tab closed")
    return session.messages
