"""Runs a program of docs_src where there is neither a thread nor a socket: in the reader's browser.

`replay` runs the transcript of a program with doctest. `talk` opens one connection that the reader
speaks through. Both tell what happens as it happens, in events that `Post` is called with. Nothing
here knows of a browser, so that the tests replay every transcript through this file in CPython.
"""

from __future__ import annotations

import ast
import asyncio
import json
import linecache
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from importlib import import_module
from importlib.abc import ExecutionLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from io import StringIO
from traceback import StackSummary, TracebackException
from typing import TYPE_CHECKING, Any, NamedTuple

from lilyaref import testclient
from lilyaref.conversation import Conversation, ConversationError, show
from lilyaref.exceptions import WebSocketDisconnect, WebSocketDisconnected
from lilyaref.testclient import AsyncTestClient, AsyncWebSocketSession, WebSocketDenialResponse

if TYPE_CHECKING:
    from doctest import DocTestRunner

Event = dict[str, Any]
Post = Callable[[Event], None]
Said = Mapping[str, Any]

PACKAGE = "docs_src"
READING = 24 * 60 * 60.0  # seconds that the reader may take to think
EXAMPLE = re.compile(r"^(?:>>>|\.\.\.) ?(.*)$", re.MULTILINE)
BYTE = re.compile(rb"\\x([0-9a-fA-F]{2})")
LEAVING = 1.0  # seconds that what a program has left running may take to end


class Program(NamedTuple):
    """A program as it stands on the page, perhaps edited.

    Args:
        name: below docs_src and without its ending: "websockets/echo".
        source: its text; empty if the page does not show it, and its file is as good.
        transcript: the text of the transcript beside it; empty if there is none.
    """

    name: str
    source: str
    transcript: str = ""

    @property
    def module(self) -> str:
        return f"{PACKAGE}.{self.name.replace('/', '.')}"

    @property
    def file(self) -> str:
        return f"{PACKAGE}/{self.name}.py"


# --- A world without threads and sockets ------------------------------------------------------


class SleepingLoop(asyncio.BaseEventLoop):
    """An event loop that waits by sleeping, since nothing can reach it from outside.

    `TestClient` drives one of these as it drives any other loop; in a browser there is no selector.
    """

    def __init__(self) -> None:
        super().__init__()
        self._selector = self

    def select(self, timeout: float | None) -> list[object]:
        if timeout is None:
            raise RuntimeError("Everything waits, and nothing is left that could happen.")
        time.sleep(timeout)
        return []

    def _process_events(self, events: list[object]) -> None:
        """There are none: an event comes from a socket."""

    def _write_to_self(self) -> None:
        """Wakes a selector from another thread, and there is no other thread."""


