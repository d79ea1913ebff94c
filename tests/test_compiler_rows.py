"""Programs over rows of data against the same loss, computed scalar by scalar."""

from __future__ import annotations

import inspect
import itertools
import keyword
import math
import random
import re
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import array_api_strict
import numpy as np
import pytest
from hypothesis import assume, given

import autograd
from autograd import (
    Value,
    cos,
    dot,
    exp,
    linear,
    log,
    logsumexp,
    maximum,
    relu,
    sigmoid,
    softmax,
    softplus,
    tanh,
    where,
)
from autograd import sum as total
from autograd.compiler.errors import CompileError
from autograd.compiler.rows.numpy_program import BranchError
from autograd.compiler.rows.rows import NumPyRows as RowProgram
from autograd.compiler.rows.rows import PlainRows
from autograd.compiler.rows.sources import library_source
from autograd.compiler.terms.array_ops import ROWS
from autograd.compiler.terms.arrays import Arrays
from autograd.graph import nodes as all_nodes
from nn import MLP, Layer, Sequential, cross_entropy, hinge_loss, l2, log_loss, log_loss_with_logits, mse_loss
from tests import naive
from tests.graphs import apply, disagreements, kinked_graphs, record, smooth_graphs
from tests.naive import Graph, Noise
from tests.peers import peer

Row = Callable[..., Any]


def compile_rows(f: Row, example: Sequence[Any], parameters: Sequence[Value]) -> RowProgram:
    """The program by NumPy."""
    program = autograd.compile_rows(f, example, parameters)
    assert isinstance(program, RowProgram)
    return program


def scalar_by_scalar(f: Row, rows: Sequence[Sequence[Any]], parameters: Sequence[Value], weights: Any) -> Any:
    """The weighted mean of the loss, and its gradient."""
    shares = np.ones(len(rows)) if weights is None else np.asarray(weights, float)
    with autograd.ieee():
        loss = dot([f(*row) for row in rows], (shares / shares.sum()).tolist())
    for p in parameters:
        p.grad = 0.0
    loss.backward()
    return loss.data, np.array([p.grad for p in parameters])


def numbers(rows: Sequence[Sequence[Any]]) -> Any:
    return np.array([np.hstack([np.ravel(np.asarray(part, float)) for part in row]) for row in rows])


def assert_agrees(
    f: Row,
    rows: Sequence[Sequence[Any]],
    parameters: Sequence[Value],
    weights: Any = None,
    tolerance: float = 1e-12,
    library: Any = array_api_strict,
) -> RowProgram:
    """The compiled loss and gradient are those of the scalar graph, for all rows, batches of 1 and 3, and in blocks."""
    program = compile_rows(f, rows[0], parameters)
    data = program.over(numbers(rows), None if weights is None else np.asarray(weights, float))
    shuffled = list(range(len(rows)))
    random.Random(1).shuffle(shuffled)
    runs = [(batch, 1000) for batch in (None, shuffled[:3], shuffled[-3:], [len(rows) - 1])]
    for batch, block in [*runs, (None, 3), (shuffled, 2)]:
        chosen = range(len(rows)) if batch is None else batch
        some = None if weights is None else [weights[i] for i in chosen]
        loss, gradient = scalar_by_scalar(f, [rows[i] for i in chosen], program.parameters, some)
        program.block = block
        with np.errstate(all="ignore"):
            for _ in range(2):  # a step leaves nothing behind that changes the next
                got = data.step(None if batch is None else np.array(batch))
        scale = max(abs(loss), 1e-3)
        assert got == pytest.approx(loss, rel=tolerance, abs=tolerance * scale), (batch, got, loss)
        allowed = tolerance * max(1e-3, np.abs(gradient).max(initial=0))
        assert np.abs(program.grad - gradient).max(initial=0) <= allowed, (batch, program.grad, gradient)
    assert_plain_agrees(f, rows, parameters, weights, tolerance)
    if library:
        loss, gradient = scalar_by_scalar(f, rows, program.parameters, weights)
        value, slopes = in_library(library, program, numbers(rows), weights)
        assert value == pytest.approx(loss, rel=tolerance, abs=tolerance)
        assert slopes == pytest.approx(gradient, rel=tolerance, abs=tolerance * max(1e-3, np.abs(gradient).max()))
    return program


def assert_plain_agrees(
    f: Row, rows: Sequence[Sequence[Any]], parameters: Sequence[Value], weights: Any = None, tolerance: float = 1e-12
) -> PlainRows:
    """So does the loop over rows in plain Python, for all rows and for some."""
    program = autograd.compile_rows(f, rows[0], parameters, engine="python")
    assert isinstance(program, PlainRows)
    data = program.over(numbers(rows).tolist(), weights)
    for batch in (None, [*range(len(rows))][::-2]):
        chosen = range(len(rows)) if batch is None else batch
        some = None if weights is None else [weights[i] for i in chosen]
        loss, gradient = scalar_by_scalar(f, [rows[i] for i in chosen], program.parameters, some)
        allowed = tolerance * max(1e-3, np.abs(gradient).max(initial=0))
        assert data.step(batch) == pytest.approx(loss, rel=tolerance, abs=tolerance * max(abs(loss), 1e-3))
        assert program.grad.tolist() == pytest.approx(gradient.tolist(), rel=tolerance, abs=allowed)
    return program


def in_library(xp: Any, program: RowProgram, matrix: Any, weights: Any = None) -> tuple[float, Any]:
    """Loss and gradient by the arrays of another library."""
    shares = np.ones(len(matrix)) if weights is None else np.asarray(weights, float)
    parameters, data, shares = (xp.asarray(x) for x in (program.all_data[:, 0], matrix, shares / shares.sum()))
    value, gradient = program.function(parameters)(parameters, data, shares)
    return float(value), np.asarray(gradient)[: len(program.parameters)]


def some_rows(inputs: int, target: Callable[[random.Random], Any], n: int = 7) -> list[tuple[list[float], Any]]:
    rng = random.Random(5)
    return [([rng.uniform(-2, 2) for _ in range(inputs)], target(rng)) for _ in range(n)]


