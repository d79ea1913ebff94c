"""A user's own elementary function does all that those of the table do."""

import copy
import pickle
from typing import Any

import pytest

import autograd
from autograd import DomainError, Value, custom, draw, formula, grad, gradcheck, ieee
from autograd.formula import Formula, local_partials
from autograd.op import Domain, Op


@pytest.fixture
def swish() -> Op:
    return custom(
        "swish",
        lambda m, x: (x * m.sigmoid(x), (m.sigmoid(x) + x * m.sigmoid_slope(x),)),
        doc="x sigmoid(x).",
        domain=Domain("x > -100", lambda x: x > -100),
    )


def test_it_differentiates_any_number_of_times(swish: Op) -> None:
    def by_hand(x: Any) -> Any:
        return x * autograd.sigmoid(x)

    for derivative in (lambda f: f, grad, lambda f: grad(grad(f)), lambda f: grad(grad(grad(f)))):
        assert derivative(swish)(0.7) == pytest.approx(derivative(by_hand)(0.7), rel=1e-13)
    assert gradcheck(swish, 0.7)
    assert float(grad(swish, precision=30)(0.7)) == pytest.approx(grad(swish)(0.7), rel=1e-14)


def test_it_is_written_and_drawn(swish: Op) -> None:
    x = Value(1.0, "x")
    y = swish(x) * 2
    assert formula(y).text == "swish(x)·2"
    assert formula(y).tex == r"\operatorname{swish}(x) \cdot 2"
    (slope,) = local_partials(swish(x), {x: Formula("x")})
    assert slope.text == "σ(x) + x·σ(x)(1 - σ(x))"
    assert "<svg" in draw(y).svg


def test_it_is_copied_pickled_and_recomputed(swish: Op) -> None:
    x = Value(1.0, "x")
    y = swish(x)
    assert pickle.loads(pickle.dumps(y)).op is copy.deepcopy(y).op is swish
    x.data = 2.0
    y.recompute()
    assert y.data == swish(2.0)


def test_it_minds_its_domain(swish: Op) -> None:
    assert swish.__doc__ == "x sigmoid(x). Raises TypeError for what is no number, DomainError unless x > -100."
    assert swish(-99.0) < 0
    root = custom(
        "root_of_its_own", lambda m, x: (m.sqrt(x), (0.5 / m.sqrt(x),)), domain=Domain("x >= 0", lambda x: x >= 0)
    )
    with pytest.raises(DomainError, match=r"^root_of_its_own is defined for x >= 0, got -1\.0 \(node 'a'\)$"):
        root(Value(-1.0, "a"))
    with ieee():
        assert root(Value(0.0)).partials == (float("inf"),)


def test_it_may_have_several_arguments() -> None:
    area = custom("area", lambda m, a, b: (a * b / 2, (b / 2, a / 2)))
    assert grad(area, argnums=(0, 1))(3.0, 4.0) == (2.0, 1.5)
    assert area(Value(3.0), 4.0).partials == (2.0,)


def test_it_can_be_made_anew_under_its_name_as_when_a_cell_of_a_notebook_is_run_again(swish: Op) -> None:
    y = swish(Value(1.0))
    again = custom("swish", lambda m, x: (x * x, (2 * x,)))
    assert again(Value(3.0)).partials == (6.0,)
    assert y.op is swish
    assert autograd.ops.TABLE["swish"] is again


MISTAKEN: dict[str, Any] = {
    "too few": lambda m, x, y: (x * y, (y,)),
    "too many": lambda m, x, y: (x * y, (y, x, 0.0)),
    "no tuple": lambda m, x, y: (x * y, y),
    "no pair": lambda m, x, y: (x * y, y, x),
    "nothing": lambda m, x, y: x * y,
    "None": lambda m, x, y: (x * y, (y, None)),
    "text": lambda m, x, y: (x * y, ("y", "x")),
    "a tuple in a tuple": lambda m, x, y: (x * y, ((y, x), 0.0)),
    "a complex value": lambda m, x, y: (x * y * 1j, (y, x)),
}


@pytest.mark.parametrize("rule", MISTAKEN.values(), ids=MISTAKEN)
def test_a_rule_that_gives_no_partial_derivative_for_each_argument_is_refused_by_name(rule: Any) -> None:
    product = custom("product", rule)
    cure = r"^The rule of product returns the value and a tuple of 2 .*, as in \(y, \(dy_dx, dy_dy,\)\); got "
    for f, x in ((product, 3.0), (product, Value(3.0)), (grad(product), 3.0)):
        with pytest.raises(TypeError, match=cure):
            f(x, 2.0)


def test_partial_derivatives_may_stand_in_a_list() -> None:
    def rule(m: Any, x: Any, y: Any) -> Any:
        return x * y, [y, x]

    product = custom("product", rule)
    assert grad(product, argnums=(0, 1))(3.0, 2.0) == (2.0, 3.0)


@pytest.mark.parametrize("rule", [lambda m: (1.0, ()), abs, Value], ids=["no argument", "not of m", "no function"])
def test_what_is_no_rule_of_a_namespace_and_arguments_is_refused(rule: Any) -> None:
    cure = r"^The rule of thing is a function such as lambda m, x: \(y, \(dy_dx,\)\); got "
    for mistaken in (rule, lambda m, *xs: (xs[0], (1.0,)), lambda m, x, **named: (x, (1.0,))):
        with pytest.raises(TypeError, match=cure):
            custom("thing", mistaken)
    assert "thing" not in autograd.ops.TABLE


@pytest.mark.parametrize("name", ["sin", "two words", "lambda", "", "9"])
def test_a_name_that_is_taken_or_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"^A custom function needs a name of its own, an identifier; "):
        custom(name, lambda m, x: (x, (1.0,)))
