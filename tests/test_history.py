"""The history of benchmarks tells a slower program from a slower machine, and from a quicker peer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import history

TIMES = {"compiled": 2.0, "eager": 9.0, "by hand": 1.0, "jax.jit": 4.0, "torch": 8.0}


def run(times: Mapping[str, float] = {}, machine: str = "here") -> dict[str, Any]:
    return {"date": "2026-12-01", "commit": "1", "machine": machine, "seconds": {"W1": {**TIMES, **times}}}


@pytest.mark.parametrize(
    ("last", "slower"),
    [
        pytest.param(run(), 0, id="the same"),
        pytest.param(run({"compiled": 2.6}), 1, id="a slower program"),
        pytest.param(run({"compiled": 1.0}), 0, id="a quicker program"),
        pytest.param(run({"jax.jit": 2.0}), 0, id="one quicker peer"),
        pytest.param(run({name: 3.0 * x for name, x in TIMES.items()}), 0, id="a slower machine"),
        pytest.param(run({"compiled": 9.0}, "there"), 0, id="another machine"),
    ],
)
def test_slower_is_what_grew_beside_most_peers_of_the_same_run(
    last: dict[str, Any], slower: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text(
        "".join(f"{json.dumps(x)}\n" for x in (run(), run({"compiled": 1.9}), run({"compiled": 2.1}), last))
    )
    with pytest.raises(SystemExit) as left:
        history.main(file)
    assert left.value.code == bool(slower)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == slower + 1
    assert lines[-1].startswith(f"{slower} of {0 if last['machine'] == 'there' else 2} times are slower")
    if slower:
        assert lines[0] == "W1, compiled: slower than before, beside by hand 1.30x, jax.jit 1.30x, torch 1.30x"


def test_what_a_run_noted_is_kept_as_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "history.jsonl"
    monkeypatch.setattr(history, "noted", {})
    for _ in range(2):
        history.note("W1", {"compiled": 0.123456789, "torch": 2.0})
        history.keep(file)
    first, second = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert first == second
    assert first["seconds"] == {"W1": {"compiled": 0.1235, "torch": 2.0}}
    assert [*first] == ["date", "commit", "machine", "seconds"]


def test_the_history_is_readable_and_all_of_one_form() -> None:
    runs = [json.loads(line) for line in history.FILE.read_text(encoding="utf-8").splitlines()]
    assert runs
    assert all([*x] == ["date", "commit", "machine", "seconds"] for x in runs)
    assert all(history.OURS & found.keys() for x in runs for found in x["seconds"].values())
