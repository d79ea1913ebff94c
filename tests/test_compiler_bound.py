"""Parameters whose numbers are places in a program's vectors."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograd import Value, no_grad
from autograd.compiler.rows.bound import bound
from nn import MLP, SGD, fit, mse_loss


@pytest.fixture
def vectors() -> tuple[Any, Any]:
    return np.zeros(2), np.zeros(2)


def numbers(*leaves: Value) -> tuple[float | None, ...]:
    return tuple(number for x in leaves for number in (x.data, x.grad))


def test_what_either_writes_the_other_reads(vectors: tuple[Any, Any]) -> None:
    data, grad = vectors
    x, y = Value(3.0, "x"), Value(2.0)
    y.grad = 0.5
    with bound([x, y], data, grad):
        assert data.tolist() == [3.0, 2.0]
        assert numbers(x, y) == (3.0, None, 2.0, 0.5)
        data[0], grad[0] = 7.0, -1.0
        assert numbers(x) == (7.0, -1.0)
        assert repr(x) == "Value(7.0, 'x', grad=-1.0)"
        y.data, y.grad = 4, None
        assert data[1] == 4.0
        assert np.isnan(grad[1])
        assert type(numbers(y)[0]) is float
    data[:], grad[:] = 0.0, 0.0
    assert numbers(x, y) == (7.0, -1.0, 4.0, None)
    assert type(x) is Value


def test_they_are_recorded_differentiated_and_copied_as_ever(vectors: tuple[Any, Any]) -> None:
    x, y = Value(3.0), Value(2.0)
    with bound([x, y], *vectors):
        z = x * y + (-x).tanh() + 2 / x + x.detach()
        assert {type(node) for node in (z, x + 1, 1 - x, -x, x.detach())} == {Value}
        assert isinstance(x, Value)
        z.backward()
        assert vectors[1].tolist() == [x.grad, y.grad] == pytest.approx([2 - 1 / np.cosh(3) ** 2 - 2 / 9, 3])
        with no_grad():
            assert (x * y).data == 6.0
        for twin in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x)), copy.deepcopy(z).parents[0]):
            assert type(twin) is Value
            twin.data = 100.0
        assert pickle.loads(pickle.dumps(z)).data == z.data
        assert x.data == 3.0


def test_a_subclass_keeps_what_it_has(vectors: tuple[Any, Any]) -> None:
    class Named(Value):
        name: str

        def twice(self) -> Any:
            return 2 * self

    class Slotted(Value):
        __slots__ = ("unit",)
        unit: str

    x, y = Named(1.0), Slotted(2.0)
    x.name, y.unit = "speed", "m"
    with bound([x, y], *vectors):
        vectors[0][0] = 5.0
        assert (type(x.twice()), x.twice().data, x.name) == (Named, 10.0, "speed")
        assert (type(x), type(y)) != (Named, Slotted)
        assert (type(x * y), y.unit) == (Named, "m")
    assert (type(x), type(y), x.data) == (Named, Slotted, 5.0)


def test_where_binding_is_interrupted_all_are_as_they_were(vectors: tuple[Any, Any]) -> None:
    class Interrupted(list[Value]):
        passes = 0

        def __iter__(self) -> Iterator[Value]:
            self.passes += 1
            yield self[0]
            if self.passes == 4:
                raise KeyboardInterrupt
            yield self[1]

    x, y = leaves = Interrupted([Value(3.0), Value(2.0)])
    leaves.passes = 0
    with pytest.raises(KeyboardInterrupt), bound(leaves, *vectors):
        pass
    assert (type(x), type(y), x.data, y.data, x.grad) == (Value, Value, 3.0, 2.0, None)


def test_during_a_training_everyone_sees_the_parameters_as_they_are() -> None:
    seen = []

    class Watched(SGD):
        def update(self, i: Any, x: Any, g: Any) -> None:
            super().update(i, x, g)
            thread = threading.Thread(target=lambda: seen.append((self.parameters[0].data, self.parameters[0].grad)))
            thread.start()
            thread.join()

    models = [MLP(1, [1]) for _ in range(2)]
    for p, q in zip(*(model.parameters() for model in models), strict=True):
        q.data = p.data
    for model, compiled in zip(models, (True, False), strict=True):
        optimizer = Watched(model.parameters(), 0.1)
        fit(model, ([[1.0], [2.0]], [1.0, 3.0]), mse_loss, optimizer, 4, progress=False, compile=compiled)
    one, each = seen[:4], seen[4:][1::2]  # scalar by scalar there is an update for the weight and one for the bias
    assert np.array(one, float) == pytest.approx(np.array(each, float), rel=1e-12)
    assert len(set(one)) == 4