@contextmanager
def replaced(owner: Any, **names: Any) -> Iterator[None]:
    before = {name: getattr(owner, name) for name in names}
    try:
        for name, value in names.items():
            setattr(owner, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(owner, name, value)


@contextmanager
def own_loops() -> Iterator[None]:
    """Let synchronous code drive loops, even while the loop of the browser runs it."""
    outer = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        with (
            replaced(asyncio, new_event_loop=SleepingLoop),
            replaced(asyncio.events, new_event_loop=SleepingLoop),
        ):
            yield
    finally:
        asyncio._set_running_loop(outer)


class _Edited(MetaPathFinder, ExecutionLoader):
    """Imports one program from the page; the other programs come from their files."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        mine = name == self.program.module and self.program.source != ""
        return spec_from_loader(name, self) if mine else None

    def get_filename(self, fullname: str) -> str:
        return self.program.file

    def get_source(self, fullname: str) -> str:
        return self.program.source


@contextmanager
def imported_from(program: Program) -> Iterator[None]:
    """Import *program* as it stands on the page, and every program anew."""
    finder = _Edited(program)
    for name in [name for name in sys.modules if name.startswith(f"{PACKAGE}.")]:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    lines = program.source.splitlines(keepends=True)
    linecache.cache[program.file] = (len(program.source), None, lines, program.file)
    try:
        yield
    finally:
        del linecache.cache[program.file]
        sys.meta_path.remove(finder)


@contextmanager
def observed(post: Post) -> Iterator[None]:
    """Tell of every message of every conversation."""

    class Observed(Conversation):
        async def start(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
            post({"kind": "connection", "path": self.scope.get("path")})
            await super().start(loop)

        def _note(self, direction: Any, message: Any) -> None:
            super()._note(direction, message)
            entry = self.timeline[-1]
            kind, _, values = show(entry.message).partition(" ")
            post(
                {
                    "kind": "message",
                    "direction": direction,
                    "type": kind,
                    "values": values,
                    "seconds": round(entry.seconds, 3),
                }
            )

    with replaced(testclient, Conversation=Observed):
        yield


class _Printed(StringIO):
    """A standard output that tells of each line as it is printed."""

    def __init__(self, post: Post) -> None:
        super().__init__()
        self.post = post

    def write(self, text: str) -> int:
        super().write(text)
        *lines, rest = self.getvalue().split("\n")
        for line in lines:
            self.post({"kind": "print", "text": line})
        self.seek(0)
        self.truncate()
        super().write(rest)
        return len(text)


# --- The transcript ---------------------------------------------------------------------------


def replay(program: Program, post: Post) -> None:
    """Run the transcript with doctest, and tell of each example whether the answer is the same."""
    from doctest import DocTestParser  # late: a browser needs half a second to import it

    with own_loops(), imported_from(program), observed(post):
        name, text = f"{PACKAGE}/{program.name}.pycon", program.transcript
        test = DocTestParser().get_doctest(text, {}, name, name, 0)
        results = _runner(post).run(test, out=lambda _: None)
    post({"kind": "replayed", "same": results.attempted - results.failed, "of": results.attempted})


def _runner(post: Post) -> DocTestRunner:
    from doctest import DocTestRunner, Example

    class Runner(DocTestRunner):
        def report_start(self, out: Any, test: Any, example: Example) -> None:
            post({"kind": "example", "source": example.source})

        def report_success(self, out: Any, test: Any, example: Example, got: str) -> None:
            post({"kind": "answer", "same": True, "text": example.want})

        def report_failure(self, out: Any, test: Any, example: Example, got: str) -> None:
            post({"kind": "answer", "same": False, "text": got, "expected": example.want})

        def report_unexpected_exception(
            self, out: Any, test: Any, example: Example, exc_info: Any
        ) -> None:
            self.report_failure(out, test, example, short_traceback(exc_info[1]))

    return Runner(verbose=False)


# --- The connection that the reader speaks through --------------------------------------------


class Plan(NamedTuple):
    """How the transcript connects first, and what it says then; the reader may do otherwise."""

    app: str = "app"
    arguments: str = '"/"'
    says: tuple[tuple[str, str], ...] = ()
    lifespan: bool = False
    connects: bool = True


def plan(program: Program) -> Plan:
    """Read the plan in the transcript of *program*.

    >>> plan(Program("chat", "", '''
    ... >>> from docs_src.chat import router
    ... >>> with TestClient(router).websocket_connect("/", subprotocols=["chat"]) as session:
    ... ...     session.send_text("Hello")
    ... '''))[:3]
    ('router', '"/", subprotocols=["chat"]', (('text', 'Hello'),))
    """
    if not program.transcript:
        return Plan()
    tree = _with_values(ast.parse("\n".join(EXAMPLE.findall(program.transcript))))
    own = {
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == program.module
        for alias in node.names
    }
    calls = sorted(
        (node for node in ast.walk(tree) if isinstance(node, ast.Call)),
        key=lambda call: (call.end_lineno, call.end_col_offset),
    )
    apps = [call.args[0] for call in calls if _called(call) == "TestClient"]
    connects = [n for n, call in enumerate(calls) if _called(call) == "websocket_connect"]
    if not connects or not apps or not isinstance(apps[0], ast.Name) or apps[0].id not in own:
        return Plan(connects=False)
    first, after = connects[0], [*connects[1:], len(calls)][0]
    says = (_said(call) for call in calls[first + 1 : after])
    call = calls[first]
    return Plan(
        apps[0].id,
        ", ".join(map(_written, [*call.args, *call.keywords])),
        tuple(said for said in says if said is not None),
        lifespan=any(
            isinstance(item.context_expr, ast.Call) and _called(item.context_expr) == "TestClient"
            for node in ast.walk(tree)
            if isinstance(node, ast.With)
            for item in node.items
        ),
    )


def _with_values(tree: ast.Module) -> ast.Module:
    """*tree* with the value of each name that a plain assignment gives it."""
    values = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }

    class Values(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            value = values.get(node.id)
            return value if isinstance(value, ast.List | ast.Dict | ast.Constant) else node

    result: ast.Module = Values().visit(tree)
    return result


def _written(node: ast.AST) -> str:
    """*node* as the pages write it: with double quotes."""
    text = ast.unparse(node)
    return text if '"' in text else text.replace("'", '"')


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _said(call: ast.Call) -> tuple[str, str] | None:
    """What the reader would type to say the same: the kind of the message, and its text."""
    try:
        value = ast.literal_eval(call.args[0])
    except (ValueError, IndexError):
        return None
    match _called(call), value:
        case "send_text", str():
            return "text", value
        case "send_bytes", bytes():
            return "bytes", "".join(map(_typed, value))
        case "send_json", _:
            binary = "mode" in ast.unparse(call)
            return "bytes" if binary else "json", json.dumps(value, ensure_ascii=False)
    return None


def _typed(byte: int) -> str:
    return chr(byte) if 32 <= byte < 127 and byte != ord("\\") else f"\\x{byte:02x}"


async def talk(
    program: Program, arguments: str | None, post: Post, inbox: asyncio.Queue[Said | None]
) -> None:
    """Connect to the application, and pass on what the reader says until one of them leaves.

    Args:
        arguments: of `websocket_connect`, as the reader has written them; None for the plan's.
    """
    before = asyncio.all_tasks()
    end: Event = {"how": "over"}
    with imported_from(program), observed(post), replaced(sys, stdout=_Printed(post)):
        try:
            await _converse(program, arguments, post, inbox)
        except _Refused as refused:
            end = {"how": "refused", "status": refused.status}
        except asyncio.CancelledError:
            end = {"how": "stopped"}
        except BaseException as error:
            end = {"how": "error", "text": short_traceback(error)}
        await _cancel(asyncio.all_tasks() - before)
    post({"kind": "end", **end})


async def _converse(
    program: Program, arguments: str | None, post: Post, inbox: asyncio.Queue[Said | None]
) -> None:
    how = plan(program)
    arguments = how.arguments if arguments is None else arguments
    post({"kind": "plan", "arguments": arguments, "says": how.says})
    names = vars(import_module(program.module))  # which the arguments may use
    client = AsyncTestClient(names[how.app])
    async with AsyncExitStack() as stack:
        if how.lifespan:
            await stack.enter_async_context(client)
        session = eval(f"connect({arguments})", {**names, "connect": client.websocket_connect})
        await stack.enter_async_context(_accepted(session))
        post({"kind": "open"})
        await _pass_on(session, inbox)


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


@asynccontextmanager
async def _accepted(session: AsyncWebSocketSession) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(session)
        except WebSocketDenialResponse as denial:
            raise _Refused(denial.status_code) from None
        except WebSocketDisconnect as error:
            if isinstance(error, WebSocketDisconnected):
                raise  # a mistake of the application, after it has refused
            raise _Refused(403) from None
        yield


async def _pass_on(session: AsyncWebSocketSession, inbox: asyncio.Queue[Said | None]) -> None:
    listening = asyncio.ensure_future(_listen(session))
    listening.add_done_callback(lambda _: inbox.put_nowait(None))
    left = False
    try:
        while (said := await inbox.get()) is not None:
            left = left or said["do"] == "close"
            await _say(session, said)
        await listening
    except ConversationError:
        if not left:  # else it only says that nothing more can come
            raise
    finally:
        listening.cancel()


async def _listen(session: AsyncWebSocketSession) -> None:
    while (await session.receive(READING))["type"] != "websocket.close":
        pass


async def _say(session: AsyncWebSocketSession, said: Said) -> None:
    match said["do"]:
        case "text":
            await session.send_text(said["data"])
        case "json":
            await session.send_json(json.loads(said["data"]))
        case "bytes":
            await session.send_bytes(typed_bytes(said["data"]))
        case "close":
            await session.close(said["code"], said["reason"])


def typed_bytes(text: str) -> bytes:
    r"""The bytes that the reader has typed: UTF-8, with any other byte as \xNN.

    >>> typed_bytes(r"lírio\xff")
    b'l\xc3\xadrio\xff'
    """
    return BYTE.sub(lambda byte: bytes.fromhex(byte[1].decode()), text.encode())


async def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancel what the program has left running."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=LEAVING)


# --- Errors -----------------------------------------------------------------------------------


def short_traceback(error: BaseException) -> str:
    """The traceback with the lines of the programs alone."""
    report = TracebackException.from_exception(error, compact=True)
    _shorten(report)
    return "".join(report.format()).rstrip("\n")


def _shorten(report: TracebackException) -> None:
    report.stack = StackSummary.from_list(
        [frame for frame in report.stack if f"{PACKAGE}/" in frame.filename]
    )
    for other in (report.__cause__, report.__context__, *(report.exceptions or ())):
        if other is not None:
            _shorten(other)


# --- What the worker calls --------------------------------------------------------------------


class Desk:
    """Takes one request after another from the page; everything crosses as JSON."""

    def __init__(self, send: Callable[[str], object]) -> None:
        self._send = send
        self._inbox: asyncio.Queue[Said | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def _post(self, event: Event) -> None:
        self._send(json.dumps(event))

    def take(self, request: str) -> None:
        """Do what the page asks for: run, replay, say or stop."""
        asked = json.loads(request)
        match asked["ask"]:
            case "replay":
                replay(Program(**asked["program"]), self._post)
            case "run":
                program = Program(**asked["program"])
                if not plan(program).connects:
                    replay(program, self._post)
                    return
                self._inbox = asyncio.Queue()
                talking = talk(program, asked.get("arguments"), self._post, self._inbox)
                self._task = asyncio.ensure_future(talking)
            case "say":
                self._inbox.put_nowait(asked)
            case "stop" if self._task is not None:
                self._task.cancel()
