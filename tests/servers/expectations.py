"""Where a server shows through: the cells in which no WebSocket class can keep the promise.

Everything that is not here is promised. What is here is asserted too: a server that mends its ways
fails its cell, until the line is deleted.
"""

from collections.abc import Mapping
from typing import NamedTuple

from tests.servers.stacks import (
    DAPHNE,
    GRANIAN,
    HYPERCORN_ASYNCIO,
    HYPERCORN_TRIO,
    UVICORN_SANSIO,
    UVICORN_WSPROTO,
    Stack,
)

UVICORN = (UVICORN_SANSIO, UVICORN_WSPROTO)
HYPERCORN = (HYPERCORN_ASYNCIO, HYPERCORN_TRIO)


class Difference(NamedTuple):
    """What one family of servers does instead of what is promised.

    Args:
        scenario: the test's name, as a sentence.
        stacks: where it differs.
        reason: why, in one sentence.
        facts: what exactly is met there; the other facts of the scenario are as promised.
    """

    scenario: str
    stacks: tuple[Stack, ...]
    reason: str
    facts: Mapping[str, object]

    def concerns(self, scenario: str, stack: Stack) -> bool:
        return scenario == self.scenario and stack in self.stacks


DIFFERENCES = (
    Difference(
        "A header that is sent twice arrives with both values",
        (DAPHNE,),
        "Daphne joins the values of one name with a comma.",
        {"flowers": ["lily,rose"]},
    ),
    Difference(
        "The cookies of two headers arrive",
        (DAPHNE,),
        "Daphne joins them with a comma, which is not what separates cookies.",
        {"cookies": {"user": "ana,theme=dark"}},
    ),
    Difference(
        "What the lifespan has stored is in the state",
        (DAPHNE,),
        "Daphne has no lifespan.",
        {"greeting": None},
    ),
    Difference(
        "The headers of accept reach the client",
        (DAPHNE, GRANIAN),
        "Daphne and Granian do not send the headers of accept.",
        {"flower": None},
    ),
    Difference(
        "Two cookies of accept reach the client",
        (DAPHNE, GRANIAN),
        "Daphne and Granian do not send the headers of accept.",
        {"cookies": []},
    ),
    Difference(
        "Empty messages reach the client",
        (DAPHNE,),
        "Daphne does not send an empty message.",
        {"got": ["That was all"]},
    ),
    Difference(
        "A message of 2 MB reaches the application",
        (DAPHNE,),
        "Daphne ends a connection whose client sends more than 1 MiB at once.",
        {"length": "WebSocketDisconnect(1006, '')"},
    ),
    Difference(
        "A message of 2 MB reaches the client",
        (DAPHNE,),
        "Daphne raises an error of its own for a message of more than 1 MiB.",
        {"got": [], "ended": "PayloadExceededError"},
    ),
    Difference(
        "The close code and reason of the client arrive",
        HYPERCORN,
        "Hypercorn reports 1006 and no reason, whatever the client has sent.",
        {"gone": "WebSocketDisconnect(1006, '')"},
    ),
    Difference(
        "The close code and reason of the client arrive",
        (DAPHNE, GRANIAN),
        "Daphne and Granian report the client's code, but not its reason.",
        {"gone": "WebSocketDisconnect(3001, '')"},
    ),
    Difference(
        "A client that leaves before accept can be waited for",
        (GRANIAN,),
        "Granian does not tell before accept, which then seems to work; receive tells.",
        {"last": "websocket.connect", "accept": None},
    ),
    Difference(
        "Sending tells that the client has left",
        HYPERCORN,
        "Hypercorn drops what is sent to a client that has left; only receive tells, with 1006.",
        {"send": None, "receive": "WebSocketDisconnect(1006, '')"},
    ),
    Difference(
        "Sending tells that the client has left",
        (DAPHNE, GRANIAN),
        "Daphne and Granian drop what is sent to a client that has left; only receive tells.",
        {"send": None},
    ),
    Difference(
        "The close code and reason of the application arrive last",
        (DAPHNE,),
        "Daphne sends the code without the reason.",
        {"reason": ""},
    ),
    Difference(
        "The client is told that the application goes away",
        (DAPHNE,),
        "Daphne sends only 1000 and 3000-4999; for another code it raises an error of its own, "
        "and if the application lets that through, it sends 1011.",
        {"code": 1011, "ended": "Exception"},
    ),
    Difference(
        "An application that fails tells the client 1011",
        UVICORN,
        "Uvicorn sends no close frame for an application that raises; a route closes first.",
        {"code": 1006},
    ),
    Difference(
        "An application that fails tells the client 1011",
        (GRANIAN,),
        "Granian closes without a code for an application that raises; a route closes first.",
        {"code": 1005},
    ),
    Difference(
        "A denial arrives with its status body and headers",
        (DAPHNE,),
        "Daphne lacks the denial extension: the application is told so and refuses with 403.",
        {
            "status": 403,
            "body": None,
            "flower": None,
            "denied": "WebSocketRuntimeError",
            "accept": "WebSocketDisconnected(1000, '')",
            "receive": "WebSocketDisconnected(1000, '')",
            "close": "WebSocketDisconnected(1000, '')",
        },
    ),
    Difference(
        "A denial without content arrives",
        (DAPHNE,),
        "Daphne lacks the denial extension.",
        {"status": 403},
    ),
    Difference(
        "A streamed denial of any framework arrives whole",
        (DAPHNE,),
        "Daphne lacks the denial extension.",
        {"status": 403, "body": None, "retry": None},
    ),
    Difference(
        "A path that nobody serves is refused with 404",
        (DAPHNE,),
        "Daphne lacks the denial extension.",
        {"status": 403},
    ),
    Difference(
        "An endpoint closes with 1003 on the wrong kind of message",
        (DAPHNE,),
        "Daphne sends only 1000 and 3000-4999; for another code it raises an error of its own, "
        "and if the application lets that through, it sends 1011.",
        {"code": 1011, "on_disconnect": 1011, "ended": "Exception"},
    ),
    Difference(
        "The first program answers over HTTP 2 as well",
        (*UVICORN, DAPHNE),
        "Uvicorn and Daphne do not speak HTTP/2 here.",
        {"got": "no HTTP/2", "ended": None},
    ),
    Difference(
        "The first program answers over HTTP 2 as well",
        (GRANIAN,),
        "Granian speaks HTTP/2, but offers no WebSocket over it (RFC 8441).",
        {"got": "no WebSocket over HTTP/2", "ended": None},
    ),
)
