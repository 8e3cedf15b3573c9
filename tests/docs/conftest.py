import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.site import ROOT


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, built strictly: a warning is an error."""
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)]
    build = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    said = re.findall(r"^(?:WARNING|ERROR) .*", build.stderr, re.MULTILINE)
    assert build.returncode == 0, "\n".join(said) or build.stderr
    return target
