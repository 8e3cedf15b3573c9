"""Each rule fails when it should: a copy is broken, and exactly that is found."""

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from docs.templates import figures as home
from tests.docs import execution, test_figures, vocabulary
from tests.docs import test_close_codes_page as codes
from tests.docs import test_messages_page as messages
from tests.docs.calls import Inline, Lie, documented, in_markdown, judge, promised
from tests.docs.freshness import accepted, fingerprint, recorded
from tests.docs.site import ROOT, Block, blocks, html_path
from tests.docs.test_links import dead_links
from tests.docs.test_translations import differences, not_shown, own_code
from tests.docs.test_words import has_dictionary, misspelt, mistakes, untidy

PAGE = "learn/first-connection.md"
TEXT = Block("p", "", (), (), (), "")


@pytest.mark.parametrize(
    ("here", "broken", "message"),
    [
        ('id="idea"', 'id="ideia"', "id has ['ideia']; right is ['idea']"),
        ("<h2 id", "<h3 id", "kind has ['h3']; right is ['h2']"),
        ("<code>scope</code>", "<code>scoop</code>", "code has ['scoop']; right is ['scope']"),
        ("../conversation/", "../converse/", "links has ['../converse/']"),
        ("Hello, WebSocket!", "Ola", """send_text("Ola")']; right is"""),
        ("<p>", "<p></p><p>", "right is"),
    ],
    ids=["an id", "a level", "inline code", "a link", "code", "a paragraph more"],
)
def test_another_skeleton_is_found(
    site: Path, tmp_path: Path, here: str, broken: str, message: str
) -> None:
    copy = html_path(tmp_path, "pt", PAGE)
    copy.parent.mkdir(parents=True)
    whole = html_path(site, "pt", PAGE).read_text("utf-8")
    copy.write_text(whole.replace(here, broken, 1 if "<" in here else -1), "utf-8")
    found = [*differences(blocks(site, "en", PAGE), blocks(tmp_path, "pt", PAGE))]
    assert found
    assert message in found[0][1]


def test_python_that_no_file_holds_is_found() -> None:
    included = '```pycon title="a"\n--8<-- "a/b.pycon"\n```\n'
    assert own_code(included) == []
    for own in ("print()\n", '--8<-- "a/b.py"\nprint()\n', '--8<-- "a/b.py:part"\n', ""):
        assert own_code(f"{included}\n```python\n{own}```\n") == [5]


def test_a_program_that_no_page_shows_is_found() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "docs" / "zh").rglob("*.md")]
    assert not_shown(sources) == []
    include = '--8<-- "mistakes/close_twice.pycon"'
    without = [source.replace(include, "") for source in sources]
    assert not_shown(without) == ["mistakes/close_twice.pycon"]


