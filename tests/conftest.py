"""What several tests share: how Hypothesis runs, and the built distributions."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# No test asserts a time, so no example has a deadline. In CI the examples are the same every time.
settings.register_profile("developer", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None)
settings.load_profile("ci" if "CI" in os.environ else "developer")


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel and the source distribution of this checkout, built without a network."""
    folder = tmp_path_factory.mktemp("distributions")
    build = [sys.executable, "-m", "hatchling", "build", f"--directory={folder}"]
    subprocess.run(build, cwd=Path(__file__).parents[1], check=True)
    return folder