def calls(program: RowProgram, name: str) -> int:
    """How often a step calls a function."""
    body = program.source.partition("def step")[2]
    return body.count(f" {name}(")


# -- models of nn -------------------------------------------------------------------------------------------------

LOSSES = {
    "mse": (mse_loss, 1, lambda rng: rng.uniform(-1, 1)),
    "hinge": (hinge_loss, 1, lambda rng: rng.choice([-1, 1])),
    "log, with logits": (log_loss_with_logits, 1, lambda rng: rng.randrange(2)),
    "log, with logits, of probabilities": (log_loss_with_logits, 1, lambda rng: rng.random()),
    "cross-entropy": (cross_entropy, 3, lambda rng: rng.randrange(3)),
}


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "softplus", "identity"])
@pytest.mark.parametrize("loss", LOSSES)
def test_networks_agree_with_their_scalars(activation: str, loss: str) -> None:
    of, outputs, target = LOSSES[loss]
    model = MLP(3, [5, 4, outputs], activation, rng=random.Random(2))
    program = assert_agrees(lambda x, y: of(model(x), y), some_rows(3, target), model.parameters())
    assert calls(program, "matmul") == 3 + 1 + (outputs > 1) + 3  # there, back but to the inputs, and the weights


def test_the_slope_of_a_unit_is_written_with_the_unit() -> None:
    model = MLP(2, [3, 1], "sigmoid", rng=random.Random(2))
    program = compile_rows(lambda x, y: log_loss_with_logits(model(x), y), ([0.5, 1.0], 1), model.parameters())
    slope = "sigmoid_1 * (exp(minimum(-s_1, 708.0)) * sigmoid_1)"
    assert f"# d_s_1 = d_sigmoid_1 * ({slope})" in program.source
    assert program.source.count("# sigmoid_1 = 1.0 / (1.0 + exp(minimum(-s_1, 708.0)))") == 1


def test_data_have_the_names_of_the_arguments_and_constants_say_what_they_are() -> None:
    model = MLP(2, [3, 1], "tanh", rng=random.Random(2))
    source = compile_rows(lambda x, y: mse_loss(model(x), y), ([0.5, 1.0], 1.0), model.parameters()).source
    assert "def step(x_rows, y, weights_times_2, weights):" in source
    assert [line.strip() for line in source.splitlines() if "#" in line and "tanh" not in line] == [
        "# s_1 = W_1 x + biases",
        "# sub_1 = s_2 - y",
        "# l = sub_1*sub_1",
        "# d_s_2 = sub_1 * weights_times_2",
        "# d_W_1 = d_s_1 xᵀ",
        "# the loss",
    ]
    parts = compile_rows(lambda t, u: (model([t[0], u]) - t[1] - t[2] * u) ** 2, ([1.0] * 3, 1.0), model.parameters())
    assert {"t_1 = data[1:2, ...]", "t_2 = data[2:3, ...]", "u = data[3:4, ...]"} <= {
        line.strip() for line in parts.source.splitlines()
    }


def test_what_the_loss_calls_by_a_name_has_it_in_the_program_too() -> None:
    w = Value(0.5)

    def scaled(x: Any) -> Any:
        twice = 2 * x
        return twice * w

    def loss(x: Any, y: Any) -> Any:
        late = x > y
        share = where(late, 0.25, 0.75)
        return share * tanh(scaled(x))

    source = assert_agrees(loss, [(1.0, 2.0), (2.0, 1.0)], [w]).source
    for line in (
        "late = x > y",
        "share = where(late, 0.25, 0.75)",
        "twice = 2.0*x",
        "# l = share*tanh_1",
    ):
        assert line in source


def named(f: Row, names: Sequence[str]) -> Row:
    """`f` with its parameters named so."""

    def g(*args: Any) -> Any:
        return f(*args)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    g.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])  # type: ignore[attr-defined]
    return g


def test_an_argument_may_have_any_name_that_programs_use() -> None:
    model = MLP(3, [2, 3], "tanh", rng=random.Random(2))

    def loss(x: Any, y: Any) -> Any:
        return cross_entropy(model([*x[1:], x[0] * y]), y) + 0.01 * l2(model.parameters()) * x[2] - x[1]

    rows = some_rows(3, lambda rng: rng.randrange(3))
    program = compile_rows(loss, rows[0], model.parameters())
    text = program.source + library_source(program.loss, program.slopes, program.reserved())[0]
    words = sorted({word for word in re.findall(r"[^\W\d]\w*", text) if not keyword.iskeyword(word)})
    assert len(words) > 60
    stems = {re.sub(r"_\d+$", "", word) for word in words if not keyword.iskeyword(re.sub(r"_\d+$", "", word))}
    for x, y in itertools.pairwise([*words, *sorted(stems)]):
        if x != y:
            assert_agrees(named(loss, [x, y]), rows, model.parameters())


def test_log_loss_of_a_probability_agrees() -> None:
    model = MLP(2, [3, 1], "tanh", "sigmoid", rng=random.Random(2))
    for target in (lambda rng: rng.randrange(2), lambda rng: rng.random()):
        assert_agrees(lambda x, y: log_loss(model(x), y), some_rows(2, target), model.parameters())


def test_weights_of_rows_are_those_of_a_mean() -> None:
    model = MLP(2, [3, 1], rng=random.Random(2))
    rows = some_rows(2, lambda rng: rng.choice([-1, 1]))
    assert_agrees(lambda x, y: hinge_loss(model(x), y), rows, model.parameters(), [1, 2.5, 3, 0.5, 1, 7, 2])


def test_a_penalty_is_computed_once_and_not_for_each_row() -> None:
    model = MLP(2, [4, 1], rng=random.Random(2))
    rows = some_rows(2, lambda rng: rng.choice([-1, 1]))
    program = assert_agrees(
        lambda x, y: hinge_loss(model(x), y) + 1e-2 * l2(model.parameters()), rows, model.parameters()
    )
    assert calls(program, "vdot") == 2  # the other is the mean
    assert "vdot(parameters, parameters)" in program.source


