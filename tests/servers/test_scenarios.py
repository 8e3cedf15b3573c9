"""The same conversations behind every server stack, each with a real client.

A test's name is what is promised. Where a server shows through, `expectations.py` says how and why.
Only one side closes each conversation: what is met does not depend on who was quicker.
"""

import re
from contextlib import ExitStack

from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection

from tests.servers.expectations import DIFFERENCES
from tests.servers.http2 import converse
from tests.servers.stacks import DEADLINE, HOST
from tests.servers.talk import Talk, heard, sentence

LEFT = "WebSocketDisconnect(no code, '')"


def without_code(words: str) -> str:
    """1005 or 1006: servers do not agree on which of the two a missing close code is."""
    return re.sub(r"\b100[56]\b", "no code", words)


def frame(opcode: Opcode, data: bytes, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=True)


# ── What is known when the connection begins ────────────────────────────────────────────────────


def test_the_path_arrives_decoded_and_in_the_URL_as_it_travelled(talk: Talk) -> None:
    with talk.connect("see/caf%C3%A9/a%20b/c%2Fd") as client:
        heard(client)
    assert talk.recorded("path", "url_path", "url") == talk.expected(
        path="/see/café/a b/c/d",
        url_path="/see/caf%C3%A9/a%20b/c%2Fd",
        url=talk.url("see/caf%C3%A9/a%20b/c%2Fd"),
    )


def test_the_query_arrives_decoded_and_with_every_value(talk: Talk) -> None:
    with talk.connect("see", {"q": "caf%C3%A9+com+leite&q=ch%C3%A1", "empty": ""}) as client:
        heard(client)
    assert talk.recorded("query") == talk.expected(
        query=[["q", "café com leite"], ["q", "chá"], ["empty", ""]]
    )


def test_a_header_arrives_under_its_name_in_any_case(talk: Talk) -> None:
    with talk.connect("see", headers={"X-fLoWeR": "lily"}) as client:
        heard(client)
    assert talk.recorded("flowers") == talk.expected(flowers=["lily"])


def test_a_header_that_is_sent_twice_arrives_with_both_values(talk: Talk) -> None:
    with talk.knock("see", b"X-Flower: lily", b"X-Flower: rose"):
        assert talk.recorded("flowers") == talk.expected(flowers=["lily", "rose"])


def test_a_header_outside_ASCII_arrives(talk: Talk) -> None:
    with talk.knock("see", "X-Flower: lírio".encode("latin-1")):
        assert talk.recorded("flowers") == talk.expected(flowers=["lírio"])


def test_the_cookies_of_one_header_arrive(talk: Talk) -> None:
    with talk.connect("see", headers={"Cookie": 'user=ana; theme="dark"'}) as client:
        heard(client)
    assert talk.recorded("cookies") == talk.expected(cookies={"user": "ana", "theme": "dark"})


def test_the_cookies_of_two_headers_arrive(talk: Talk) -> None:
    with talk.knock("see", b"Cookie: user=ana", b"Cookie: theme=dark"):
        assert talk.recorded("cookies") == talk.expected(cookies={"user": "ana", "theme": "dark"})


def test_the_address_of_the_client_arrives(talk: Talk) -> None:
    with talk.knock("see") as raw:
        assert talk.recorded("client") == talk.expected(client=[*raw.getsockname()])


def test_the_offered_subprotocols_arrive_in_order_and_without_gaps(talk: Talk) -> None:
    with talk.knock("see", b"Sec-WebSocket-Protocol: chat.v2, chat.v1 ,,mqtt"):
        assert talk.recorded("subprotocols") == talk.expected(
            subprotocols=["chat.v2", "chat.v1", "mqtt"]
        )


def test_what_the_lifespan_has_stored_is_in_the_state(talk: Talk) -> None:
    with talk.connect("see") as client:
        heard(client)
    assert talk.recorded("greeting") == talk.expected(greeting="Welcome")


# ── Opening ─────────────────────────────────────────────────────────────────────────────────────


def test_the_headers_of_accept_reach_the_client(talk: Talk) -> None:
    with talk.connect("accept_with_a_dict") as client:
        answer = client.response
        heard(client)
    assert answer is not None
    flower = answer.headers.get("x-flower")
    assert {"flower": flower, **talk.recorded()} == talk.expected(flower="lily")


