"""What *Run* needs beside the pages: our packages in one archive, Python's files, and the policy.

The archive is made of what is installed, so that a build needs no network. Python itself (Pyodide)
comes from a CDN on the first click, held to the hashes below. With SELF_HOSTED=1 it is fetched once
with npm and becomes part of the site, which then works offline; and Python starts in half the time,
because its library is compiled beforehand.
"""

import ast
import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from functools import cache
from importlib.metadata import distribution
from io import BytesIO
from pathlib import Path
from typing import Literal

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = ROOT / "docs_src"
LIBRARY_SCRIPT = ROOT / "docs/templates/library.py"
HARNESS = ROOT / "docs/assets/run/harness.py"
ABOARD = ("anyio", "multidict", "typing_extensions")  # beside lilyaref and docs_src
SELF_HOSTED = bool(os.environ.get("SELF_HOSTED"))

NPM = "pyodide@314.0.7"
TARBALL = "0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A=="
CDN = f"https://cdn.jsdelivr.net/npm/{NPM}/"
FILES = {  # bytes and SHA-384
    "pyodide.mjs": (17_931, "Lp79fMwxa4n2BLtugpUAoQMlbxIdg8iCUiP1r3h7nJLkQjwlXT1JzZTeHVL+f4Dg"),
    "pyodide.asm.mjs": (
        1_250_344,
        "/2281iaC0Iimw0B3Kagy1DBfZcJG3W4KYW+EmOqhsdY3fR9BJ88FE2Zt6y0KQKpa",
    ),
    "pyodide.asm.wasm": (
        9_598_218,
        "y++qrQ72KPA1fTjLIuGMP+jppgGxjbLCgfdb0zMrnNnQVhxRUXTOTF6rTxNzllSu",
    ),
    "python_stdlib.zip": (
        2_545_637,
        "xW3A5jmenkrPXbsgrIaB1FCJh9OuLT7FRMagsJMgtlhVc19k/mSy3+7nMaF/d767",
    ),
}
ABI = {  # of this version; Pyodide asks for it although we load none of its packages
    "abi_version": "2026_0",
    "arch": "wasm32",
    "platform": "emscripten_5_0_3",
    "python": "3.14.2",
}
LIBRARY = "python_stdlib.zip"
MEGABYTES = 15 if SELF_HOSTED else 6  # a CDN compresses; whether another host does, nobody knows
NOTICE = f"""\
The files in this folder are those of Pyodide (https://pyodide.org), as npm has them: {NPM}.
In {LIBRARY}, modules that end in .pyc are those of the same name, compiled.
Pyodide is under the Mozilla Public License 2.0, https://mozilla.org/MPL/2.0/; its source is at
https://github.com/pyodide/pyodide. It holds CPython, under the PSF License Version 2,
https://docs.python.org/3/license.html. The licences of ../packages.zip are in that archive.
"""


# --- Which programs run in a browser ----------------------------------------------------------

# What a browser has not, by the name that a program would write.
ABSENT = {
    "threading": "threads",
    "to_thread": "threads",
    "from_thread": "threads",
    "Path": "threads",  # of anyio, which reads files in one
    "socket": "sockets",
    "ssl": "sockets",
    "open_connection": "sockets",
    "start_server": "sockets",
    "connect_tcp": "sockets",
    "create_tcp_listener": "sockets",
    "signal": "processes",
    "subprocess": "processes",
    "multiprocessing": "processes",
    "run_process": "processes",
    "open_process": "processes",
}
PRESENT = {*sys.stdlib_module_names, *ABOARD, "lilyaref", "docs_src"}


@cache
def needs(program: str) -> tuple[str, ...]:
    """What *program* ("websockets/echo") needs that a browser has not: "threads", or a package."""
    found: set[str] = set()
    programs = [program]
    for one in programs:  # with those that it imports, which may import one another
        lacking, imported = _alone(one)
        found |= lacking
        programs += [other for other in imported if other not in programs]
    return tuple(sorted(found))


