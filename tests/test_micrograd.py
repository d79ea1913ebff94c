"""Code written for micrograd runs with only its import lines changed, and gives what it should.

The two functions are micrograd's own (A. Karpathy, MIT licence): the example of its README and the expression of its
first test, line for line, with the class as an argument so that other engines can run them too.
"""

from __future__ import annotations

from typing import Any

import pytest

from autograd import Value
from tests.peers import peer


def readme(Value: Any) -> tuple[Any, Any, Any]:
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    return g.data, a.grad, b.grad


def sanity_check(Value: Any) -> tuple[Any, Any]:
    x = Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    return y.data, x.grad


def test_its_readme_prints_what_is_written_there() -> None:
    assert [f"{number:.4f}" for number in readme(Value)] == ["24.7041", "138.8338", "645.5773"]


def test_its_engine_tests_give_what_pytorch_gives() -> None:
    # By PyTorch 2.13, in float64.
    assert sanity_check(Value) == (-20.0, 46.0)
    assert readme(Value) == pytest.approx((24.70408163265306, 138.83381924198252, 645.5772594752186), rel=1e-15)


def test_its_engine_tests_give_what_the_installed_pytorch_gives() -> None:
    torch = peer("torch")

    def tensor(x: float) -> Any:
        return torch.tensor([x], dtype=torch.float64, requires_grad=True)

    for program in (sanity_check, readme):
        assert program(Value) == pytest.approx([number.item() for number in program(tensor)], rel=1e-14)


def test_its_engine_tests_give_what_micrograd_gives() -> None:
    engine = peer("micrograd.engine")
    for program in (sanity_check, readme):
        assert program(Value) == pytest.approx(program(engine.Value), rel=1e-15)