def test_two_cookies_of_accept_reach_the_client(talk: Talk) -> None:
    with talk.connect("accept_with_two_cookies") as client:
        answer = client.response
        heard(client)
    assert answer is not None
    cookies = answer.headers.get_all("set-cookie")
    assert {"cookies": cookies, **talk.recorded()} == talk.expected(cookies=["a=1", "b=2"])


def test_an_offered_subprotocol_is_agreed_on(talk: Talk) -> None:
    offer = ["chat.v1", "chat.v2"]
    with talk.connect("accept_a_subprotocol", subprotocols=offer) as client:
        heard(client)
        agreed = client.subprotocol
    assert {"agreed": agreed, **talk.recorded()} == talk.expected(
        agreed="chat.v2", subprotocol="chat.v2"
    )


def test_a_subprotocol_nobody_offered_is_refused_before_it_is_sent(talk: Talk) -> None:
    offer = ["chat.v1", "chat.v2"]
    with talk.connect("accept_an_unoffered_subprotocol", subprotocols=offer) as client:
        heard(client)
        agreed = client.subprotocol
    assert {"agreed": agreed, **talk.recorded()} == talk.expected(
        agreed="chat.v2", unoffered="ValueError"
    )


def test_a_header_with_a_line_break_is_refused_before_it_is_sent(talk: Talk) -> None:
    with talk.connect("accept_a_header_with_a_line_break") as client:
        answer = client.response
        got = heard(client)
    assert answer is not None
    cookie = answer.headers.get("set-cookie")
    assert {"got": got, "cookie": cookie, **talk.recorded()} == talk.expected(
        got=["Still here"], cookie=None, line_break="ValueError"
    )


def test_a_second_accept_is_refused_and_the_connection_goes_on(talk: Talk) -> None:
    with talk.connect("accept_twice") as client:
        got = heard(client)
    assert {"got": got, **talk.recorded()} == talk.expected(
        got=["Still here"], second="WebSocketRuntimeError"
    )


def test_sending_and_receiving_before_accept_is_refused(talk: Talk) -> None:
    with talk.connect("begin_before_accepting") as client:
        got = heard(client)
    refused = "WebSocketRuntimeError"
    assert {"got": got, **talk.recorded()} == talk.expected(
        got=["Now"], send=refused, receive=refused, iterate=refused
    )


def test_both_states_follow_the_connection(talk: Talk) -> None:
    with talk.connect("follow_the_states") as client:
        heard(client)
    assert talk.recorded() == talk.expected(
        states=[
            ["CONNECTING", "CONNECTING"],
            ["CONNECTED", "CONNECTING"],
            ["CONNECTED", "CONNECTED"],
            ["CONNECTED", "DISCONNECTED"],
            ["DISCONNECTED", "DISCONNECTED"],
        ]
    )


# ── Conversing ──────────────────────────────────────────────────────────────────────────────────


def exchange(client: ClientConnection, *messages: str | bytes) -> list[str | bytes]:
    """What comes back for each message."""
    answers = []
    for message in messages:
        client.send(message)
        answers.append(client.recv(timeout=DEADLINE))
    return answers


def test_the_first_program_answers_as_its_transcript_says(talk: Talk) -> None:
    with talk.connect("echo") as client:
        got = exchange(client, "Hello", "Goodbye")
    assert {"got": got, **talk.recorded()} == talk.expected(
        got=["You said: Hello", "You said: Goodbye"]
    )


def test_bytes_come_back_as_they_were_sent(talk: Talk) -> None:
    with talk.connect("echo_bytes") as client:
        got = exchange(client, bytes(range(256)))
    assert {"got": got, **talk.recorded()} == talk.expected(got=[bytes(range(256))])


def test_JSON_travels_in_text_and_in_binary_messages(talk: Talk) -> None:
    with talk.connect("echo_json") as client:
        got = [*exchange(client, '{"flor": ["lírio", 1.5]}', '["东"]'.encode()), *heard(client)]
    assert {"got": got, **talk.recorded()} == talk.expected(
        got=['{"flor":["lírio",1.5]}', '["东"]'.encode()]
    )


def test_raw_messages_carry_a_whole_conversation(talk: Talk) -> None:
    with talk.connect("echo_raw") as client:
        got = exchange(client, "text", b"bytes")
    assert {"got": got, **talk.recorded()} == talk.expected(
        got=["text", b"bytes"],
        kinds=[
            "websocket.connect",
            "websocket.receive",
            "websocket.receive",
            "websocket.disconnect",
        ],
    )