def _alone(program: str) -> tuple[set[str], list[str]]:
    """What one program needs by itself, and the programs that it imports."""
    path = PROGRAMS / program
    source = path.with_suffix(".py").read_text("utf-8")
    transcript = path.with_suffix(".pycon").read_text("utf-8")
    lines = re.findall(r"^(?:>>>|\.\.\.) ?(.*)$", transcript, re.MULTILINE)
    nodes = list(ast.walk(ast.parse("\n".join([source, *lines]))))
    modules = {name for node in nodes for name in _imported(node)}
    words = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    words.update(*(name.split(".") for name in modules))
    found = {ABSENT[word] for word in words & ABSENT.keys()}
    found |= {name.partition(".")[0] for name in modules} - PRESENT
    found |= {"trio" for node in nodes if _is_trio(node)}
    others = sorted(name.removeprefix("docs_src.").replace(".", "/") for name in modules)
    return found, [one for one in others if (PROGRAMS / f"{one}.py").exists()]


def _is_trio(node: ast.AST) -> bool:
    if not isinstance(node, ast.keyword) or not isinstance(node.value, ast.Constant):
        return False
    return node.arg == "backend" and node.value.value == "trio"


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


PROGRAM = re.compile(
    r'(<div class="language-(?:python|pycon) highlight")(>'
    r'<span class="filename">docs_src/([\w/]+)\.py(?:con)?</span>)'
)


