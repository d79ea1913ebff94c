"""Nothing is walked that was not read, and compiled functions are objects like others: copied, pickled, nested."""

from __future__ import annotations

import copy
import pickle
import warnings
from types import SimpleNamespace
from typing import Any

import autograd
from autograd.compiler.record import kept as module


@autograd.compile
def factorial(x: Any, n: int) -> Any:
    return x if n <= 1 else n * factorial(x, n - 1)


class Energy:
    def __init__(self) -> None:
        self.k = 2.0
        self.fast = autograd.compile(self.energy)

    def energy(self, x: Any) -> Any:
        return x * self.k

    @autograd.compile(engine="llvm")
    def squared(self, x: Any) -> Any:
        return x * x * self.k

    @staticmethod
    @autograd.compile
    def double(x: Any) -> Any:
        return 2 * x


def test_a_program_may_be_kept_on_the_object_that_it_reads() -> None:
    energy = Energy()
    assert energy.fast.value_and_grad(3.0) == (6.0, 2.0)
    energy.k = 4.0
    assert energy.fast.value_and_grad(3.0) == (12.0, 4.0)


def test_functions_are_decorated_as_methods_too_and_call_themselves() -> None:
    energy = Energy()
    assert energy.squared(3.0) == 18.0
    assert energy.squared.grad(3.0) == 12.0
    assert Energy.double.grad(3.0) == 2.0
    assert [factorial(2.0, n) for n in (4, 5, 4)] == [48.0, 240.0, 48.0]
    assert factorial.grad(2.0, 4) == autograd.grad(factorial)(2.0, 4) == 24.0


def test_they_are_pickled_and_copied() -> None:
    assert pickle.loads(pickle.dumps(factorial)) is factorial
    assert copy.deepcopy(factorial)(2.0, 3) == 12.0


def test_linked_objects_are_followed_without_recursion_and_what_is_not_read_not_at_all() -> None:
    class Unread:
        @property
        def __dict__(self) -> Any:  # type: ignore[override]  # whoever looks into it fails
            raise AssertionError

    first: Any = SimpleNamespace(k=1.0, next=None, other=Unread())
    last = first
    for _ in range(3000):
        first = SimpleNamespace(k=1.0, next=first, other=Unread())

    def f(x: Any) -> Any:
        node = first
        while node.next is not None:
            node = node.next
        return x * node.k

    ours = autograd.compile(f)
    assert ours(2.0) == 2.0
    last.k = 5.0
    assert ours(2.0) == 10.0


def test_programs_in_dicts_are_read_one_by_one() -> None:
    factor = {"a": 2.0, "b": 3.0}
    programs = {name: autograd.compile(lambda x, name=name: x * factor[name]) for name in factor}
    ours = autograd.compile(lambda x: sum(program(x) for program in programs.values()))
    assert ours(2.0) == 10.0
    factor["b"] = 5.0
    assert ours(2.0) == 14.0


def test_what_is_constant_by_wish_stays_as_it_was() -> None:
    numbers = [2.0, 3.0]
    ours = autograd.compile(lambda x: x * numbers[0], outside="constant")
    assert ours(2.0) == 4.0
    numbers[0] = 5.0
    assert ours(2.0) == 4.0


def test_ways_of_many_branches_that_never_come_again_are_soon_no_longer_recorded() -> None:
    runs: list[None] = []

    def f(x: Any, k: Any) -> Any:
        runs.append(None)
        for i in range(50):
            x = x + 0.01 if x > (i * k) % 7 else x * 1.001
        return x

    ours = autograd.compile(f)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for i in range(20):
            k = 1.0 + 0.37 * i
            assert ours.value_and_grad(3.0, k) == autograd.value_and_grad(f)(3.0, k)
    assert len(runs) <= 3 * 20 - 10
    assert module.COUNTS_AS * 4 > module.MOST_PATHS