def test_empty_messages_reach_the_application(talk: Talk) -> None:
    with talk.connect("receive_empty_messages") as client:
        client.send("")
        client.send(b"")
        heard(client)
    assert talk.recorded() == talk.expected(text="", bytes="")


def test_empty_messages_reach_the_client(talk: Talk) -> None:
    with talk.connect("send_empty_messages") as client:
        got = heard(client)
    assert {"got": got, **talk.recorded()} == talk.expected(got=["", b"", "That was all"])


def test_everything_that_lends_bytes_can_be_sent(talk: Talk) -> None:
    with talk.connect("send_whatever_lends_bytes") as client:
        got = heard(client)
    assert {"got": got, **talk.recorded()} == talk.expected(got=[b"bytearray", b"memoryview"])


def test_a_message_in_fragments_arrives_as_one(talk: Talk) -> None:
    with talk.raw("receive_one_text") as raw:
        raw.sendall(frame(Opcode.TEXT, b"cora\xc3", fin=False))  # half of a letter
        raw.sendall(frame(Opcode.PING, b"between"))
        raw.sendall(frame(Opcode.CONT, b"\xa7", fin=False))
        raw.sendall(frame(Opcode.CONT, "ão".encode()))
        assert talk.recorded() == talk.expected(text="coração")


def test_a_message_of_900_kB_reaches_the_application(talk: Talk) -> None:
    with talk.connect("receive_a_large_message", compression=None) as client:
        client.send("x" * 900_000)
        heard(client)
    assert talk.recorded() == talk.expected(length=900_000)


def test_a_message_of_2_MB_reaches_the_application(talk: Talk) -> None:
    with talk.connect("receive_a_large_message", compression=None) as client:
        client.send("x" * 2_000_000)
        heard(client)
    assert talk.recorded() == talk.expected(length=2_000_000)


def test_a_message_of_900_kB_reaches_the_client(talk: Talk) -> None:
    with talk.connect("send_a_large_message", {"size": "900000"}, compression=None) as client:
        got = [len(message) for message in heard(client, 1)]
    assert {"got": got, **talk.recorded()} == talk.expected(got=[900_000])


def test_a_message_of_2_MB_reaches_the_client(talk: Talk) -> None:
    with talk.connect("send_a_large_message", {"size": "2000000"}, compression=None) as client:
        got = [len(message) for message in heard(client, 1)]
    assert {"got": got, **talk.recorded()} == talk.expected(got=[2_000_000])


def test_what_cannot_be_sent_is_refused_and_the_connection_goes_on(talk: Talk) -> None:
    with talk.connect("send_what_cannot_be_sent") as client:
        got = heard(client)
    assert {"got": got, **talk.recorded()} == talk.expected(
        got=["Still here"],
        bytes_as_text="TypeError",
        text_as_bytes="TypeError",
        lone_surrogate="ValueError",
        nan="ValueError",
        nothing="ValueError",
    )


def test_a_message_of_the_wrong_kind_is_told_and_the_connection_goes_on(talk: Talk) -> None:
    with talk.connect("meet_the_wrong_kind") as client:
        for message in (b"bytes", "text", b"{}", "the right kind"):
            client.send(message)
        got = heard(client)
    wrong = "WebSocketDataError"
    assert {"got": got, **talk.recorded()} == talk.expected(
        got=["the right kind"], text=wrong, bytes=wrong, json=wrong
    )


def test_bad_JSON_is_told_and_the_connection_goes_on(talk: Talk) -> None:
    with talk.connect("meet_bad_json") as client:
        client.send('{"flower": ')
        client.send('{"flower":"lily"}')
        got = heard(client)
    assert {"got": got, **talk.recorded()} == talk.expected(
        got=['{"flower":"lily"}'], bad="InvalidJSON"
    )


def test_what_20_tasks_send_at_once_arrives_whole(talk: Talk) -> None:
    with talk.connect("send_from_many_tasks") as client:
        got = sorted(map(str, heard(client, 20)))
    assert {"got": got, **talk.recorded()} == talk.expected(
        got=[letter * 20_000 for letter in "abcdefghijklmnopqrst"]
    )


