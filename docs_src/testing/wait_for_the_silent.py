from docs_src.testing.app import app
from lilyaref.testclient import ConversationTimeout, TestClient


def wait() -> str:
    try:
        with TestClient(app).websocket_connect("/silent", timeout=0.1) as session:
            session.receive_text()
    except ConversationTimeout as error:
        return str(error).splitlines()[0]
    return "It spoke"