def test_a_block_without_weight_is_left_out_and_a_sum_is_not_cut() -> None:
    w = Value(0.5)
    program = compile_rows(lambda x: log(w * x) + w, (1.0,), [w])
    rows, weights = np.array([[1.0], [2.0], [-1.0], [-2.0], [3.0]]), np.array([1.0, 2.0, 0.0, 0.0, 1.0])
    program.block = 2
    with np.errstate(all="ignore"):  # the two that have no logarithm are a block
        loss = program.over(rows, weights).step()
        assert loss == pytest.approx(math.log(0.5) + 0.5 + (2 * math.log(2) + math.log(3)) / 4, rel=1e-14)
        assert program.grad == pytest.approx([3.0], rel=1e-14)
        program.summed = True
        assert program.over(np.ones((5, 1))).step() == pytest.approx(5 * math.log(0.5) + 0.5, rel=1e-14)


def test_memory_on_the_way_is_that_of_a_block() -> None:
    model = MLP(2, [16, 16, 1], "tanh", rng=random.Random(2))
    program = compile_rows(lambda x, y: mse_loss(model(x), y), ([0.0, 0.0], 0.0), model.parameters())
    data = program.over(np.random.default_rng(1).random((100_000, 3)))
    tracemalloc.start()
    data.step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000 * 8 * 16  # what one layer would take for all rows


def test_a_batch_of_one_row_and_a_network_of_one_neuron() -> None:
    model = MLP(1, [1], rng=random.Random(2))
    assert_agrees(lambda x, y: mse_loss(model(x), y), some_rows(1, lambda rng: rng.random(), 1) * 3, model.parameters())


# -- models of one's own ------------------------------------------------------------------------------------------


def neurons(n: int, m: int, rng: random.Random) -> list[tuple[list[Value], Value]]:
    return [([Value(rng.uniform(-1, 1)) for _ in range(n)], Value(rng.uniform(-1, 1))) for _ in range(m)]


def flat(*layers: list[tuple[list[Value], Value]]) -> list[Value]:
    return [p for layer in layers for w, b in layer for p in (*w, b)]


def test_chains_in_micrograd_s_style_become_matrix_products() -> None:
    rng = random.Random(3)
    hidden, last = neurons(2, 4, rng), neurons(4, 1, rng)
    parameters = flat(hidden, last)

    def model(x: Any) -> Any:
        for layer in (hidden, last):
            s = [sum((wi * xi for wi, xi in zip(w, x, strict=True)), b) for w, b in layer]
            x = [z.relu() for z in s] if layer is hidden else s
        return x[0]

    def loss(x: Any, y: Any) -> Any:
        return (1 + -y * model(x)).relu() + 1e-3 * sum(p * p for p in parameters)

    program = assert_agrees(loss, some_rows(2, lambda rng: rng.choice([-1, 1])), parameters)
    assert calls(program, "matmul") == 4
    assert "vdot(parameters, parameters)" in program.source


def test_weights_kept_apart_from_biases_and_factors_in_either_order() -> None:
    rng = random.Random(3)
    w = [[Value(rng.uniform(-1, 1)) for _ in range(3)] for _ in range(2)]
    b = [Value(0.1), Value(0.2)]

    def loss(x: Any, y: Any) -> Any:
        h = [bi + dot(x, wi) for wi, bi in zip(w, b, strict=True)]
        g = [xi * wi for xi, wi in zip(h, w[0], strict=False)]
        return (g[0] - g[1] - y) ** 2

    assert_agrees(loss, some_rows(3, lambda rng: rng.random()), [*w[0], *w[1], *b])


def test_a_skip_connection_and_inputs_from_two_places() -> None:
    rng = random.Random(4)
    first, second = neurons(3, 3, rng), neurons(5, 1, rng)

    def loss(x: Any, y: Any) -> Any:
        h = [tanh(linear(w, x, b)) + xi for (w, b), xi in zip(first, x, strict=True)]
        return (linear(second[0][0], [*h, x[0], h[1] * x[2]], second[0][1]) - y) ** 2

    assert_agrees(loss, some_rows(3, lambda rng: rng.random()), flat(first, second))


def test_a_layer_fed_by_a_part_of_the_one_before() -> None:
    rng = random.Random(4)
    first, second, third = neurons(2, 5, rng), neurons(3, 2, rng), neurons(3, 1, rng)

    def loss(x: Any, y: Any) -> Any:
        h = [tanh(linear(w, x, b)) for w, b in first]
        g = [linear(w, h[1:4], b) for w, b in second]
        g[1] += 0.1 * linear(third[0][0], h[1:4], third[0][1]).exp()
        return (g[0] * g[1] + h[0] - h[4] + dot(second[0][0], h[2:]) - y) ** 2

    assert_agrees(loss, some_rows(2, lambda rng: rng.random()), flat(first, second, third))


def test_features_are_computed_once_for_all_data() -> None:
    rng = random.Random(4)
    layer = neurons(4, 2, rng)

    def loss(x: Any, y: Any) -> Any:
        features = [x[0], total(x), x[0] * logsumexp(x), exp(-(x[0] ** 2))]
        return sum((linear(w, features, b) - y) ** 2 for w, b in layer)

    program = assert_agrees(loss, some_rows(2, lambda rng: rng.random()), flat(layer))
    assert calls(program, "exp") == 0
    assert "exp(" in program.source