def test_one_task_receives_while_another_one_sends(talk: Talk) -> None:
    with talk.connect("talk_over_each_other") as client:
        for number in range(20):
            client.send(str(number))
        got = heard(client)
    numbers = [str(number) for number in range(20)]
    assert {"sent": got, **talk.recorded()} == talk.expected(sent=numbers, got=numbers)


def test_a_receive_that_is_cancelled_while_it_waits_loses_nothing(talk: Talk) -> None:
    numbers = [str(number) for number in range(20)]
    with talk.connect("cancel_receiving") as client:
        for number in numbers:
            assert client.recv(timeout=DEADLINE) == "Your turn"
            client.send(number)
        heard(client)
    assert talk.recorded() == talk.expected(got=numbers)


def test_a_slow_reader_gets_everything_in_order(talk: Talk) -> None:
    with talk.connect("send_to_a_slow_reader", compression=None) as client:
        talk.wait_for("begun")
        got = heard(client, 64)
    assert got == [bytes([number]) * 100_000 for number in range(64)]
    assert talk.recorded("begun") == talk.expected(begun=True)


def test_ten_clients_at_once_get_their_own_answers(talk: Talk) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(talk.connect("say_who_is_there")) for _ in range(10)]
        for number, client in enumerate(clients):
            client.send(f"Client {number}")
        got = [heard(client) for client in clients]
    assert got == [[f"Client {number} is there"] for number in range(10)]
    assert talk.recorded() == talk.expected()


# ── The client leaves ───────────────────────────────────────────────────────────────────────────


def test_closing_after_the_loop_is_quiet_if_the_client_left_first(talk: Talk) -> None:
    with talk.connect("echo"):
        pass
    assert talk.recorded() == talk.expected()


def test_the_close_code_and_reason_of_the_client_arrive(talk: Talk) -> None:
    with talk.connect("meet_the_end") as client:
        client.close(3001, "até já")
    assert talk.recorded() == talk.expected(got=[], gone="WebSocketDisconnect(3001, 'até já')")


def test_a_client_that_closes_without_a_code_has_left(talk: Talk) -> None:
    with talk.raw("meet_the_end") as raw:
        raw.sendall(frame(Opcode.CLOSE, b""))
        facts = talk.recorded()
    assert {**facts, "gone": without_code(facts["gone"])} == talk.expected(got=[], gone=LEFT)


def test_a_client_that_vanishes_has_left(talk: Talk) -> None:
    with talk.raw("meet_the_end"):
        pass
    facts = talk.recorded()
    assert {**facts, "gone": without_code(facts["gone"])} == talk.expected(got=[], gone=LEFT)


def test_what_a_client_sends_before_it_leaves_arrives_first(talk: Talk) -> None:
    with talk.connect("meet_the_end") as client:
        for number in range(20):
            client.send(str(number))
    assert talk.recorded("got") == talk.expected(got=[str(number) for number in range(20)])


def test_a_client_that_leaves_before_accept_is_noticed(talk: Talk) -> None:
    with talk.knock("accept_late"):
        talk.wait_for("waiting")
    talk.go_on()
    facts = talk.recorded("news", "close")
    assert {**facts, "news": without_code(facts["news"])} == talk.expected(news=LEFT, close=None)


def test_a_client_that_leaves_before_accept_can_be_waited_for(talk: Talk) -> None:
    with talk.knock("listen_before_accepting"):
        talk.wait_for("waiting")
    talk.go_on()
    facts = talk.recorded("last", "accept")
    assert facts == talk.expected(
        last="websocket.disconnect", accept="WebSocketDisconnected(1006, '')"
    )


def test_after_the_client_left_nothing_is_sent_and_nothing_waits(talk: Talk) -> None:
    with talk.connect("use_after_the_client_left") as client:
        client.close(3001)
    facts = talk.recorded()
    gone = f"WebSocketDisconnected({facts.pop('code')}, '')"
    assert facts == talk.expected(
        accept=gone,
        send=gone,
        send_raw=gone,
        receive=gone,
        receive_raw=gone,
        deny=gone,
        iterate=[],
        close=None,
        close_again=None,
    )


def test_sending_tells_that_the_client_has_left(talk: Talk) -> None:
    with talk.raw("send_before_reading_the_end") as raw:
        raw.sendall(frame(Opcode.CLOSE, (3001).to_bytes(2, "big")))
        talk.go_on()
        assert talk.recorded("send", "receive", "close") == talk.expected(
            send="WebSocketDisconnect(1006, '')",
            receive="WebSocketDisconnect(3001, '')",
            close=None,
        )


