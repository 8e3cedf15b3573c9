"""The words that inline code is made of: what is ours, and what is known without being ours."""

import builtins
import importlib
import keyword
from typing import Any

import lilyaref
from lilyaref import lifecycle
from lilyaref.routing import CONVERTERS

# What the pages promise, by the module that a reader imports it from. Where a bare name has
# several owners, the first of them is meant.
PUBLIC = {
    "lilyaref": ["WebSocket", *lilyaref.__all__],
    "lilyaref.codes": ["describe", "is_sendable"],
    "lilyaref.lifecycle": ["RECEIVE", "SEND", "diagram", "label", "step"],
    "lilyaref.routing": ["Router", "WebSocketRoute", "Mount"],
    "lilyaref.endpoints": ["WebSocketEndpoint", "serve"],
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
        "mount": "Mount",
        "response": "Response WebSocketDenialResponse",
        "route": "WebSocketRoute",
        "router": "Router",
        "session": "WebSocketSession AsyncWebSocketSession",
        "url": "URL",
        "websocket": "WebSocket",
    }.items()
}

SCOPE = "type path root_path raw_path query_string headers extensions subprotocols state"
ADDED_TO_THE_SCOPE = "app auth session user"
SCOPE_KEYS = [*SCOPE.split(), *ADDED_TO_THE_SCOPE.split()]
TABLES = (lifecycle.RECEIVE, lifecycle.SEND)

# What is not ours, each word under its kind. A word that is nowhere is taken for a mistake.
KINDS = {
    "ASGI": ["http", "lifespan", "websocket", "scope", "more_body", *SCOPE_KEYS],
    "ASGI messages": [kind for table in TABLES for row in table.values() for kind in row],
    "headers": ["Cookie", "Host", "Origin", "content-length", "content-type", "cookie"],
    "JSON and text": ["Infinity", "NaN", "surrogateescape"],
    "URLs": ["ws", "wss", "https", "=", "?", "#"],
    "converters": [*CONVERTERS],
    "letters": ["é", "你"],
    "mkdocs.yml": ["nav", "nav_translations"],
    "programs": [".venv", "daphne", "make", "pytest"],
    "docs_src/production": ["Hub", "connect", "hear", "speak", "talk"],
    "Redis": ["PUBLISH"],
    "hypercorn's file": ["websocket_max_message_size"],
    "Python": [*dir(builtins), *keyword.kwlist, "async with", '""'],
}
ALLOWED = {word for words in KINDS.values() for word in words}
MODULES = ["anyio", "json", "redis", "time", "urllib.parse", "uuid"]
PROGRAMS = ["daphne", "granian", "hypercorn", "pip", "playwright", "pytest", "python", "uvicorn"]
FORMS = {
    "a URL, or a path in one": r"\w+://[\w.:-]+/?|/[\w{}:/?=]*|\{\w+(:\w+)?\}",
    "the name of a route": r"name:route",
    "a line of Markdown": r'## .+ \{ #[\w-]+ \}|--8<-- ".+"',
    "an option of a command": r"--[a-z][a-z_-]+( \d+)?",
    "a file that is still to be written": r"[\w/.]*<[\w/<>]+>\.\w+",
}
