"""Other libraries with which ours is compared, where they are installed."""

from typing import Any
from warnings import catch_warnings

import pytest


def peer(name: str) -> Any:
    """The library's module `name`, whose own warnings at import are no failures; without it the test is skipped."""
    with catch_warnings(action="ignore"):
        return pytest.importorskip(name, reason=f"{name}, with which ours is compared, is not installed")
