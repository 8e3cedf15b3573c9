from docs_src.testing.app import app
from lilyaref.testclient import TestClient


def test_a_number_is_doubled() -> None:
    with TestClient(app).websocket_connect("/double", params={"token": "lily"}) as session:
        session.send_json(21)
        assert session.receive_json() == 42
