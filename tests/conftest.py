"""What several tests share: how Hypothesis runs, the built distributions, and the browser."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from autograd.ops import TABLE

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A shell's background job ignores Ctrl-C, and so would the processes whose tidy end on it is tested.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test asserts a time, so no example has a deadline. In CI the examples are the same every time.
settings.register_profile("developer", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None)
settings.load_profile("ci" if "CI" in os.environ else "developer")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips the example that needs what not every installation has."""
    if find_spec("flint") is None:
        for item in items:
            if item.name == "autograd.enclosure.enclose":
                item.add_marker(pytest.mark.skip(reason="python-flint is not installed"))


@pytest.fixture(autouse=True)
def _a_function_defined_by_a_test_is_gone_after_it() -> Iterator[None]:
    """`custom` adds a row to the table, over whose rows other tests go."""
    rows = dict(TABLE)
    yield
    TABLE.clear()
    TABLE.update(rows)


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel and the source distribution of this checkout, built without a network."""
    folder = tmp_path_factory.mktemp("distributions")
    build = [sys.executable, "-m", "hatchling", "build", f"--directory={folder}"]
    subprocess.run(build, cwd=Path(__file__).parents[1], check=True)
    return folder


FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright drives the browser; it is not installed")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("pages are driven in Chromium; there is no chromium on the PATH")
    with api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        launched.new_context()  # for all pages that ask for nothing special
        yield launched
        launched.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The same for one test, after which its pages are closed: one that plays on would slow down those of others."""
    yield chromium
    usual, *others = chromium.contexts
    for page in usual.pages:
        page.close()
    for context in others:
        context.close()