def test_closing_is_quiet_although_the_client_has_just_left(talk: Talk) -> None:
    with talk.raw("close_before_reading_the_end") as raw:
        raw.sendall(frame(Opcode.CLOSE, (3001).to_bytes(2, "big")))
        talk.go_on()
        assert talk.recorded("close") == talk.expected(close=None)


def test_sending_ends_if_the_client_reads_nothing_and_leaves(talk: Talk) -> None:
    with talk.raw("send_until_it_is_told"):
        talk.wait_for("begun")
        talk.go_on()  # while it is served, the other connection fills up
    facts = talk.recorded("news")
    assert {**facts, "news": without_code(facts["news"])} == talk.expected(news=LEFT)


def test_cleanups_run_when_the_client_leaves(talk: Talk) -> None:
    with talk.connect("clean_up_after_the_client"):
        pass
    assert talk.recorded() == talk.expected(done=["the table", "the room"])


# ── The application leaves ──────────────────────────────────────────────────────────────────────


def test_the_program_of_the_first_lesson_says_hello_and_closes(talk: Talk) -> None:
    with talk.connect("say_hello") as client:
        got = [*heard(client), client.close_code]
    assert {"got": got, **talk.recorded()} == talk.expected(got=["Hello, WebSocket!", 1000])


def test_the_close_code_and_reason_of_the_application_arrive_last(talk: Talk) -> None:
    with talk.connect("close_with_a_reason") as client:
        facts = {"got": heard(client), "code": client.close_code, "reason": client.close_reason}
    assert {**facts, **talk.recorded()} == talk.expected(
        got=[str(number) for number in range(10)], code=4001, reason="até já"
    )


def test_a_close_code_may_be_given_by_name(talk: Talk) -> None:
    with talk.connect("close_with_a_name") as client:
        heard(client)
        code = client.close_code
    assert {"code": code, **talk.recorded()} == talk.expected(code=1000)


def test_the_client_is_told_that_the_application_goes_away(talk: Talk) -> None:
    with talk.connect("go_away") as client:
        heard(client)
        code = client.close_code
    assert {"code": code, **talk.recorded()} == talk.expected(code=1001)


def test_a_code_or_reason_that_may_not_travel_is_refused(talk: Talk) -> None:
    with talk.connect("close_in_ways_that_may_not_be") as client:
        facts = {"got": heard(client), "code": client.close_code}
    assert {**facts, **talk.recorded()} == talk.expected(
        got=["Still here"],
        code=4001,
        abnormal="ValueError",
        yes="TypeError",
        long_reason="ValueError",
        long_in_utf8="ValueError",
    )


def test_a_second_close_is_a_mistake(talk: Talk) -> None:
    with talk.connect("close_twice") as client:
        heard(client)
        code = client.close_code
    assert {"code": code, **talk.recorded()} == talk.expected(
        code=4001, second="WebSocketDisconnected(4001, '')"
    )


def test_after_closing_nothing_is_sent_and_nothing_waits(talk: Talk) -> None:
    with talk.connect("use_after_closing") as client:
        got = heard(client)
    closed = "WebSocketDisconnected(4001, '')"
    assert {"got": got, **talk.recorded()} == talk.expected(
        got=[], send=closed, receive=closed, iterate=[], accept=closed
    )


def test_after_closing_the_closing_disconnect_can_be_read_once(talk: Talk) -> None:
    with talk.connect("listen_after_closing") as client:
        heard(client)
    assert talk.recorded() == talk.expected(
        first="websocket.disconnect", second="WebSocketDisconnected(4001, 'até já')", code=4001
    )


def test_cleanups_run_when_the_application_closes_and_only_then(talk: Talk) -> None:
    with talk.connect("clean_up_after_closing") as client:
        heard(client)
    done = ["the table", "the room"]
    assert talk.recorded() == talk.expected(done=done, done_at_last=done)


def test_an_application_that_fails_tells_the_client_1011(talk: Talk) -> None:
    with talk.connect("fail") as client:
        heard(client)
        code = client.close_code
    assert {"code": code, **talk.recorded()} == talk.expected(code=1011, ended="LookupError")


# ── Refusing ────────────────────────────────────────────────────────────────────────────────────


