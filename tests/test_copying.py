"""Copies and pickles of graphs: whole, shared where the originals are, and of any depth."""

import copy
import gc
import pickle
import sys
import weakref
from typing import Any

import pytest

import autograd
from autograd import Value, custom, grad, log, sin


def _chain(length: int) -> tuple[Value, Value]:
    x = Value(1.0, "x")
    y = x
    for _ in range(length):
        y = y * 1.0 + 0.0
    return x, y


def _pickled(x: Any) -> Any:
    return pickle.loads(pickle.dumps(x))


@pytest.fixture(params=[copy.deepcopy, _pickled], ids=["deepcopy", "pickle"])
def copied(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_a_leaf_comes_back_with_data_label_and_grad(copied: Any) -> None:
    x = Value(2.5, "x")
    x.grad = 3.0
    y = copied(x)
    assert y is not x
    assert (y.data, y.label, y.grad, y.op, y.parents) == (2.5, "x", 3.0, None, ())


def test_a_graph_comes_back_with_all_that_its_nodes_know(copied: Any) -> None:
    x, w = Value(0.5, "x"), Value(-2.0, "w")
    y = autograd.linear([w, x], [2, x], 0.25) * x**3 / 2 + sin(x)
    y.label = "y"
    y.backward()
    z = copied(y)
    old, new = autograd.graph.nodes(y), autograd.graph.nodes(z)
    assert len(old) == len(new)
    for a, b in zip(old, new, strict=True):
        assert a is not b
        assert (a.data, a.label, a.grad, a.op, a.partials) == (b.data, b.label, b.grad, b.op, b.partials)
        assert [old.index(p) for p in a.parents] == [new.index(p) for p in b.parents]
        assert len(a.args) == len(b.args)
    for node in new:
        node.grad = None
    z.backward()
    assert [n.grad for n in new] == pytest.approx([n.grad for n in old], rel=1e-15)


def test_leaves_that_two_graphs_share_stay_shared(copied: Any) -> None:
    x = Value(3.0)
    a, b, c = copied([x * 2, x * 5, x])
    assert a.parents[0] is b.parents[0] is c
    a.backward()
    b.backward()
    assert c.grad == 7.0
    assert x.grad is None


def test_one_graph_twice_is_one_graph(copied: Any) -> None:
    y = Value(3.0) * 2
    a, b = copied([y, y])
    assert a is b


def test_inner_nodes_that_two_graphs_share_stay_shared_in_a_deepcopy() -> None:
    x = Value(3.0)
    h = x * 2
    a, b = copy.deepcopy([h + 1, h + 2])
    assert a.parents[0] is b.parents[0]


def test_a_graph_deeper_than_recursion_comes_back(copied: Any) -> None:
    length = 20 * sys.getrecursionlimit()
    _, y = _chain(length)
    z = copied(y)
    (leaf,) = [n for n in autograd.graph.nodes(z) if not n.parents]
    z.backward()
    assert leaf.grad == 1.0


def test_a_shallow_copy_is_a_node_beside_the_original() -> None:
    x = Value(3.0)
    y = x * x
    z = copy.copy(y)
    assert z is not y
    assert (z.op, z.args, z.parents, z.partials) == (y.op, y.args, y.parents, y.partials)
    z.backward()
    assert x.grad == 6.0
    assert y.grad is None


def test_a_copy_within_a_differentiated_function_does_not_cut_the_graph() -> None:
    assert grad(lambda x: copy.deepcopy(x) * x)(3.0) == 6.0
    assert grad(lambda x: copy.copy(x) ** 3)(2.0) == 12.0
    assert grad(lambda d: copy.deepcopy(d)["a"] ** 2)({"a": 3.0}) == {"a": 6.0}


def test_a_subclass_stays_one(copied: Any) -> None:
    x = Tagged(2.0)
    assert type(x * 3) is type(sin(x)) is type(autograd.dot([x], [2.0])) is Tagged
    y = copied(x * 3)
    assert type(y) is type(y.parents[0]) is Tagged


class Tagged(Value):
    """A Value of a user's own."""


def test_an_op_is_pickled_by_name_and_copied_as_itself(copied: Any) -> None:
    assert copied(log) is log
    assert copy.copy(log) is log


def test_a_custom_function_that_is_not_there_on_loading_is_named() -> None:
    short_lived = custom("short_lived", lambda m, x: (x * 2, (2.0,)))
    packed = pickle.dumps(short_lived(Value(1.0)))
    del autograd.ops.TABLE["short_lived"]
    with pytest.raises(LookupError, match=r"^There is no function 'short_lived' here; define it with autograd\.custom"):
        pickle.loads(packed)


def test_values_can_be_referred_to_weakly() -> None:
    x = Value(1.0)
    y = x * 2
    seen = weakref.ref(y)
    assert seen() is y
    del y
    assert seen() is None  # at once: a graph has no cycles for the garbage collector to find


def test_a_graph_is_freed_at_once_and_without_recursion() -> None:
    gc.disable()
    try:
        x, y = _chain(200_000)
        middle = weakref.ref(y.parents[0])
        del y
        assert middle() is None
        assert x.data == 1.0
    finally:
        gc.enable()
