"""What programs saved as Python do where Python raises, here in this process; see `test_export_save` for files."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from autograd import compile, ieee, value_and_grad
from autograd.compiler.export.carefully import again
from tests.test_export_save import EDGES, FUNCTIONS, UNLIKE, close, row


def saved(f: Callable[..., Any], tmp_path: Any) -> dict[str, Any]:
    """What a file of a function defines, whose calls are made again by the `again` of this package."""
    compile(f).save(tmp_path / "f.py", 0.75, derivatives=["value_and_grad"])
    names: dict[str, Any] = {}
    exec((tmp_path / "f.py").read_text(), names)  # noqa: S102  # a program that we wrote
    if "again" in names:
        names["again"] = again
    return names


@pytest.mark.parametrize("i", range(len(FUNCTIONS)))
def test_a_call_made_again_is_what_ieee_says_or_an_error(i: int, tmp_path: Any) -> None:
    f = FUNCTIONS[i]
    found = saved(f, tmp_path)["value_and_grad"]
    for x in EDGES:
        if x == -math.inf and f in UNLIKE:
            continue
        try:
            wanted: list[float] = row(compile(f).value_and_grad(x))
        except ValueError:
            with pytest.raises(ValueError, match=r"^The function is asked outside its domain: .+\.$"):
                found(x)
            with ieee():
                assert len(row(value_and_grad(f)(x))) == 2
        else:
            assert all(close(a, b, 1e-14) for a, b in zip(found(x), wanted, strict=True)), x


def test_what_it_returns_keeps_its_structure_and_its_bools() -> None:
    def value(x: Any) -> Any:
        return {"a": [1.0 / x, x > 0], "b": (-abs(x), 2.0 - x, 3.0 * x, x / 4.0)}

    def slope(x: Any) -> Any:
        return {"a": [math.inf / x, x > 0.0], "b": (x, 1.0 / (x - x))}

    assert again(lambda x: 0.0, slope, 2.0) == {"a": [math.inf, True], "b": (2.0, math.inf)}
    assert again(value, value, 2.0) == {"a": [0.5, True], "b": (-2.0, 0.0, 6.0, 0.5)}
    with pytest.raises(ValueError, match=r"a number is divided by 0\.$"):
        again(value, slope, 0.0)
    assert math.isnan(again(value, value, math.nan)["a"][0])