def test_an_activation_of_one_s_own_and_a_different_one_for_each_neuron() -> None:
    rng = random.Random(4)
    layer, last = neurons(2, 4, rng), neurons(4, 1, rng)

    def swish(s: Any) -> Any:
        return s * sigmoid(1.5 * s)

    def loss(x: Any, y: Any) -> Any:
        functions: list[Callable[[Any], Any]] = [
            swish,
            tanh,
            lambda s: where(s > 0, s, 0.1 * s),
            lambda s: maximum(s, s * s),
        ]
        h = [f(linear(w, x, b)) for f, (w, b) in zip(functions, layer, strict=True)]
        return softplus(linear(last[0][0], h, last[0][1]) * y)

    assert_agrees(loss, some_rows(2, lambda rng: rng.choice([-1, 1])), flat(layer, last))


def test_shared_weights_add_up() -> None:
    rng = random.Random(4)
    layer = neurons(2, 2, rng)

    def loss(x: Any, y: Any) -> Any:
        for _ in range(3):  # a recurrent network
            x = [tanh(linear(w, x, b)) for w, b in layer]
        return (x[0] * x[1] - y) ** 2 + layer[0][0][0] * x[0]

    assert_agrees(loss, some_rows(2, lambda rng: rng.random()), flat(layer))


def test_a_convolution_is_one_product() -> None:
    rng = random.Random(4)
    kernels, last = neurons(3, 2, rng), neurons(8, 1, rng)

    def loss(x: Any, y: Any) -> Any:
        maps = [relu(linear(w, x[i : i + 3], b)) for w, b in kernels for i in range(4)]
        return (linear(last[0][0], maps, last[0][1]) - y) ** 2

    program = assert_agrees(loss, some_rows(6, lambda rng: rng.random()), flat(kernels, last))
    assert calls(program, "matmul") == 4


def test_a_convolution_of_a_convolution() -> None:
    rng = random.Random(4)
    first, second = neurons(3, 2, rng), neurons(4, 2, rng)

    def loss(x: Any, y: Any) -> Any:
        maps = [[tanh(linear(w, x[i : i + 3], b)) for i in range(4)] for w, b in first]
        patches = [[*maps[0][i : i + 2], *maps[1][i : i + 2]] for i in range(3)]
        return (total([relu(linear(w, patch, b)) for w, b in second for patch in patches]) - y) ** 2

    program = assert_agrees(loss, some_rows(6, lambda rng: rng.random()), flat(first, second))
    assert calls(program, "matmul") == 5


def test_numbers_made_on_the_way_are_constants_and_conditions_on_them_no_branches() -> None:
    a = Value(2.0)

    def loss(x: Any, y: Any) -> Any:
        scale = Value(2.0) * 1.5
        if scale > 1:
            x = scale * x
        return (a * x - y) ** 2 + 1.0

    program = assert_agrees(loss, [(1.0, 2.0), (2.0, 0.5), (3.0, 1.0)], [a])
    assert calls(program, "multiply") < 4


def test_a_branch_that_is_not_taken_may_be_nan() -> None:
    a, b = Value(1.0), Value(0.3)
    layer = neurons(2, 2, random.Random(4))
    rows = [([x, 0.5], y) for x, y in ((1.0, 2.0), (-2.0, 0.5), (3.0, 1.0), (-1.0, -3.0), (0.0, 1.0))]

    def roots(x: Any, y: Any) -> Any:
        return (where(a * x[0] > 0, lambda: autograd.sqrt(a * x[0]), lambda: b * x[0]) - y) ** 2

    def layers(x: Any, y: Any) -> Any:
        h = [where(b * x[0] > 0, log(a * x[0]) * b, b * x[0]), x[1]]
        logs = [log(a * x[0]), a * x[1]]
        return sum(where(a * x[0] > 0, linear(w, logs, c), linear(w, h, c)) for w, c in layer) ** 2

    def nested(x: Any, y: Any) -> Any:
        u = a * x[0]
        inner = where(u > 2, 1 / (u - 3.5), log(u) + where(u > 0.5, u, -u))
        return (where(u > 0, inner, tanh(u)) - y) ** 2

    def several(x: Any, y: Any) -> Any:
        u = a * x[0]
        return where(u > 0, logsumexp([log(u), b]) + dot([log(u), b], [b, u]), u * b)

    for loss in (roots, layers, nested, several):
        assert_agrees(loss, rows, [a, b, *flat(layer)])


def test_what_only_some_rows_need_is_computed_for_these_alone() -> None:
    a = Value(0.5)
    rows = [(1.0,), (-2.0,)]
    assert_agrees(lambda x: where(x > 0, lambda: exp(a) * 3.0, lambda: x * a), rows, [a])
    assert_agrees(lambda x: where(x > 0, lambda: log(a) * 3.0, lambda: where(exp(a) > x, exp(a), a * x)), rows, [a])


def test_conditions_are_taken_in_another_order() -> None:
    a, b = Value(0.5), Value(0.3)

    def loss(x: Any) -> Any:
        holds = [a * y > b for y in x]
        first = [where(c, a * y, b) for c, y in zip(holds, x, strict=True)]
        return dot(first, [where(holds[i], tanh(first[i]), b * x[i]) for i in (2, 0, 1)])

    program = assert_agrees(loss, [([1.0, -2.0, 3.0],), ([-0.5, 2.0, 0.1],)], [a, b])
    assert "take(gt_1" in program.source


def test_lanes_that_only_a_condition_reads_have_no_slope() -> None:
    a, b = Value(2.0), Value(0.0)
    program = assert_agrees(
        lambda x: (autograd.sqrt(a * x) - where(autograd.sqrt(b * x) > 1.0, 1.0, 2.0)) ** 2, [(1.0,), (2.0,)], [a, b]
    )
    assert program.grad[1] == 0


def test_a_loss_that_no_data_enter_is_a_penalty_alone() -> None:
    a = Value(2.0)
    assert_agrees(lambda x, y: a * a + a, [(1.0, 2.0), (2.0, 0.5), (3.0, 1.0)], [a])
    constant = compile_rows(lambda x: Value(2.0) * 1.5, (1.0,), [a])
    assert (constant.over(np.ones((2, 1))).step(), constant.grad.tolist()) == (3.0, [0.0])
    number = compile_rows(lambda x: autograd.sign(Value(2.0)) + 0.0 * a**0, (1.0,), [a])
    assert (number.over(np.ones((2, 1))).step(), number.grad.tolist()) == (1.0, [0.0])
    nothing = compile_rows(lambda x: 0.0 * Value(2.0), (1.0,), [a])
    assert (nothing.over(np.ones((2, 1))).step(), nothing.grad.tolist()) == (0.0, [0.0])
    assert in_library(array_api_strict, nothing, np.ones((2, 1))) == (0.0, [0.0])


