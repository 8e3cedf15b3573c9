"""Programs of the documentation behind a real server, each below its name, and less patient.

`/patterns/room?talk=ID` is the program `docs_src/patterns/talk_in_a_room.py`.
"""

from docs_src.patterns import (
    end_every_conversation,
    give_up_waiting,
    keep_in_touch,
    receive_while_sending,
    save_on_the_way_out,
    stop_when_the_client_leaves,
    talk_in_a_room,
    work_while_reading,
)
from docs_src.security import (
    ask_for_a_token,
    bear_three_mistakes,
    guard_the_origin,
    let_programs_in,
    limit_the_rate,
    limit_the_size,
    offer_a_token,
    read_the_cookie,
    say_it_first,
    take_a_ticket,
)
from lilyaref.routing import Mount, Router

PROGRAMS = (
    ask_for_a_token,
    bear_three_mistakes,
    end_every_conversation,
    give_up_waiting,
    guard_the_origin,
    keep_in_touch,
    let_programs_in,
    limit_the_rate,
    limit_the_size,
    offer_a_token,
    read_the_cookie,
    receive_while_sending,
    save_on_the_way_out,
    say_it_first,
    stop_when_the_client_leaves,
    take_a_ticket,
    talk_in_a_room,
    work_while_reading,
)
# Seconds: nobody honest is measured by the first three, and a test has to answer by the fourth.
give_up_waiting.PATIENCE = say_it_first.PATIENCE = talk_in_a_room.PATIENCE = 0.1
keep_in_touch.PATIENCE = 0.3
keep_in_touch.BEAT = receive_while_sending.PAUSE = 0.01
limit_the_rate.RATE = 500.0

programs = Router(
    [Mount(f"/{program.__name__.rpartition('.')[2]}", program.app) for program in PROGRAMS]
)
