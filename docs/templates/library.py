"""Runs inside Pyodide, called by run.py: writes its standard library anew, partly compiled.

Python would compile each module that it imports at every start, and that is most of what a start
takes. So what *Run* imports is compiled once, here, by the Python that will read it. The other
modules stay as they are: a program may import any of them, and source is smaller.
"""

import py_compile
import sys
import zipfile
from importlib import import_module
from pathlib import Path

LIBRARY = next(place for place in sys.path if place.endswith(".zip"))
PACKAGES, TARGET = "/packages.zip", "/target.zip"

sys.path.insert(0, PACKAGES)
for name in ("harness", "doctest"):
    import_module(name)
files = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
loaded = {file.removeprefix(f"{LIBRARY}/") for file in files if file.startswith(LIBRARY)}


def compiled(name: str, source: bytes) -> bytes:
    """The module as bytecode, which no date makes out of date."""
    before, after = Path("/module.py"), Path("/module.pyc")
    before.write_bytes(source)
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(
        str(before), str(after), f"{LIBRARY}/{name}", doraise=True, invalidation_mode=unchecked
    )
    return after.read_bytes()


with (
    zipfile.ZipFile(LIBRARY) as stock,
    zipfile.ZipFile(TARGET, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target,
):
    for name in stock.namelist():
        data = stock.read(name)
        if name in loaded:
            name, data = f"{name}c", compiled(name, data)
        target.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
