"""Writes what `make bench` has measured where a page asks for it: `<!-- benchmarks: messages -->`.

The figures are those of docs/benchmarks.json, and each has its words in three languages here.
"""

import json
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

SOURCE = Path(__file__).parent.parent / "benchmarks.json"
PLACE = re.compile(r"^<!-- benchmarks: (?P<name>\w+) -->$", re.MULTILINE)

COLUMNS = ("lilyaref", "by hand", "Starlette", "Lilya", "Litestar")
LANGUAGES = ("en", "pt", "zh")
WORDS = {
    "operation": ("operation", "operação", "操作"),
    "by hand": ("by hand", "à mão", "手写"),
    "measured": ("Measured on: {}.", "Medido em: {}.", "测量环境：{}。"),
}
# The rows of each table, by their names in the benchmark.
TABLES: dict[str, dict[str, tuple[str, str, str]]] = {
    "messages": {
        "receive_text": ("receive a text", "receber um texto", "接收文本"),
        "send_text": ("send a text", "enviar um texto", "发送文本"),
        "iter_text, send_text": ("echo a text", "devolver um texto", "回显文本"),
        "receive_text, over queues": (
            "receive a text from a queue",
            "receber um texto de uma fila",
            "从队列接收文本",
        ),
        "send_text, over queues": (
            "send a text into a queue",
            "enviar um texto para uma fila",
            "向队列发送文本",
        ),
        "iter_text, send_text, over queues": (
            "echo a text over queues",
            "devolver um texto por filas",
            "通过队列回显文本",
        ),
    },
    "server": {
        "uvicorn, echo 32 B: processor": (
            "processor time of an echo, 32 bytes",
            "tempo de processador de um eco, 32 bytes",
            "回显 32 字节所用的处理器时间",
        ),
        "uvicorn, echo JSON 2 kB: processor": (
            "the same, 2 kB of JSON",
            "o mesmo, 2 kB de JSON",
            "同上，2 kB 的 JSON",
        ),
        "uvicorn, echo JSON 2 kB, orjson: processor": (
            "the same, lilyaref with orjson",
            "o mesmo, lilyaref com orjson",
            "同上，lilyaref 使用 orjson",
        ),
        "uvicorn, an idle connection": (
            "memory of an idle connection",
            "memória de uma ligação parada",
            "空闲连接占用的内存",
        ),
    },
    "json": {
        "receive_json, 30 B": ("receive, 30 bytes", "receber, 30 bytes", "接收 30 字节"),
        "receive_json, 30 B, orjson": ("the same, orjson", "o mesmo, orjson", "同上，orjson"),
        "receive_json, 30 B, msgspec": ("the same, msgspec", "o mesmo, msgspec", "同上，msgspec"),
        "send_json, 30 B": ("send, 30 bytes", "enviar, 30 bytes", "发送 30 字节"),
        "send_json, 30 B, orjson": ("the same, orjson", "o mesmo, orjson", "同上，orjson"),
        "send_json, 30 B, msgspec": ("the same, msgspec", "o mesmo, msgspec", "同上，msgspec"),
        "receive_json, 2 kB": ("receive, 2 kB", "receber, 2 kB", "接收 2 kB"),
        "receive_json, 2 kB, orjson": ("the same, orjson", "o mesmo, orjson", "同上，orjson"),
        "send_json, 2 kB": ("send, 2 kB", "enviar, 2 kB", "发送 2 kB"),
        "send_json, 2 kB, orjson": ("the same, orjson", "o mesmo, orjson", "同上，orjson"),
    },
    "connection": {
        "a short connection": (
            "accept, one echo, close",
            "aceitar, um eco, fechar",
            "接受、回显一次、关闭",
        ),
        "the same, looked at": (
            "the same, with a header, the query and the path",
            "o mesmo, com um cabeçalho, a consulta e o caminho",
            "同上，并读取一个请求头、查询参数和路径",
        ),
        "a header, first": ("one header", "um cabeçalho", "一个请求头"),
        "5 headers, first": ("five headers", "cinco cabeçalhos", "五个请求头"),
        "a header, again": (
            "a header that was read before",
            "um cabeçalho já lido",
            "已经读过的请求头",
        ),
        "url with three parts, first": (
            "three parts of the URL",
            "três partes do URL",
            "URL 的三个部分",
        ),
        "query_params, first": ("the query", "a consulta", "查询参数"),
        "cookies, first": ("the cookies", "os cookies", "全部 cookie"),
        "memory, looked at: nothing": (
            "memory of an accepted connection",
            "memória de uma ligação aceite",
            "已接受的连接占用的内存",
        ),
        "memory, looked at: one header": (
            "the same, after one header",
            "o mesmo, depois de um cabeçalho",
            "同上，读过一个请求头",
        ),
        "memory, looked at: header, url, query, cookies": (
            "the same, after all of the above",
            "o mesmo, depois de tudo o que está acima",
            "同上，读过以上全部内容",
        ),
    },
    "tests": {
        "import": ("import", "importar", "导入"),
        "import, under uvicorn": (
            "import in a running server",
            "importar num servidor em execução",
            "在运行中的服务器里导入",
        ),
        "test client: connect, echo, close": (
            "connect, echo, close in a test",
            "ligar, um eco, fechar num teste",
            "测试中连接、回显、关闭",
        ),
        "test client: echo": ("an echo in a test", "um eco num teste", "测试中回显"),
        "asynchronous test client: connect, echo, close": (
            "connect, echo, close in an asynchronous test",
            "ligar, um eco, fechar num teste assíncrono",
            "异步测试中连接、回显、关闭",
        ),
        "asynchronous test client: echo": (
            "an echo in an asynchronous test",
            "um eco num teste assíncrono",
            "异步测试中回显",
        ),
    },
}


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    language = str(config.theme["language"])
    return PLACE.sub(lambda place: write(place["name"], language), markdown)


def write(name: str, language: str) -> str:
    """A table of the measurement, or where it was made."""
    found = json.loads(SOURCE.read_text("utf-8"))
    index = LANGUAGES.index(language)
    if name == "measured":
        releases = [f"{package} {release}" for package, release in found["releases"].items()]
        where = ", ".join([found["machine"], found["python"], *releases])
        return WORDS["measured"][index].format(where)
    rows = [(words[index], found["rows"][key]) for key, words in TABLES[name].items()]
    columns = [column for column in COLUMNS if any(column in row["figures"] for _, row in rows)]
    head = [WORDS[column][index] if column in WORDS else column for column in columns]
    lines = [[WORDS["operation"][index], *head], ["---"] * (len(columns) + 1)]
    lines += [[words, *(cell(row, column, language) for column in columns)] for words, row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(row: dict[str, Any], column: str, language: str) -> str:
    """A figure with its unit where the others are times of it, and so many times elsewhere."""
    if column not in row["figures"]:
        return ""
    middle = row["figures"][column][1]
    text = f"{middle:.3g} {row['unit']}" if column == row["reference"] else f"{middle:.2f}×"
    if middle >= 10:
        text = f"{middle:.0f} {row['unit']}" if column == row["reference"] else f"{middle:.0f}×"
    return text.replace(".", ",") if language == "pt" else text