def test_without_scipy_special_functions_are_computed_number_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    a = Value(0.5)
    rows = [(1.0, 2.0), (2.0, 0.5), (3.0, 1.0)]
    assert_agrees(lambda x, y: autograd.erf(a * x) * y + autograd.lgamma(a + 1.0), rows, [a], library=None)


def test_only_what_says_the_same_as_a_maximum_becomes_one() -> None:
    arrays = Arrays()
    x, y = (arrays.variable(name, (2, ROWS), 3) for name in "xy")
    choose = arrays.m.where
    assert choose(x > y, x, lambda: choose(y >= x, y, lambda: x + y)).head is autograd.ops.maximum
    assert choose(x < y, x, lambda: choose(y <= x, y, lambda: x + y)).head is autograd.ops.minimum
    for other in (choose(y > x, y, x + y), choose(y >= x, y, x - y), y):
        assert choose(x > y, x, other).head is autograd.ops.WHERE


def test_the_same_number_computed_in_two_ways_is_computed_once() -> None:
    a = Value(0.5)
    rows = [(1.0, 2.0), (2.0, 0.5), (3.0, 1.0)]
    program = assert_agrees(lambda x, y: ((2.0 * a).exp() * x - y) ** 2 + (a + a).exp(), rows, [a])
    assert program.source.count("multiply(2.0, parameters)") == 1
    assert calls(program, "power") == 0  # neither x**2 nor its slope


def test_what_a_condition_depends_on_has_no_slope_by_it() -> None:
    a = Value(2.0)
    program = assert_agrees(
        lambda x, y: where(a * x > y, a * x - y, 0.1 * (a * x - y)), [(1.0, 2.0), (2.0, 0.5), (3.0, 1.0)], [a]
    )
    assert "d_gt" not in program.source


def test_each_neuron_with_inputs_of_its_own() -> None:
    rng = random.Random(4)
    layer = neurons(2, 3, rng)

    def loss(x: Any, y: Any) -> Any:
        h = [sigmoid(linear(w, [x[i], x[(i + 1) % 3]], b)) for i, (w, b) in enumerate(layer)]
        return (h[0] * h[1] - h[2] + y) ** 2

    assert_agrees(loss, some_rows(3, lambda rng: rng.random()), flat(layer))


def gaussians(d: int, components: int) -> tuple[Row, list[Value]]:
    """A mixture of Gaussians, its factors lower triangles: so many sums, each of some of the inputs of another."""
    rng = random.Random(8)
    alpha = [Value(rng.gauss(0, 1)) for _ in range(components)]
    mu, q = ([[Value(rng.gauss(0, 0.5)) for _ in range(d)] for _ in range(components)] for _ in range(2))
    factors = [[[Value(rng.gauss(0, 0.3)) for _ in range(i)] for i in range(d)] for _ in range(components)]

    def loss(x: Any) -> Any:
        terms = []
        for k in range(components):
            c = [a - b for a, b in zip(x, mu[k], strict=True)]
            z = [exp(q[k][i]) * c[i] + dot(factors[k][i], c[:i]) for i in range(d)]
            terms.append(alpha[k] + total(q[k]) - 0.5 * dot(z, z))
        return logsumexp(alpha) - logsumexp(terms)

    rows = [*mu, *q, *itertools.chain.from_iterable(factors)]
    return loss, [*alpha, *itertools.chain.from_iterable(rows)]


def test_a_mixture_of_gaussians_is_a_product_of_several_matrices() -> None:
    loss, parameters = gaussians(4, 8)
    rows = [(x,) for x, _ in some_rows(4, lambda rng: 0, 3)]
    program = assert_agrees(loss, rows, parameters)
    assert calls(program, "matmul") == 3  # there, back to the inputs, and the weights


def test_sums_of_some_of_the_inputs_of_others_do_not_meet_what_a_branch_leaves_out() -> None:
    a = [Value(0.5 + 0.1 * i) for i in range(10)]

    def loss(x: Any) -> Any:
        inputs = [[a[i] * x[0], where(x[0] > 0, lambda: log(x[0]), a[i]) * a[i]] for i in range(4)]
        short = [linear([a[4 + i]], inputs[i][:1], 0.5) for i in range(4)]
        long = [linear([a[4 + i], a[5 + i]], inputs[i], a[i]) for i in range(4)]
        return where(x[0] > 0, total([s * l for s, l in zip(short, long, strict=True)]), total(short))

    assert_agrees(loss, [([1.0],), ([-2.0],), ([0.0],), ([3.0],)], a)


def test_several_matrices_of_which_each_is_needed_in_other_rows() -> None:
    a = [Value(0.5 + 0.1 * i) for i in range(8)]

    def loss(x: Any) -> Any:
        inputs = [[log(a[i] * y), a[i] * y] for i, y in enumerate(x)]
        sums = [linear([a[i], a[4 + i]], pair, 0.5) for i, pair in enumerate(inputs)]
        return total([where(y > 0, s, a[i]) for i, (y, s) in enumerate(zip(x, sums, strict=True))])

    program = assert_agrees(loss, [([1.0, -1.0, 0.0, 2.0],), ([-1.0, 2.0, 3.0, 0.5],), ([2.0, 0.3, 1.0, -3.0],)], a)
    assert calls(program, "matmul") == 2  # there and for the weights; back with one row of weights it is a product


