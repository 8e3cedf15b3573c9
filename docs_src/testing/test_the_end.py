import pytest

from docs_src.testing.app import app
from lilyaref.testclient import TestClient, WebSocketDenialResponse


def test_a_large_number_ends_the_conversation() -> None:
    with TestClient(app).websocket_connect("/double?token=lily") as session:
        session.send_json(100)
        session.expect_close(4000, "Too large")


def test_a_stranger_is_refused() -> None:
    client = TestClient(app)
    with pytest.raises(WebSocketDenialResponse) as denial, client.websocket_connect("/double"):
        pass
    assert denial.value.status_code == 401
    assert denial.value.text == "Who are you?"
