"""Rows computed by other processes: the same bits, whoever computes them, and whoever is killed meanwhile."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

import distributed
import numpy as np
import pytest

from autograd import CompileError
from nn import MLP, SGD, Adam, History, cross_entropy, fit, hinge_loss

RNG = random.Random(5)
ROWS = [[RNG.uniform(-2, 2) for _ in range(3)] for _ in range(50)]
CLASSES = [RNG.randrange(3) for _ in ROWS]
WEIGHTS = [RNG.choice([0.0, 1.0, 2.5]) for _ in ROWS]


class Serial(Executor):
    """Computes everything at once, in this process."""

    def submit(self, f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(f(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


def trained(executor: Executor | None, epochs: int = 6, weights: bool = False, **options: Any) -> list[float]:
    """Parameters, gradients and losses after a training."""
    model = MLP(3, [5, 3], "tanh", rng=random.Random(1))
    data = (ROWS, CLASSES, WEIGHTS) if weights else (ROWS, CLASSES)
    optimizer = Adam(model.parameters(), 0.05)
    history = fit(
        model, data, cross_entropy, optimizer, epochs, seed=1, progress=False, executor=executor, shards=4, **options
    )
    return [*(p.data for p in model.parameters()), *(p.grad or 0.0 for p in model.parameters()), *history.loss]


@pytest.fixture(scope="module")
def two_workers() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("options", [{}, {"batch_size": 16}, {"weights": True}, {"weights": True, "batch_size": 16}])
def test_one_worker_two_workers_and_none_give_the_same_bits(
    options: dict[str, Any], two_workers: ProcessPoolExecutor
) -> None:
    serial = trained(Serial(), **options)
    assert trained(two_workers, **options) == serial
    with ThreadPoolExecutor(3) as threads:
        assert trained(threads, **options) == serial
    assert serial == pytest.approx(trained(None, compile=True, **options), rel=1e-12)


def test_one_worker_gives_the_bits_of_two(two_workers: ProcessPoolExecutor) -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert trained(pool) == trained(two_workers)


def test_a_worker_killed_in_the_middle_changes_nothing() -> None:
    expected = trained(Serial())
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:

        def kill(history: History) -> None:
            if len(history.loss) == 3:
                os.kill(next(iter(pool._processes)), signal.SIGKILL)
                while not pool._broken:  # until the pool has noticed
                    time.sleep(0.01)

        with pytest.warns(RuntimeWarning, match="the training goes on in this process, to the same result"):
            assert trained(pool, callbacks=[kill]) == expected


def test_an_executor_that_is_shut_down_is_done_without() -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.warns(RuntimeWarning, match="cannot schedule new futures after shutdown"):
        assert trained(pool) == trained(Serial())


class Failing(Serial):
    """Fails in the middle, from within its futures."""

    calls = 0

    def submit(self, f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.calls += 1
        future = super().submit(f, *args, **kwargs)
        if self.calls > 10:
            future = Future()
            future.set_exception(OSError("the worker is gone"))
        return future


def test_shards_that_fail_are_computed_here() -> None:
    with pytest.warns(RuntimeWarning, match="the worker is gone") as caught:
        assert trained(Failing()) == trained(Serial())
    assert len(caught) == 1


def test_more_shards_than_rows_leave_none_empty() -> None:
    model = MLP(3, [1], rng=random.Random(1))
    data = (ROWS[:2], [1, -1])
    history = fit(model, data, hinge_loss, SGD(model.parameters()), 3, progress=False, executor=Serial(), shards=5)
    assert len(history.loss) == 3


def test_what_cannot_be_compiled_or_has_no_shards_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model = MLP(3, [1], rng=random.Random(1))

    def fitted(loss: Any = hinge_loss, **options: Any) -> None:
        data = (ROWS[:4], [1, -1, 1, -1])
        fit(model, data, loss, SGD(model.parameters()), 1, progress=False, executor=Serial(), **options)

    with pytest.raises(ValueError, match="which compile=False excludes"):
        fitted(compile=False)
    with pytest.raises(ValueError, match="shards is at least 1, got 0"):
        fitted(shards=0)
    with monkeypatch.context() as m:
        m.setattr("autograd.compiler.rows.rows.has_numpy", lambda: False)
        with pytest.raises(CompileError, match=r"^An executor computes programs of NumPy, which is not installed here"):
            fitted()
    with pytest.raises(CompileError, match="not the mean of the losses"):
        fitted(lambda z, y: len(y) ** 0.5 * hinge_loss(z, y))
    with pytest.raises(CompileError, match="this loss is a sum"):
        fitted(lambda z, y: len(y) * hinge_loss(z, y))


def test_dask_gives_the_same_bits_though_a_worker_is_killed() -> None:
    expected = trained(Serial())
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        assert trained(client.get_executor()) == expected

        def kill(history: History) -> None:
            if len(history.loss) == 3:
                os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)

        assert trained(client.get_executor(), callbacks=[kill]) == expected


def test_the_weighted_shards_are_those_of_the_rows_that_have_a_weight() -> None:
    assert np.isfinite(trained(Serial(), weights=True)).all()
