"""The chain rule as a sum over paths (course, section 4)."""

import math
import random
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from autograd import Value, Vector, cos, derivation, draw, paths, sigmoid, sqrt


def test_the_products_along_the_paths_of_exercise_3a_add_up_to_equation_3() -> None:
    x, y, z = Value(1.0, "x"), Value(2.0, "y"), Value(4.0, "z")
    f = cos(x**2 * y) + x**2 * sqrt(z)
    found = paths(f, x)
    products = sorted(path.product for path in found)
    assert found.count == len(products) == 2
    assert products == pytest.approx(sorted([2 * 1 * 2 * -math.sin(2), 2 * 1 * math.sqrt(4)]))
    assert found.sum == pytest.approx(-2 * 1 * 2 * math.sin(2) + 2 * 1 * math.sqrt(4), rel=1e-15)


def test_a_path_leads_from_the_result_down_to_the_argument_along_edges() -> None:
    x = Value(3.0)
    a = x * 2
    y = a + x
    way, direct = sorted(paths(y, x), key=lambda path: -len(path.nodes))
    assert way.nodes == (y, a, x)
    assert all(one is other for one, other in zip(way.nodes, (y, a, x), strict=True))
    assert (way.partials, way.product) == ((1.0, 2.0), 2.0)
    assert (direct.partials, direct.edges) == ((1.0,), (1,))


def test_an_argument_used_twice_by_one_node_is_two_paths() -> None:
    x = Value(3.0)
    assert [path.product for path in paths(x * x, x)] == [3.0, 3.0]


def test_from_a_node_to_itself_leads_the_empty_path() -> None:
    x = Value(3.0)
    (path,) = paths(x, x)
    assert (path.nodes, path.partials, path.product, paths(x, x).sum) == ((x,), (), 1.0, 1.0)


def test_where_no_path_leads_there_is_none() -> None:
    found = paths(Value(3.0) * 2, Value(3.0))
    assert (list(found), found.count, found.sum) == ([], 0, 0.0)
    assert repr(found) == "<0 path(s)>"


def test_paths_can_end_at_an_inner_node() -> None:
    x = Value(0.5)
    a = x * x
    y = a * a + a
    assert paths(y, a).count == 3
    assert paths(y, a).sum == pytest.approx(2 * 0.25 + 1)


def test_two_to_the_60_paths_are_counted_and_summed_at_once_and_listed_lazily() -> None:
    x = Value(1.0, "x")
    y = x
    for _ in range(60):
        y = (y + 1) * (y * 0.5)  # three nodes more, twice as many paths
    found = paths(y, x)
    assert found.count == 2**60
    assert len(next(iter(found)).nodes) == 121
    y.backward()
    assert found.sum == pytest.approx(x.grad, rel=1e-12)


def test_a_path_may_be_longer_than_pythons_recursion_limit() -> None:
    x = Value(1.0)
    y = x
    for _ in range(10 * sys.getrecursionlimit()):
        y = y * 1.0
    (path,) = paths(y, x)
    assert path.product == 1.0


def test_on_random_graphs_the_sum_over_paths_is_what_backward_finds() -> None:
    rng = random.Random(1)
    for _ in range(50):
        x = Value(rng.uniform(-1, 1))
        nodes = [x, x * 0.5]
        for _ in range(8):
            a, b = rng.choice(nodes), rng.choice(nodes)
            nodes.append(rng.choice([a * b, a + b, a - b * 0.25, a.sin(), b.tanh()]))
        y = nodes[-1]
        y.backward()
        found = paths(y, x)
        assert found.sum == pytest.approx(x.grad or 0.0, abs=1e-12)
        assert math.fsum(path.product for path in found) == pytest.approx(x.grad or 0.0, abs=1e-12)
        assert len(list(found)) == found.count


# -- written out ------------------------------------------------------------------------------------------------


def test_a_derivation_shows_symbols_numbers_and_result() -> None:
    x, y, z = Value(1.0, "x"), Value(2.0, "y"), Value(4.0, "z")
    f = cos(x**2 * y) + x**2 * sqrt(z)
    assert derivation(f, x).text == ("∂f/∂x = 2xy·(-sin(x²y)) + 2x√z\n      = 2·2·(-0.909297) + 2·2\n      = 0.36281")
    assert derivation(f, z).tex == r"\frac{\partial f}{\partial z} &= \frac{1}{2 \sqrt{z}} x^{2} \\  &= 0.25"


def test_a_step_that_only_repeats_the_one_before_is_left_out() -> None:
    x = Value(3.0, "x")
    assert derivation(x * 5, x).text == "∂f/∂x = 5"
    assert derivation(x * 5, Value(1.0, "w")).text == "∂f/∂w = 0"


def test_nodes_with_a_label_stand_as_it_in_a_derivation() -> None:
    w, x = Value(0.5, "w"), Value(3.0, "x")
    s = w * x
    s.label = "s"
    assert derivation(sigmoid(s), w).symbols.text == "x·σ(s)(1 - σ(s))"


def test_a_derivation_of_too_many_paths_is_refused() -> None:
    x = Value(1.0)
    y = x
    for _ in range(6):
        y = y * y
    with pytest.raises(ValueError, match=r"^There are 64 paths from y down to x, more than the 50 that can be read\.$"):
        derivation(y, x)


def test_counting_takes_time_that_grows_with_edges_not_paths() -> None:
    x = Value(1.0)
    y = x
    for _ in range(20_000):
        y = y + y
    started = time.monotonic()
    assert paths(y, x).count == 2**20_000
    assert time.monotonic() - started < 60  # walking the paths would not end


@pytest.mark.parametrize("make", [paths, derivation, lambda y, x: draw(y, paths=x)], ids=["paths", "formula", "draw"])
def test_from_what_is_no_node_there_is_no_derivative_rather_than_0(make: Callable[[Value, Any], Any]) -> None:
    w = Vector([1.0, 2.0], "w")
    s = w @ [3.0, 4.0]
    with pytest.raises(TypeError, match=r"^Paths join two Values, got Vector; of a Vector take an entry\.$"):
        make(s, w)
    assert paths(s, w[0]).sum == 3.0