def test_several_matrices_may_meet_an_input_twice() -> None:
    a = [Value(0.5 + 0.1 * i) for i in range(8)]

    def loss(x: Any) -> Any:
        units = [sigmoid(b * y) for b, y in zip(a, x, strict=False)]
        return total([tanh(linear([a[i], a[7 - i]], [u, u], a[i])) for i, u in enumerate(units)])

    assert_agrees(loss, [(x,) for x, _ in some_rows(4, lambda rng: 0)], a)


def test_numbers_that_are_alike_in_all_lanes_and_ones_where_a_condition_holds() -> None:
    a, b = Value(0.5), Value(-0.3)
    rows = [(1.0, 2.0), (-2.0, 0.5), (3.0, 1.0)]
    assert_agrees(lambda x, y: dot([2.0, 2.0], [sigmoid(a * x), sigmoid(a * y)]), rows, [a])
    assert_agrees(lambda x, y: exp(where(a * x > 0, 1.0, 0.0)) * b * y + where(a * x > 0, 1.0, 0.0) * b, rows, [a, b])
    assert_agrees(lambda x, y: exp(a) * x + exp(a) + b * y, rows, [a, b])


def test_attention_multiplies_what_depends_on_data_with_its_like() -> None:
    rng = random.Random(6)
    queries, keys, values = neurons(2, 2, rng), neurons(2, 2, rng), neurons(2, 2, rng)

    def loss(tokens: Any, y: Any) -> Any:
        q, k, v = ([[linear(w, t, b) for w, b in part] for t in tokens] for part in (queries, keys, values))
        out = []
        for i in range(len(tokens)):
            shares = softmax([dot(q[i], key) for key in k])
            out += [dot(shares, [value[j] for value in v]) for j in range(2)]
        return (total(out) - y) ** 2

    rows = [([x[:2], x[2:4], x[4:]], y) for x, y in some_rows(6, lambda rng: rng.random())]
    assert_agrees(loss, rows, flat(queries, keys, values))


def test_weights_computed_from_parameters() -> None:
    rng = random.Random(7)
    layer, gain = neurons(3, 2, rng), Value(1.3)

    def loss(x: Any, y: Any) -> Any:
        h = []
        for w, b in layer:
            length = dot(w, w).sqrt()
            h.append(tanh(linear([gain * wi / length for wi in w], x, b)))
        return (h[0] - h[1] - y) ** 2 + log(gain) ** 2

    assert_agrees(loss, some_rows(3, lambda rng: rng.random()), [*flat(layer), gain])


def test_a_softmax_written_by_hand() -> None:
    model = MLP(2, [4, 3], "tanh", rng=random.Random(2))

    def loss(x: Any, y: Any) -> Any:
        powers = [exp(s) for s in model(x)]
        return -log(autograd.choose(powers, y) / sum(powers))

    assert_agrees(loss, some_rows(2, lambda rng: rng.randrange(3)), model.parameters())


def test_several_log_sums_of_exponentials_side_by_side() -> None:
    model = Sequential(Layer(2, 6, "identity", rng=random.Random(2)))

    def loss(x: Any, y: Any) -> Any:
        s = model(x)
        return (logsumexp(s[:3]) - logsumexp(s[3:]) - logsumexp([s[0], s[5], y])) ** 2

    assert_agrees(loss, some_rows(2, lambda rng: rng.random()), model.parameters())


@pytest.mark.parametrize("engine", ["numpy", "python"])
def test_digits_that_one_would_swallow_are_kept(engine: str) -> None:
    """Against mpmath, with ties, and infinite logits of which the probability is 0 or 1."""
    mp = pytest.importorskip("mpmath")
    a = Value(0.0)
    program = autograd.compile_rows(lambda x: logsumexp([a, *x]), ([0.0] * 3,), [a], engine)
    for row in ([-40.0, -45.0, -50.0], [-800.0, -1e300, -37.0], [0.0, 0.0, -40.0], [3.0, -1.0, 3.0], [-math.inf] * 3):
        with np.errstate(all="ignore"):
            value = program.over(np.array([row])).step()
        powers = [mp.exp(x) for x in row]
        assert value == pytest.approx(float(mp.log1p(sum(powers))), rel=1e-15)
        assert program.grad.tolist() == pytest.approx([float(1 / (1 + sum(powers)))], rel=1e-15)
    with np.errstate(all="ignore"):
        assert program.over(np.array([[math.inf, math.inf, 0.0]])).step() == math.inf
    assert program.grad.tolist() == [0.0]


@pytest.mark.parametrize("engine", ["numpy", "python"])
def test_cross_entropies_side_by_side_are_those_of_mathematics(engine: str) -> None:
    """Against mpmath: the right class the likeliest, one of several such, or hopeless; NaN where it is no class."""
    mp = pytest.importorskip("mpmath")
    shifts = [Value(0.25 * i, f"a_{i}") for i in range(3)]

    def loss(x: Any, y: Any, z: Any) -> Any:
        s = [a + b for a, b in zip(shifts, x, strict=True)]
        return cross_entropy(s, y) + cross_entropy(s[::-1], z)

    program = autograd.compile_rows(loss, ([0.0] * 3, 0, 0), shifts, engine)
    for x in ([30.0, -5.0, -40.0], [1.0, 0.75, 0.5], [700.0, -700.0, 0.0], [0.0, -math.inf, 2.0]):
        for y, z in ((0, 2), (1, 0), (2, 1)):
            s = [mp.mpf(a.data) + b for a, b in zip(shifts, x, strict=True)]
            with mp.workdps(700):
                total = sum(map(mp.exp, s))
                expected = 2 * mp.log(total) - s[y] - s[2 - z]
                slopes = [2 * mp.exp(t) / total - (k == y) - (k == 2 - z) for k, t in enumerate(s)]
            with np.errstate(all="ignore"):
                found = program.over(np.array([[*x, y, z]])).step()
            assert found == pytest.approx(float(expected), rel=1e-13)
            if found < math.inf:
                assert program.grad.tolist() == pytest.approx([*map(float, slopes)], rel=1e-13, abs=1e-300)
    with np.errstate(all="ignore"):
        assert math.isnan(program.over(np.array([[1.0, 2.0, 3.0, 0.5, 1.0]])).step())


