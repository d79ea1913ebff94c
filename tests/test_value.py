"""What a Value is: its parts, its operators and methods, what it refuses."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import pytest

from autograd import Value, ops
from autograd.custom_op import CustomOp
from autograd.graph import nodes, operations

# -- parts ------------------------------------------------------------------------------------------------------


def test_a_leaf_has_data_and_perhaps_a_label_and_nothing_else() -> None:
    x = Value(3, "x")
    assert (x.data, x.label) == (3.0, "x")
    assert type(x.data) is float
    assert (x.grad, x.op, x.args, x.parents, x.partials, list(x.edges)) == (None, None, (), (), (), [])
    assert Value(3.0).label is None


def test_a_node_remembers_its_op_its_operands_as_written_and_the_local_partials() -> None:
    x, y = Value(3.0), Value(2.0)
    product = x * y
    assert product.op is ops.mul
    assert product.args == product.parents == (x, y)
    assert product.partials == (2.0, 3.0)
    assert [(parent is x, partial) for parent, partial in product.edges] == [(True, 2.0), (False, 3.0)]


@pytest.mark.parametrize(
    ("make", "args", "partials"),
    [
        (lambda x: x + 5, (..., 5), (1.0,)),
        (lambda x: 5 - x, (5, ...), (-1.0,)),
        (lambda x: x * 2.5, (..., 2.5), (2.5,)),
        (lambda x: 6 / x, (6, ...), (-1.5,)),
        (lambda x: x**3, (..., 3), (12.0,)),
        (lambda x: 3**x, (3, ...), (9 * math.log(3),)),
        (lambda x: ops.maximum(1, x), (1, ...), (1.0,)),
        (lambda x: ops.dot([x, 4], [5, 6.0]), (..., 4, 5, 6.0), (5.0,)),
        (lambda x: ops.sum([1, x, x]), (1, ..., ...), (1.0, 1.0)),
    ],
    ids=map(str, range(9)),
)
def test_constants_are_operands_but_no_parents(
    make: Callable[[Value], Value], args: tuple[Any, ...], partials: tuple[float, ...]
) -> None:
    x = Value(2.0)
    node = make(x)
    assert [... if a is x else a for a in node.args] == [*args]
    assert [type(a) for a in node.args if a is not x] == [type(a) for a in args if a is not ...]
    assert set(node.parents) == {x}
    assert node.partials == pytest.approx(partials)


def test_an_operand_used_twice_has_two_edges() -> None:
    x = Value(3.0)
    assert [(parent is x, partial) for parent, partial in (x * x).edges] == [(True, 3.0), (True, 3.0)]


def test_nodes_come_after_their_parents_and_leaves_first() -> None:
    a, b, c = Value(1.0, "a"), Value(2.0, "b"), Value(3.0, "c")
    s = b * c
    t = s + a
    u = t * s
    assert nodes(u)[:3] == [b, c, a]
    assert nodes(u)[3:] == operations(u) == [s, t, u]
    assert nodes(a) == [a]
    assert operations(a) == []
    assert nodes(s, t, a) == [b, c, a, s, t]


def test_repr_shows_data_label_and_gradient() -> None:
    x = Value(3.0, "x")
    assert repr(Value(2)) == "Value(2.0)"
    assert repr(x) == "Value(3.0, 'x')"
    (x * 2).backward()
    assert repr(x) == str(x) == "Value(3.0, 'x', grad=2.0)"
    assert len(repr(Value(1.0, "x" * 1000))) < 60


def test_a_misspelt_attribute_is_not_accepted() -> None:
    x = Value(3.0)
    with pytest.raises(AttributeError):
        x.lable = "x"  # type: ignore[attr-defined]  # misspelt
    with pytest.raises(AttributeError, match="'Value' object has no attribute 'tahn'"):
        x.tahn()


@pytest.mark.parametrize("label", [3, b"x", ["x"]])
def test_a_label_is_text(label: Any) -> None:
    with pytest.raises(TypeError) as error:
        Value(1.0, label)
    assert str(error.value) == f"A label is text, got {label!r} ({type(label).__name__})."


@pytest.mark.parametrize("data", [[1.0], {}, object(), int])
def test_data_is_a_number(data: Any) -> None:
    with pytest.raises(TypeError, match="numbers"):
        Value(data)


def test_data_may_be_a_value_whose_number_is_taken() -> None:
    x = Value(3.0)
    copy = Value(x)
    assert copy.data == 3.0
    assert copy.parents == ()


def test_what_is_made_of_a_subclass_is_of_the_subclass() -> None:
    class Weight(Value):
        __slots__ = ()

    w = Weight(2.0)
    for node in (w + 1, 1 + w, w * w, -w, w.tanh(), w**2, 2**w, ops.maximum(w, 1.0), ops.dot([w], [3.0]), w / 1e-320):
        assert type(node) is Weight
        node.backward()
    assert w.grad is not None


# -- operators and methods --------------------------------------------------------------------------------------

OPERATORS: list[tuple[Callable[[Any, Any], Any], Any]] = [
    (operator.add, ops.add),
    (operator.sub, ops.sub),
    (operator.mul, ops.mul),
    (operator.truediv, ops.div),
    (operator.pow, ops.pow),
]


@pytest.mark.parametrize(("symbol", "op"), OPERATORS, ids=[op.name for _, op in OPERATORS])
def test_an_operator_is_the_row_of_the_table_on_either_side(symbol: Callable[[Any, Any], Any], op: Any) -> None:
    x, y = Value(3.0), Value(2.0)
    for a, b, number in [
        (x, y, symbol(3.0, 2.0)),
        (x, 2.0, symbol(3.0, 2.0)),
        (2.0, x, symbol(2.0, 3.0)),
        (x, 2, symbol(3.0, 2.0)),
        (2, x, symbol(2.0, 3.0)),
        (x, x, symbol(3.0, 3.0)),
    ]:
        by_operator, by_function = symbol(a, b), op(a, b)
        assert by_operator.data == by_function.data == number
        assert by_operator.op is by_function.op
        assert by_operator.args == by_function.args
        assert by_operator.partials == by_function.partials


def test_signs_and_magnitude() -> None:
    x = Value(-3.0)
    assert +x is x
    assert ((-x).data, (-x).partials, (-x).op) == (3.0, (-1.0,), ops.neg)
    assert (abs(x).data, abs(x).partials, abs(x).op) == (3.0, (-1.0,), ops.abs)


def test_augmented_assignment_makes_a_new_node_and_leaves_the_old_one_as_it_was() -> None:
    x = Value(3.0)
    y = x
    y += 1
    y *= 2
    y -= x
    y /= 5
    y **= 2
    assert (x.data, x.parents, y.data) == (3.0, (), 1.0)
    y.backward()
    assert x.grad == pytest.approx(2 * 1.0 * (2 - 1) / 5)


def test_pythons_own_functions_work_that_need_only_operators() -> None:
    xs: list[Any] = [Value(2.0), Value(1.0)]
    assert sum(xs).data == 3.0
    assert math.prod(xs).data == 2.0
    assert max(xs) is xs[0]
    assert [x.data for x in sorted(xs)] == [1.0, 2.0]


def test_functions_of_one_and_two_numbers_are_methods_also_by_numpys_names() -> None:
    for op in [op for op in ops.TABLE.values() if not isinstance(op, CustomOp)]:  # which doctests leave behind
        if op.arity == 1 and not op.vectors:
            assert getattr(Value, op.name).__doc__ == op.__doc__
            node = getattr(Value(1.5), op.name)() if op.domain is None or op.domain.contains(1.5) else None
            assert node is None or node.op is op
        assert hasattr(Value, op.name) is (not op.vectors and op.arity <= 2)
    arcs = {name for name in dir(Value) if name.startswith("arc")}
    assert arcs == {f"arc{name}" for name in ("sin", "cos", "tan", "tan2", "sinh", "cosh", "tanh")}


@pytest.mark.parametrize("name", ["arcsin", "arccos", "arctan", "arcsinh", "arctanh"])
def test_the_inverse_functions_also_have_their_names_of_numpy(name: str) -> None:
    assert getattr(Value(0.5), name)().op is ops.TABLE[name.replace("arc", "a")]


@pytest.mark.parametrize("symbol", [operator.matmul, operator.and_, operator.lshift])
def test_operators_without_a_derivative_are_not_there(symbol: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        symbol(Value(3.0), 2.0)


def test_operators_leave_other_kinds_to_say_for_themselves_what_they_do_with_a_value() -> None:
    class Kind:
        def __add__(self, other: object) -> str:
            return "added"

        __radd__ = __mul__ = __rmul__ = __rpow__ = __rtruediv__ = __add__

    other: Any = Kind()
    x: Any = Value(3.0)
    assert [x + other, other + x, x * other, x**other, x / other] == ["added"] * 5
    with pytest.raises(TypeError, match="unsupported operand"):
        x - other


def test_a_kind_of_value_may_keep_its_number_elsewhere() -> None:
    class Kept(Value):
        @property
        def data(self) -> float:
            return self.elsewhere

        @data.setter
        def data(self, data: float) -> None:
            self.elsewhere = float(data)

    x, y = Kept(2.0), Value(3.0)
    x.elsewhere = 5.0
    f = x * y + x.tanh() + x**2 + 1 / x
    assert f.data == 15.0 + math.tanh(5.0) + 25.0 + 0.2
    f.backward()
    assert x.grad == pytest.approx(3.0 + 1 - math.tanh(5.0) ** 2 + 10.0 - 0.04)
    assert y.grad == 5.0
