import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.site import ROOT


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, built strictly: a warning is an error, and ends the run.

    The road not taken: to fail each test that needs the site, with one message 150 times.
    """
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)]
    build = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if build.returncode != 0:
        said = re.findall(r"^(?:WARNING|ERROR) .*", build.stderr, re.MULTILINE)
        pytest.exit("The site does not build.\n" + ("\n".join(said) or build.stderr), returncode=1)
    return target