def on_page_content(content: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Say of each program what it needs that a browser has not; the page's script reads it."""

    def marked(box: re.Match[str]) -> str:
        missing = " ".join(needs(box[3]))
        return f'{box[1]} data-needs="{missing}"{box[2]}'

    return PROGRAM.sub(marked, content)


# --- What the first click downloads -----------------------------------------------------------


def packages() -> bytes:
    """lilyaref, the programs, the harness and what they import, with the licences, in one zip."""
    content = {"harness.py": HARNESS.read_bytes()}
    for folder in (ROOT / "lilyaref", PROGRAMS):
        for path in folder.rglob("*.py"):
            content[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    for name in ABOARD:
        for file in distribution(name).files or ():
            if file.suffix == ".py" or "licenses" in file.parts:
                content[file.as_posix()] = file.read_binary()
    content["lilyaref/LICENSE"] = (ROOT / "LICENSE").read_bytes()
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for place, data in sorted(content.items()):
            target.writestr(zipfile.ZipInfo(place), data, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def cache_folder() -> Path:
    default = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(default, "lilyaref", NPM)


def python_files() -> Path:
    """The folder of Pyodide's files: fetched once with npm, and held to their hashes.

    Raises:
        OSError: there is no npm, or no network.
        ValueError: what came is not what was published.
    """
    folder = cache_folder()
    if not all(_is_whole(folder / name) for name in FILES):
        with tempfile.TemporaryDirectory() as place:
            npm = ["npm", "pack", NPM, "--fetch-retries=0", "--pack-destination", place]
            done = subprocess.run(npm, cwd=place, capture_output=True, text=True, timeout=300)
            if done.returncode:
                raise OSError(f"npm could not fetch {NPM}: {done.stderr.strip()[-300:]}")
            _unpack(next(Path(place).glob("*.tgz")).read_bytes(), folder)
    return folder


def _is_whole(file: Path) -> bool:
    size, sha384 = FILES[file.name]
    described = {"bytes": size, "sha384": sha384}
    return file.exists() and _described(file.read_bytes()) == described


def _unpack(tarball: bytes, folder: Path) -> None:
    if base64.b64encode(hashlib.sha512(tarball).digest()).decode() != TARBALL:
        raise ValueError(f"npm has sent something else than {NPM}.")
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=BytesIO(tarball)) as source:
        for name in FILES:
            member = source.extractfile(f"package/{name}")
            assert member is not None
            (folder / name).write_bytes(member.read())


@event_priority(-200)  # After the i18n plugin, which builds the other languages at -100.
def on_post_build(*, config: MkDocsConfig) -> None:
    if config.plugins["i18n"].building:  # type: ignore[attr-defined]
        return
    folder = Path(config.site_dir, "assets/run")
    archive = packages()
    (folder / "packages.zip").write_bytes(archive)
    files: dict[str, dict[str, int | str]]
    files = {name: {"bytes": size, "sha384": hash} for name, (size, hash) in FILES.items()}
    settings = {
        "python": CDN,
        "megabytes": MEGABYTES,
        "files": files,
        "abi": ABI,
        "packages": f"packages.zip?{hashlib.sha256(archive).hexdigest()[:12]}",
    }
    if SELF_HOSTED:
        place = _copy(folder)
        settings["python"] = f"{place.name}/"
        files[LIBRARY] = _described((place / LIBRARY).read_bytes())
    text = json.dumps(settings, indent=2)
    (folder / "config.js").write_text(f"export default {text}\n", "utf-8")


def _copy(folder: Path) -> Path:
    """Put Python into a folder of its own in *folder*, where our packages are, and name it.

    Its name changes with the library, of which a browser may have kept an older one.
    """
    try:
        files = python_files()
        library = _compiled_library(files, folder / "packages.zip")
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise PluginError(f"SELF_HOSTED=1 puts Pyodide into the site, but: {error}") from None
    place = folder / f"python-{hashlib.sha256(library).hexdigest()[:12]}"
    place.mkdir(exist_ok=True)
    for name in FILES:
        (place / name).write_bytes(library if name == LIBRARY else (files / name).read_bytes())
    (place / "NOTICE").write_text(NOTICE, "utf-8")
    return place


IN_NODE = """
import { readFileSync, writeFileSync } from "node:fs"
import { pathToFileURL } from "node:url"
const [folder, packages, script, target, abi] = process.argv.slice(1)
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href)
const py = await loadPyodide({
  indexURL: `${folder}/`,
  lockFileContents: { info: JSON.parse(abi), packages: {} },
  env: { HOME: "/home", MULTIDICT_NO_EXTENSIONS: "1" },
})
py.FS.writeFile("/packages.zip", readFileSync(packages))
py.runPython(readFileSync(script, "utf8"))
writeFileSync(target, py.FS.readFile("/target.zip"))
"""


def _compiled_library(files: Path, archive: Path) -> bytes:
    """Python's library with what *Run* imports compiled, by the Python that will read it."""
    with tempfile.TemporaryDirectory() as place:
        target = Path(place, LIBRARY)
        arguments = [str(files), str(archive), str(LIBRARY_SCRIPT), str(target), json.dumps(ABI)]
        node = ["node", "--input-type=module", "--eval", IN_NODE, *arguments]
        done = subprocess.run(node, capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise OSError(f"Node could not compile {LIBRARY}: {done.stderr.strip()[-300:]}")
        return target.read_bytes()


def _described(data: bytes) -> dict[str, int | str]:
    return {
        "bytes": len(data),
        "sha384": base64.b64encode(hashlib.sha384(data).digest()).decode(),
    }


# --- What a page may load ---------------------------------------------------------------------

SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_serving = False


def on_startup(*, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    global _serving
    _serving = command == "serve"  # `mkdocs serve` adds a script that no policy can foresee


@event_priority(-200)  # After whatever else changes the page.
def on_post_page(output: str, *, page: Page, config: MkDocsConfig) -> str:
    """Let the page load what is ours, and Python; no other host, and nothing written into it."""
    if _serving:
        return output
    tag = f'<meta http-equiv="Content-Security-Policy" content="{policy(output)}">'
    return output.replace('<meta charset="utf-8">', f'<meta charset="utf-8">{tag}', 1)


def policy(page: str) -> str:
    own = "'self'" if SELF_HOSTED else f"'self' {CDN}"
    scripts = {hashlib.sha256(script.encode()).digest() for script in SCRIPT.findall(page)}
    inline = " ".join(f"'sha256-{base64.b64encode(hash).decode()}'" for hash in sorted(scripts))
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src {own} blob: 'wasm-unsafe-eval' {inline}",
            f"connect-src {own}",
            "worker-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'self'",
        ]
    )