def test_close_before_accept_refuses_with_403_and_nothing_waits(talk: Talk) -> None:
    status = talk.refused("refuse").status_code
    refused = "WebSocketDisconnected(1000, '')"
    assert {"status": status, **talk.recorded()} == talk.expected(
        status=403, accept=refused, receive=refused, send=refused, close=refused
    )


def test_a_denial_arrives_with_its_status_body_and_headers(talk: Talk) -> None:
    response = talk.refused("deny")
    facts = {
        "status": response.status_code,
        "body": response.body.decode() if response.status_code == 401 else None,
        "flower": response.headers.get("x-flower"),
    }
    denied = "WebSocketDisconnected(1006, '')"
    assert {**facts, **talk.recorded()} == talk.expected(
        status=401,
        body="Quem és?",
        flower="lily",
        denied=None,
        accept=denied,
        receive=denied,
        close=denied,
    )


def test_a_denial_without_content_arrives(talk: Talk) -> None:
    response = talk.refused("deny_without_content")
    facts = {"status": response.status_code, "body": response.body}
    assert {**facts, **talk.recorded()} == talk.expected(status=204, body=b"")


def test_a_streamed_denial_of_any_framework_arrives_whole(talk: Talk) -> None:
    response = talk.refused("deny_in_pieces")
    facts = {
        "status": response.status_code,
        "body": response.body if response.status_code == 429 else None,
        "retry": response.headers.get("retry-after"),
    }
    assert {**facts, **talk.recorded()} == talk.expected(
        status=429, body=b"Come back later", retry="7"
    )


def test_refusing_a_client_that_has_left_is_quiet(talk: Talk) -> None:
    with talk.knock("refuse_late"):
        talk.wait_for("waiting")
    talk.go_on()
    assert talk.recorded("ended") == talk.expected()


# ── Routing ─────────────────────────────────────────────────────────────────────────────────────


def test_a_mounted_route_knows_its_parameters_and_its_neighbours(talk: Talk) -> None:
    with talk.connect("rooms/caf%C3%A9/7") as client:
        heard(client)
    assert talk.recorded() == talk.expected(
        params={"room": "café", "seat": 7},
        next_seat=f"ws://{HOST}:{talk.server.port}/rooms/sala/8",
    )


def test_a_route_that_returns_closes_with_1000(talk: Talk) -> None:
    with talk.connect("rooms/sala/7") as client:
        heard(client)
        code = client.close_code
    assert {"code": code, **talk.recorded("ended")} == talk.expected(code=1000)


def test_a_route_that_fails_closes_with_1011(talk: Talk) -> None:
    with talk.connect("rooms/fail") as client:
        heard(client)
        code = client.close_code
    assert {"code": code, **talk.recorded()} == talk.expected(code=1011, ended="LookupError")


def test_a_route_that_fails_before_accept_refuses_with_403(talk: Talk) -> None:
    status = talk.refused("rooms/fail_early").status_code
    assert {"status": status, **talk.recorded()} == talk.expected(status=403, ended="LookupError")


def test_a_path_that_nobody_serves_is_refused_with_404(talk: Talk) -> None:
    status = talk.refused("rooms/nowhere").status_code
    assert {"status": status, **talk.recorded()} == talk.expected(status=404)


def test_an_endpoint_closes_with_1003_on_the_wrong_kind_of_message(talk: Talk) -> None:
    with talk.connect("rooms/texts_only") as client:
        client.send(b"bytes")
        heard(client)
        code = client.close_code
    assert {"code": code, **talk.recorded()} == talk.expected(code=1003, on_disconnect=1003)


# ── HTTP/2 ──────────────────────────────────────────────────────────────────────────────────────


def test_the_first_program_answers_over_HTTP_2_as_well(talk: Talk) -> None:
    got = converse(talk.server.port, talk.target("echo"), "Hello", "Goodbye")
    ended = talk.recorded()["ended"] if isinstance(got, list) else None
    assert {"got": got, "ended": ended} == talk.expected(
        got=["You said: Hello", "You said: Goodbye", "closed with 1000"]
    )


# ── The table of differences ────────────────────────────────────────────────────────────────────


def test_every_difference_belongs_to_a_scenario() -> None:
    scenarios = {sentence(name) for name in globals() if name.startswith("test_")}
    assert {difference.scenario for difference in DIFFERENCES} <= scenarios
