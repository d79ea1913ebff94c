"""The garbage collector rests while a program is written, and is then as it was."""

import gc
from collections.abc import Iterator

import pytest

from autograd import compile, compile_rows, custom, ops
from autograd.collector import resting_collector
from autograd.value import Value


@pytest.fixture(autouse=True)
def awake() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


@pytest.fixture
def seen() -> list[bool]:
    """Whether the collector was awake each time when a rule was read."""
    found: list[bool] = []

    def rule(m: object, x: float) -> tuple[float, tuple[float]]:
        found.append(gc.isenabled())
        return x, (1.0,)

    custom("watched", rule)
    return found


def test_it_rests_while_the_function_is_recorded_and_a_program_written(seen: list[bool]) -> None:
    compile(ops.TABLE["watched"]).value_and_grad(2.0)
    assert not any(seen)
    assert len(seen) > 1
    assert gc.isenabled()


def test_so_it_does_for_programs_over_rows(seen: list[bool]) -> None:
    pytest.importorskip("numpy")
    a = Value(2.0)
    compile_rows(lambda x: ops.TABLE["watched"](a * x), (1.0,), [a])
    assert not any(seen)
    assert len(seen) > 1
    assert gc.isenabled()


def test_it_stays_off_where_it_was_off() -> None:
    gc.disable()
    assert compile(lambda x: x * x).grad(3.0) == 6.0
    assert not gc.isenabled()


@pytest.mark.parametrize("before", [True, False])
def test_an_error_leaves_it_as_it_was(before: bool) -> None:
    (gc.enable if before else gc.disable)()
    with pytest.raises(ZeroDivisionError), resting_collector():
        divmod(1, 0)
    assert gc.isenabled() is before


@pytest.mark.parametrize("first", [0, 1])
def test_two_threads_in_any_order_leave_it_awake(first: int) -> None:
    blocks = [resting_collector(), resting_collector()]
    for block in blocks:
        block.__enter__()
    blocks[first].__exit__(None, None, None)
    blocks[1 - first].__exit__(None, None, None)
    assert gc.isenabled()