def test_a_wrong_figure_on_the_home_page_is_found(
    site: Path, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = json.loads(home.SOURCE.read_text("utf-8"))
    copy = tmp_path / "figures.json"
    copy.write_text(json.dumps(right | {"calls": right["calls"] + 1}), "utf-8")
    monkeypatch.setattr(home, "SOURCE", copy)
    with pytest.raises(AssertionError, match="run: make figures"):
        test_figures.test_the_figures_on_the_home_page_are_those_of_the_tests(site, request)


@pytest.mark.parametrize(
    ("page", "here", "broken", "check"),
    [
        (
            codes.PAGE,
            "<td>1006</td>",
            "<td>1005-1006</td>",
            codes.test_every_number_has_one_row_and_in_order,
        ),
        (codes.PAGE, "GOING_AWAY", "GONE_AWAY", codes.test_the_names_are_those_of_the_code),
        (
            codes.PAGE,
            "<td>no</td>",
            "<td>yes</td>",
            codes.test_what_may_be_sent_is_what_close_accepts,
        ),
        (
            messages.PAGE,
            "<code>CONNECTED</code></td>",
            "<code>CONNECTING</code></td>",
            messages.test_the_overview_is_that_of_the_lifecycle,
        ),
        (
            messages.PAGE,
            "<code>1000</code>",
            "<code>1001</code>",
            partial(
                messages.test_the_keys_are_those_that_a_server_is_given, kind="websocket.close"
            ),
        ),
        (
            messages.PAGE,
            "raw_path",
            "rawpath",
            messages.test_the_scope_has_the_keys_that_the_test_client_gives,
        ),
    ],
    ids=["a number", "a name", "what may be sent", "a state", "a default", "a key"],
)
def test_another_table_is_found(
    site: Path,
    tmp_path: Path,
    page: str,
    here: str,
    broken: str,
    check: Callable[[Path, str], None],
) -> None:
    copy = html_path(tmp_path, "en", page)
    copy.parent.mkdir(parents=True)
    whole = html_path(site, "en", page).read_text("utf-8")
    assert here in whole
    copy.write_text(whole.replace(here, broken, 1), "utf-8")
    with pytest.raises(AssertionError):
        check(tmp_path, "en")


def test_a_stale_page_is_found_and_can_be_accepted() -> None:
    english = "---\ntitle: a\n---\nOne.\n"
    page = accepted("---\ntitle: b\n---\nUm.\n", fingerprint(english))
    assert recorded(page) == fingerprint(english.replace("title: a", "title: c"))
    assert recorded(page) == fingerprint(english.replace("\n", "\r\n"))
    changed = english.replace("One.", "Two.")
    assert recorded(page) != fingerprint(changed)
    assert recorded(accepted(page, fingerprint(changed))) == fingerprint(changed)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("websocket.foo()", 'WebSocket has no "foo"'),
        ("send_jsn", 'nothing is called "send_jsn"; near it: send_json'),
        ("websocket.url.pth", 'URL has no "pth"; near it: path'),
        ("websocket.accept()", "it is a coroutine function; right is `await websocket.accept("),
        (
            "await websocket.iter_text()",
            "no coroutine function; right is `websocket.iter_text()`",
        ),
        ("await websocket.send_text()", "missing a required argument: 'data'"),
        ("WebSocketDisconnect(why=1)", "got an unexpected keyword argument 'why'"),
        ("CloseCode.GOING", 'CloseCode has no "GOING"'),
        ('scope["typ"]', 'a scope has no "typ"'),
        ('mode="binry"', 'neither the package nor a snippet has "binry"'),
        ("lilyaref.websocket", 'lilyaref has no "websocket"; near it: websockets'),
        ("make tests", "neither Python nor in tests/docs/vocabulary.yml"),
        ("docs_src/echo.py", 'nothing is called "docs_src"'),
    ],
)
def test_an_untrue_call_is_found(code: str, message: str) -> None:
    with pytest.raises(Lie) as lie:
        judge(Inline("README.md", code))
    assert message in str(lie.value)


def test_a_list_item_has_the_full_signature() -> None:
    right = 'await websocket.send_json(data, mode="text")'
    [short] = in_markdown("README.md", '- `await websocket.send_json(data, mode="binary")`\n')
    with pytest.raises(Lie, match="right is"):
        judge(short)
    assert judge(short._replace(text=right)) == {"WebSocket.send_json"}
    assert judge(short._replace(opens_item=False)) == {"WebSocket.send_json"}


def test_a_call_that_no_snippet_executes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "mistakes/close_twice" in execution.snippets("WebSocket.close")
    monkeypatch.setattr(execution, "executed", lambda: {"websockets/echo": set()})
    assert execution.snippets("WebSocket.close") == []
    assert execution.snippets("Address.host") == []


def test_a_public_name_without_a_page_is_found(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert promised() <= documented(site, "zh").keys()
    monkeypatch.setitem(vocabulary.NAMES, "brand_new", print)
    assert promised() - documented(site, "zh").keys() == {"brand_new"}


def test_a_dead_link_is_found(site: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(site, tmp_path / "site")
    page = copy / "pt" / "index.html"
    text = page.read_text("utf-8").replace("#conversation", "#conversa")
    for link in ("nowhere/", "websockets/#nothing", "https://example.com/"):
        text += f'<a href="{link}">'
    page.write_text(text, "utf-8")
    assert [*dead_links(copy)] == [
        f"pt/index.html: {link} leads nowhere"
        for link in ("https://example.com/", "nowhere/", "websockets/#nothing")
    ]


@pytest.mark.parametrize(
    ("language", "words", "message"),
    [
        ("pt", "O código de fim.", ""),
        ("pt", "Os códigos de fecho da conexão.", "has 'conexão'; right is 'ligação'"),
        ("pt", "O número do fecho.", "lacks 'código de fecho' for 'close code'"),
        ("zh", "关闭代码。", "has '关闭代码'; right is '关闭码'"),
    ],
)
def test_a_word_outside_the_glossary_is_found(language: str, words: str, message: str) -> None:
    english = TEXT._replace(words="The close code.")
    found = "\n".join(mistakes(english, TEXT._replace(words=words), language))
    assert message in found
    assert bool(message) == bool(found)


def test_bad_spelling_and_bad_typography_are_found() -> None:
    assert untidy("一个WebSocket。\n") == ["1: '一个WebSocket。'; right is '一个 WebSocket。'"]
    assert not has_dictionary() or misspelt("A `recepção` da mensagem, a recepção.\n") == [
        "recepção"
    ]
