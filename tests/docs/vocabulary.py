"""The words that inline code is made of: what is ours, and what is known without being ours."""

import builtins
import importlib
import json
import keyword
from pathlib import Path
from typing import Any

import yaml

import lilyaref
from lilyaref import WebSocketState, lifecycle
from lilyaref.routing import CONVERTERS

# What the pages promise, by the module that a reader imports it from. Where a bare name has
# several owners, the first of them is meant.
PUBLIC = {
    "lilyaref": ["WebSocket", *lilyaref.__all__],
    "lilyaref.codes": ["describe", "is_sendable"],
    "lilyaref.lifecycle": ["RECEIVE", "SEND", "diagram", "label", "step"],
    "lilyaref.routing": ["Router", "WebSocketRoute", "Mount"],
    "lilyaref.endpoints": ["WebSocketEndpoint", "refuse", "serve"],
    "lilyaref.testclient": [
        "TestClient",
        "WebSocketSession",
        "AsyncTestClient",
        "AsyncWebSocketSession",
        "WebSocketDenialResponse",
    ],
    "lilyaref.conversation": ["ConversationError", "ConversationTimeout", "Entry"],
}
NAMES: dict[str, Any] = {
    name: getattr(importlib.import_module(module), name)
    for module, names in PUBLIC.items()
    for name in names
}

# What a variable on a page stands for; one of them must fit.
VARIABLES: dict[str, list[type]] = {
    variable: [NAMES[name] for name in names.split()]
    for variable, names in {
        "client": "TestClient AsyncTestClient",
        "connection": "Connection",
        "endpoint": "WebSocketEndpoint",
        "entry": "Entry",
        "error": "WebSocketDisconnected InvalidJSON WebSocketDenialResponse",
        "guard": "OriginGuard",
        "mount": "Mount",
        "response": "Response WebSocketDenialResponse",
        "route": "WebSocketRoute",
        "router": "Router",
        "session": "WebSocketSession AsyncWebSocketSession",
        "url": "URL",
        "websocket": "WebSocket",
    }.items()
}

SCOPE = (
    "type asgi http_version scheme path raw_path root_path query_string headers client server "
    "subprotocols state extensions"
)
ADDED_TO_THE_SCOPE = "app auth session user"
SCOPE_KEYS = [*SCOPE.split(), *ADDED_TO_THE_SCOPE.split()]
TABLES = (lifecycle.RECEIVE, lifecycle.SEND)
DATA = Path(__file__).parent.parent.parent / "docs" / "conformance.json"


def conformance_words() -> list[str]:
    """The names and values in docs/conformance.json that are not ours: what is lacking is."""
    found = json.loads(DATA.read_text("utf-8"))
    outcomes = [o for row in found["rules"].values() for o in row["outcomes"].values()]
    values = {what for kind, what in outcomes if kind != "lacks"} - {
        *NAMES,
        *WebSocketState.__members__,
    }
    return [*found["rules"], *values, *(peer["class"] for peer in found["peers"].values())]


# What is not ours: the file has the words, the code adds what can be counted up.
FILE = yaml.safe_load((Path(__file__).parent / "vocabulary.yml").read_text("utf-8"))
PEERS: dict[str, list[str]] = FILE["peers"]
MESSAGES = [kind for table in TABLES for row in table.values() for kind in row]
ALLOWED = {
    *(word for kinds in FILE.values() for words in kinds.values() for word in words),
    *SCOPE_KEYS,
    *MESSAGES,
    *CONVERTERS,
    *conformance_words(),
    *dir(builtins),
    *keyword.kwlist,
}
MODULES = ["anyio", "json", "redis", "time", "urllib.parse", "uuid"]
PROGRAMS = ["daphne", "granian", "hypercorn", "pip", "playwright", "pytest", "python", "uvicorn"]
FORMS = {
    "a URL, or a path in one": r"\w+://[\w.:-]+/?|/[\w{}:/?=&]*|\{\w+(:\w+)?\}",
    "the name of a route": r"name:route",
    "a line of Markdown": r'## .+ \{ #[\w-]+ \}|--8<-- ".+"',
    "an option of a command": r"--[a-z][a-z_-]+( \d+)?",
    "a file that is still to be written": r"[\w/.]*<[\w/<>]+>\.\w+",
}