@pytest.mark.parametrize("engine", ["numpy", "python"])
def test_losses_with_logits_keep_the_digits_of_a_row_that_is_nearly_certain(engine: str) -> None:
    mp = pytest.importorskip("mpmath")
    a = Value(1.0)
    logistic = autograd.compile_rows(lambda s, y: log_loss_with_logits(a * s, y), (0.0, 1), [a], engine)
    classes = autograd.compile_rows(lambda s, y: cross_entropy([a * x for x in s], y), ([0.0] * 3, 1), [a], engine)
    with np.errstate(all="ignore"):
        for s in (40.0, 700.0, -40.0, -1e4):
            with mp.workdps(50):
                expected = float(mp.log1p(mp.exp(-s)))
                of_classes = float(mp.log1p(mp.exp(-s) + mp.exp(-2 * mp.mpf(s))))
            assert logistic.over(np.array([[s, 1.0]])).step() == pytest.approx(expected, rel=1e-14)
            assert classes.over(np.array([[-s, 0.0, s, 2.0]])).step() == pytest.approx(of_classes, rel=1e-14)
        assert classes.over(np.array([[-math.inf, 0.0, 40.0, 2.0]])).step() == pytest.approx(math.exp(-40), rel=1e-14)


ELSEWHERE = {"sigmoid", "softplus", "relu", "logaddexp", "neg", "one_minus_square", "sech", "unit", "xlogy"}


def test_every_function_of_the_table_in_a_row() -> None:
    skipped = {"polygamma", "power", "add", "sub", "mul", "div", "sum", "dot", "linear", "logsumexp"}
    a, b = Value(0.3), Value(0.2)
    for name, op in autograd.ops.TABLE.items():
        if name in skipped or op.vectors:
            continue

        def loss(x: Any, y: Any, op: Any = op) -> Any:
            s = a * x[0] + b + (2.0 if op.name == "acosh" else 0.0)
            return op(s) * y if op.arity == 1 else op(s, b * x[0] + 0.1) * y

        rows = [([x], y) for x, y in ((0.5, 1.0), (1.5, -2.0), (0.1, 0.3), (0.9, 0.7))]
        library = array_api_strict if hasattr(array_api_strict, name) or name in ELSEWHERE else None
        assert_agrees(loss, rows, [a, b], tolerance=1e-11, library=library)


def test_what_is_not_trained_is_read_and_has_no_gradient() -> None:
    a, b, frozen = Value(2.0), Value(1.0), Value(3.0)
    program = assert_agrees(lambda x, y: (a * x * frozen + b - y) ** 2, [(1.0, 2.0), (2.0, 0.5), (3.0, 1.0)], [a, b])
    assert program.parameters == [a, b]
    before = program.over(np.array([[1.0, 2.0]])).step()
    frozen.data = 5.0
    program.load()
    assert program.over(np.array([[1.0, 2.0]])).step() != before


def test_a_parameter_that_is_not_used_has_the_gradient_zero() -> None:
    a, unused = Value(2.0), Value(1.0)
    assert_agrees(lambda x, y: (a * x - y) ** 2, [(1.0, 2.0), (2.0, 0.5), (3.0, 1.0)], [unused, a])


def test_constants_outside_a_domain_follow_ieee_754_as_data_do() -> None:
    w = Value(0.0)
    for f, value, slope in ((lambda: 0.0 ** cos(w), 0.0, 0.0), (lambda: (-1.0) ** cos(w), -1.0, math.nan)):
        program = compile_rows(lambda x, f=f: f() * x, (1.0,), [w])
        with np.errstate(all="ignore"):
            assert program.over(np.ones((1, 1))).step() == value
        assert program.grad.tolist() == pytest.approx([slope], nan_ok=True)


def test_nan_passes_as_it_does_through_columns() -> None:
    model = MLP(2, [3, 1], rng=random.Random(1))
    program = compile_rows(lambda x, y: mse_loss(model(x), y), ([0.0, 0.0], 0.0), model.parameters())
    data = program.over(np.array([[0.0, 0.0, 0.0], [math.nan, 0.0, 0.0]]))
    assert math.isnan(data.step())
    assert np.isnan(program.grad).any()


def test_pytorch_computes_the_same() -> None:
    torch = peer("torch")
    model = MLP(3, [5, 4, 3], "tanh", rng=random.Random(2))
    rows = some_rows(3, lambda rng: rng.randrange(3))
    assert_agrees(
        lambda x, y: cross_entropy(model(x), y) + 0.1 * l2(model.parameters()),
        rows,
        model.parameters(),
        [1, 2.5, 3, 0.5, 1, 7, 2],
        library=torch,
    )


def test_a_function_that_a_library_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    a = Value(0.5)
    monkeypatch.delattr(array_api_strict, "sinh")
    program = compile_rows(lambda x: autograd.sinh(a * x), (1.0,), [a])
    with pytest.raises(CompileError, match="array_api_strict has no sinh"):
        in_library(array_api_strict, program, np.ones((2, 1)))


# -- random graphs ------------------------------------------------------------------------------------------------


