"""Code written for micrograd runs when only its import lines change: its README's example and its tests.

The numbers that its tests compare with PyTorch's are PyTorch 2's, written down; the comparison itself is made where
PyTorch is installed.
"""

from typing import Any

import pytest

from autograd import Value


def _readme(value: Any) -> tuple[Any, Any, Any]:
    a = value(-4.0)
    b = value(2.0)
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
    return a, b, g


def test_the_example_of_the_readme() -> None:
    a, b, g = _readme(Value)
    assert f"{g.data:.4f}" == "24.7041"
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


def _sanity(x: Any) -> Any:
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    return h + q + q * x


def test_sanity_check() -> None:
    x = Value(-4.0)
    y = _sanity(x)
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)


def test_more_ops() -> None:
    a, b, g = _readme(Value)
    tol = 1e-6
    assert abs(g.data - 24.70408163265306) < tol
    assert abs(a.grad - 138.83381924198252) < tol
    assert abs(b.grad - 645.5772594752186) < tol


def test_both_against_pytorch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch, the other implementation, is not installed")

    def tensor(x: float) -> Any:
        leaf = torch.tensor([x], dtype=torch.float64, requires_grad=True)
        leaf.retain_grad()
        return leaf

    a, b, g = _readme(Value)
    other_a, other_b, other_g = _readme(tensor)
    assert (g.data, a.grad, b.grad) == pytest.approx(
        (other_g.item(), other_a.grad.item(), other_b.grad.item()), rel=1e-12
    )
    x, other_x = Value(-4.0), tensor(-4.0)
    y, other_y = _sanity(x), _sanity(other_x)
    y.backward()
    other_y.backward()
    assert (y.data, x.grad) == (other_y.item(), other_x.grad.item())


def test_gradients_are_right_on_the_second_backward_call_too() -> None:
    # micrograd gives 324
    x = Value(3.0)
    y = x * x
    z = y * y
    z.backward()
    z.backward()
    assert x.grad == 216.0
    assert y.grad == 18.0