def compiled(graph: Graph, rows: int, engine: str) -> list[float]:
    """The last node and its gradient by every second leaf, the others being data, for some equal rows."""
    parameters = [Value(x) for x in graph.leaves[::2]]
    data = list(graph.leaves[1::2])

    def loss(*row: Any) -> Any:
        leaves = [parameters[i // 2] if i % 2 == 0 else row[i // 2] for i in range(len(graph.leaves))]
        return graph.run(leaves, apply)[-1]

    program = autograd.compile_rows(loss, data, parameters, engine)
    with np.errstate(all="ignore"):
        value = program.over(np.array([data] * rows)).step()
    gradient = dict(zip(program.parameters, program.grad.tolist(), strict=True))
    return [value, *(gradient[p] for p in parameters)]


def naively(graph: Graph, noise: Noise | None) -> list[Any]:
    value = naive.evaluate(graph, graph.leaves, noise)[0][-1]
    return [value, *naive.gradient(graph, graph.leaves, noise)[::2]]


@given(smooth_graphs())
def test_random_graphs_agree_with_the_naive_engine(graph: Graph) -> None:
    assume(depends(graph))
    for engine in ("numpy", "python"):
        assert not disagreements(graph, compiled(graph, 3, engine), naively)


def test_a_lane_to_which_nobody_sends_a_slope_has_none() -> None:
    w = Value(1.0)

    def loss(x: Any) -> Any:  # the first |w| is used by a sign alone, whose slope is 0
        first, second = abs(w), abs(w)
        return autograd.sign(abs(first)) + abs(abs(second + w)) + x

    assert_agrees(loss, [(0.5,), (1.5,)], [w])


@given(kinked_graphs())
def test_on_kinks_slopes_are_those_of_the_table(graph: Graph) -> None:
    assume(depends(graph))
    leaves, nodes = record(graph)
    nodes[-1].backward()
    for engine in ("numpy", "python"):
        assert compiled(graph, 1, engine) == [nodes[-1].data, *(leaf.grad or 0.0 for leaf in leaves[::2])]


def depends(graph: Graph) -> bool:
    """Whether the last node depends on a parameter, that is on a leaf at all."""
    leaves, nodes = record(graph)
    return bool({*leaves[::2]} & {*all_nodes(nodes[-1])})


# -- what cannot be compiled --------------------------------------------------------------------------------------


def test_a_branch_on_what_depends_on_parameters_names_file_line_and_where() -> None:
    a = Value(2.0)

    def loss(x: Any, y: Any) -> Any:
        if a * x > 1:
            return a * x - y
        return y - a * x

    line = loss.__code__.co_firstlineno + 1
    with pytest.raises(CompileError, match=rf"^Line {line} of .*test_compiler_rows\.py branches .* autograd\.where"):
        compile_rows(loss, (1.0, 1.0), [a])


def test_a_branch_on_data_is_taken_where_all_rows_go_the_same_way() -> None:
    a = Value(2.0)

    def loss(x: Any, y: Any) -> Any:
        if x < 0:
            raise ValueError("negative")
        return a * x - y

    program = compile_rows(loss, (1.0, 1.0), [a])
    assert program.over(np.array([[1.0, 1.0], [2.0, 1.0]])).step() == 2.0
    with pytest.raises(BranchError, match=r"branches on the data") as caught:
        program.over(np.array([[1.0, 1.0], [-2.0, 1.0]]))
    assert caught.value.row == 1


def test_no_loss_and_data_of_another_width_are_refused() -> None:
    a = Value(2.0)
    with pytest.raises(CompileError, match="one Value"):
        compile_rows(lambda x: 1.0, (1.0,), [a])
    with pytest.raises(CompileError, match="one Value"):
        compile_rows(lambda x: [a * x, a], (1.0,), [a])
    program = compile_rows(lambda x: a * x, (1.0,), [a])
    with pytest.raises(ValueError, match=r"a matrix of 1 columns, got one of shape \(2, 3\)"):
        program.over(np.zeros((2, 3)))


# -- without NumPy ------------------------------------------------------------------------------------------------


def test_a_loop_over_rows_reads_like_what_one_writes_by_hand() -> None:
    a, b = Value(2.0, "a"), Value(1.0, "b")
    program = assert_plain_agrees(
        lambda x, y: (a * x + b - y) ** 2 + 0.5 * a * a, [(0.0, 1.0), (2.0, 2.0), (1.0, -1.0)], [a, b]
    )
    assert program.source.partition("\n\n")[0] == "\n".join([
        "def step(parameters, rows, shares):",
        "    a, b, = parameters",
        "    loss = 0.5*a*a",
        "    d_a = a",
        "    d_b = 0.0",
        "    for (x, y), share in zip(rows, shares):",
        "        t_1 = a*x + b - y",
        "        d_b_2 = 2.0 * (share*t_1)",
        "        loss += share*(t_1*t_1)",
        "        d_a += d_b_2*x",
        "        d_b += d_b_2",
        "    return loss, [d_a, d_b]",
    ])  # fmt: skip


def test_where_python_raises_rows_follow_ieee_754() -> None:
    w = Value(-1.0)
    cases: list[tuple[Row, float, float, float]] = [
        (lambda x: exp(w * x), -1000.0, math.inf, -math.inf),
        (lambda x: 1 / (x + 1000 * w), 1000.0, math.inf, -math.inf),
        (lambda x: log(w * x), 1.0, math.nan, -1.0),
    ]
    for f, x, loss, slope in cases:
        program = autograd.compile_rows(f, (1.0,), [w], "python")
        assert program.over([[x]]).step() == pytest.approx(loss, nan_ok=True)
        assert program.grad.tolist() == pytest.approx([slope], nan_ok=True)


def test_a_loop_over_rows_refuses_what_the_program_by_numpy_does() -> None:
    a = Value(2.0)
    program = autograd.compile_rows(lambda x, y: a * x if x > 0 else -a * x, (1.0, 1.0), [a], "python")
    assert program.over([[1.0, 1.0], [2.0, 1.0]]).step() == 3.0
    with pytest.raises(BranchError, match=r"branches on the data") as caught:
        program.over([[1.0, 1.0], [-2.0, 1.0]])
    assert caught.value.row == 1
    with pytest.raises(ValueError, match="a matrix of 2 columns"):
        program.over([[1.0]])
    with pytest.raises(ValueError, match="by the engine 'numpy' or 'python', got 'basic'"):
        autograd.compile_rows(lambda x: a * x, (1.0,), [a], "basic")


def test_without_numpy_rows_are_computed_by_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    a = Value(2.0)
    program = autograd.compile_rows(lambda x: a * x, (1.0,), [a])
    assert (program.over([[1.0], [3.0]]).step(), program.grad.tolist()) == (4.0, [2.0])
