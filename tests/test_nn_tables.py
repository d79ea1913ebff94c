"""`python -m nn` on tables from life: whatever program wrote them, whatever is predicted."""

from __future__ import annotations

import csv
import gzip
import io
import math
import random
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from nn.__main__ import main
from nn.commands import _shuffler
from nn.table import Feature, Table, encoded, known, number_in, read_table
from nn.task import scale_of

RNG = random.Random(3)
PEOPLE = [(RNG.uniform(0, 10), RNG.choice(["red", "green", "blue"])) for _ in range(120)]
QUICK = ["--epochs", "300", "--no-picture"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out


def accuracy(out: str) -> float:
    """The last one that is printed."""
    return float(re.findall(r"accuracy +([\d.]+)%", out)[-1])


# -- ten files ------------------------------------------------------------------------------------------------


def test_semicolons_and_decimal_commas(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{f'{x:.3f}'.replace('.', ',')};{1000 * x:.0f};{'ja' if x > 5 else 'nein'}" for x, _ in PEOPLE]
    Path("umsatz.csv").write_text("Wert;Menge;kauft\n" + "\n".join(rows))
    out = run(capsys, "umsatz.csv", "--target", "kauft", *QUICK)
    assert "table     separated by semicolons, with decimal commas\n" in out
    assert "inputs    Wert, Menge\n" in out
    assert accuracy(out) > 95


def test_thousands_have_points_where_decimals_have_commas() -> None:
    Path("a.csv").write_text('a;b\n"1.234,5";2\n-1.000.000,25;3\n1,5;4\n')
    table = read_table(Path("a.csv"))
    assert table.numbers("a") == [1234.5, -1000000.25, 1.5]


def test_thousands_are_numbers_whatever_sets_them_apart(capsys: pytest.CaptureFixture[str]) -> None:
    for text, decimal, x in (
        ("1,234,567", ".", 1234567.0), ("-12,345.5", ".", -12345.5), ("12'345.50", ".", 12345.5), ("1 234", ".", 1234),
        ("12.345", ",", 12345.0), ("1\u202f234,5", ",", 1234.5), ("0.998", ",", 0.998), ("1,23", ".", None),
        ("0,123", ".", None), ("1,234'567", ".", None), ("1.5", ".", 1.5), ("1,5", ",", 1.5),
    ):  # fmt: skip
        assert number_in(text, decimal) == x
    rows = [f'{x:.3f}, "{round(3e6 * x + 1e6):,}"' for x, _ in PEOPLE]
    Path("flats.csv").write_text(" living area , price \n" + "\n".join(rows))
    out = run(capsys, "flats.csv", "--target", "price", *QUICK, "--save", "model")
    assert re.search(r"target +price: from \d{7} to \d{8}, \d{8} on average", out)
    assert float(re.findall(r"R² +([\d.]+)", out)[-1]) > 0.9
    for row in csv.DictReader(run(capsys, "predict", "model", "flats.csv").splitlines()):
        assert row["predicted price"].isdecimal()


def test_predictions_have_the_decimal_mark_of_their_table(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{x:.2f};{1 + (x > 5) / 2};{2 * x:.2f}".replace(".", ",") for x, _ in PEOPLE]
    Path("a.csv").write_text("x;half;twice\n" + "\n".join(rows))
    run(capsys, "a.csv", "--target", "half", "--inputs", "x", *QUICK, "--save", "model")
    head, first, *_ = run(capsys, "predict", "model", "a.csv").splitlines()
    assert head == "x;half;twice;probability 1.5;predicted half"
    assert first.startswith(rows[0])
    assert 0 < float(first.split(";")[3].replace(",", ".")) < 1
    judged = run(capsys, "evaluate", "model", "a.csv")
    assert "rows      120, 0 dropped" in judged
    assert accuracy(judged) > 95
    run(capsys, "a.csv", "--target", "twice", "--inputs", "x", *QUICK, "--save", "model")
    for row in csv.DictReader(run(capsys, "predict", "model", "a.csv").splitlines(), delimiter=";"):
        predicted, typed = (float(row[name].replace(",", ".")) for name in ("predicted twice", "twice"))
        assert abs(predicted - typed) < 2  # of 0 to 20
        assert "." not in row["predicted twice"]


def test_tabs_and_latin_1(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{x:.2f}\tMüller, {i}\t{'süß' if x > 5 else 'sauer'}" for i, (x, _) in enumerate(PEOPLE)]
    Path("proben.tsv").write_bytes(("Säure\tName\tGeschmack\n" + "\r\n".join(rows)).encode("latin-1"))
    out = run(capsys, "proben.tsv", "--target", "Geschmack", *QUICK, "--save", "model")
    assert "table     separated by tabs, in Windows-1252\n" in out
    assert "left out  Name (120 texts tell rows apart)\n" in out
    head, first, *_ = run(capsys, "predict", "model", "proben.tsv").splitlines()
    assert head == "Säure\tName\tGeschmack\tprobability süß\tpredicted Geschmack"
    assert first.startswith(rows[0] + "\t")


def test_a_byte_order_mark_gzip_and_utf_16(capsys: pytest.CaptureFixture[str]) -> None:
    text = "x,y\n" + "".join(f"{x},{int(x > 5)}\n" for x, _ in PEOPLE)
    Path("a.csv").write_text(text, "utf-8-sig")
    Path("b.csv.gz").write_bytes(gzip.compress(text.encode()))
    Path("c.csv").write_text(text, "utf-16")
    outs = [run(capsys, path, "--target", "y", *QUICK) for path in ("a.csv", "b.csv.gz", "c.csv")]
    assert outs[0] == outs[1] == outs[2].replace("table     in UTF-16\n", "") != outs[2]


def test_quoted_lines_and_separators_within_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["comment", "x", "y"])
    writer.writerows([f'He said "{i};\n|{i}", twice;;', x, "yes" if x > 5 else "no"] for i, (x, _) in enumerate(PEOPLE))
    Path("survey.csv").write_text(text.getvalue())
    out = run(capsys, "survey.csv", "--target", "y", *QUICK)
    assert "rows      120, 0 dropped" in out
    assert "left out  comment (120 texts tell rows apart)" in out


def test_ids_and_constant_columns_are_left_out_and_named_ones_stay(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{i + 1},{9000 - 7 * i},{x:.2f},EU,,{'b' if x > 5 else 'a'}" for i, (x, _) in enumerate(PEOPLE)]
    Path("t.csv").write_text("row,customerId,x,region,fax,y\n" + "\n".join(rows))
    out = run(capsys, "t.csv", "--target", "y", *QUICK)
    assert "inputs    x\n" in out
    assert (
        "left out  row (a number for each row), customerId (a number for each row), region ('EU' in every row), " in out
    )
    assert "fax (empty)\n" in out
    assert "inputs    row, x\n" in run(capsys, "t.csv", "--target", "y", "--inputs", "row", "x", *QUICK)


def test_marks_of_missing_numbers_and_texts_that_only_look_like_them(capsys: pytest.CaptureFixture[str]) -> None:
    marks = ["?", "-", "None", "NA", "nan", "", "err 7"]
    rows = [f"{x:.2f}, {'NA' if x < 5 else 'EU'} ,{int(x < 5)}" for x, _ in PEOPLE]
    rows += [f"{mark}, EU,1" for mark in marks]
    Path("t.csv").write_text("x,region,y\n" + "\n".join(rows))
    out = run(capsys, "t.csv", "--target", "y", *QUICK, "--save", "model")
    assert "rows      127, 7 dropped for missing values, 120 left" in out
    assert "inputs    x, region (NA is 1, EU is 0)\n" in out
    assert "missing   x: also what is no number, 'err 7'\n" in out
    Path("new.csv").write_text("region,x\nEU,4\nASIA,4\nEU,?\nEU,err\n")
    assert main(["predict", "model", "new.csv", "--output", "out.csv"]) == 0
    err = capsys.readouterr().err
    assert err.splitlines() == [
        "nn: rows without a prediction, for missing values: 2",
        "nn: column 'x': 'err' is no number, so missing",
        "nn: column 'region': 'ASIA' is not among those trained on, so none of them",
    ]
    rows = Path("out.csv").read_text("utf-8").splitlines()
    assert rows[0] == "region,x,probability 1,y"
    assert rows[3:] == ["EU,?,,", "EU,err,,"]


def test_classes_by_name_and_categories_as_inputs(capsys: pytest.CaptureFixture[str]) -> None:
    name = {"red": "rose", "green": "fern", "blue": "iris"}
    rows = [f"{x:.2f}|{colour}|{name[colour] if x < 8 else 'oak'}" for x, colour in PEOPLE]
    Path("plants.txt").write_text("height|colour|species\n" + "\n".join(rows))
    out = run(capsys, "plants.txt", "--target", "species", "--save", "model", "--no-picture", "--epochs", "1500")
    assert "inputs    height, colour (one of blue, green, red)\n" in out
    assert "network   4-8-4, 76 weights" in out
    assert re.search(r"target    species: \d+ times rose, \d+ times oak, \d+ times iris, \d+ times fern\n", out)
    assert accuracy(out) > 90
    table = re.findall(r"species (\w+) +(\d+) +(\d+) +(\d+) +(\d+)", out)
    assert [row[0] for row in table] == ["fern", "iris", "oak", "rose"] * 2
    assert sum(int(n) for row in table for n in row[1:]) == 120
    judged = run(capsys, "evaluate", "model", "plants.txt")
    assert accuracy(judged) > 90
    predicted = [*csv.DictReader(run(capsys, "predict", "model", "plants.txt").splitlines(), delimiter="|")]
    for row in predicted:
        shares = {k.removeprefix("probability "): float(v) for k, v in row.items() if k.startswith("probability")}
        assert sum(shares.values()) == pytest.approx(1, abs=1e-3)
        assert max(shares, key=lambda k: shares[k]) == row["predicted species"]
    right = sum(row["predicted species"] == row["species"] for row in predicted)
    assert f"{right} of 120 right" in judged


def test_numbers_are_predicted_by_regression(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{x:.3f},{colour},{1e5 + 2e4 * x + 3e4 * (colour == 'red'):.2f}" for x, colour in PEOPLE]
    Path("flats.csv").write_text("size,colour,price\n" + "\n".join(rows))
    out = run(capsys, "flats.csv", "--target", "price", "--save", "model", "--epochs", "400", "--svg", "flats.svg")
    assert re.search(r"target    price: from \d+ to \d+, [\d.]+ on average\n", out)
    scores = [float(x) for x in re.findall(r"R² +(-?[\d.]+)", out)]
    assert len(scores) == 2
    assert min(scores) > 0.98
    rows_out = [*csv.DictReader(run(capsys, "predict", "model", "flats.csv").splitlines())]
    errors = [abs(float(row["predicted price"]) - float(row["price"])) for row in rows_out]
    judged = run(capsys, "evaluate", "model", "flats.csv")
    (printed,) = re.findall(r"error +([\d.e+]+) on average", judged)
    assert sum(errors) / len(errors) == pytest.approx(float(printed), rel=1e-3)
    assert "4-8-1" in Path("flats.svg").read_text("utf-8")


def test_dates_count_in_days(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"2024-{1 + i % 12:02}-{1 + i % 28:02},{'late' if i % 12 > 5 else 'early'}" for i in range(120)]
    Path("log.csv").write_text("day,y\n" + "\n".join(rows))
    out = run(capsys, "log.csv", "--target", "y", *QUICK)
    assert "inputs    day\n" in out
    assert accuracy(out) > 90
    assert (number_in("1970-01-02T10:00:00"), number_in("2024-02-30")) == (719164.0, None)


def test_a_broken_gzip_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    whole = gzip.compress(b"x,y\n" + bytes(range(32, 127)) * 9)
    Path("a.csv.gz").write_bytes(whole[:20] + b"\xff" * 9 + whole[29:])
    with pytest.raises(SystemExit):
        main(["a.csv.gz", "--target", "y"])
    assert capsys.readouterr().err.startswith("nn: error: cannot read 'a.csv.gz': ")


def test_categories_that_would_fill_the_memory_are_left_out() -> None:
    texts = [f"n{i % 900}" for i in range(20_000)]
    assert known("x", column("x", *texts))[1] == "900 texts tell rows apart"
    assert known("x", column("x", *texts[:10_000]))[1] == ""


# -- beside them ----------------------------------------------------------------------------------------------


def test_standard_input_is_a_file_too(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    text = "x,y\n" + "".join(f"{x},{int(x > 5)}\n" for x, _ in PEOPLE)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert accuracy(run(capsys, "-", "--target", "y", *QUICK)) > 90


def test_separator_and_decimal_can_be_told() -> None:
    Path("a.csv").write_text("a:b\n1,5:2\n")
    table = read_table(Path("a.csv"), ":", ",")
    assert table.rows == [["1,5", "2"]]
    assert encoded([Feature("a", None)], table) == [(1.5,)]
    assert table.remarks == ["separated by ':'", "with decimal commas"]


def test_whole_numbers_are_classes_unless_numbers_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.csv").write_text("x,y\n" + "".join(f"{x},{int(x / 3)}.0\n" for x, _ in PEOPLE))
    out = run(capsys, "a.csv", "--target", "y", *QUICK, "--save", "model")
    assert "times 3, " in out
    assert "accuracy" in run(capsys, "evaluate", "model", "a.csv")
    assert "R²" in run(capsys, "a.csv", "--target", "y", *QUICK, "--task", "numbers")
    Path("b.csv").write_text("x,y\n" + "".join(f"{x},{1 + int(x / 3) / 2}\n" for x, _ in PEOPLE))
    assert "R²" in run(capsys, "b.csv", "--target", "y", *QUICK)
    assert "1.5" in run(capsys, "b.csv", "--target", "y", *QUICK, "--task", "classes")


def test_a_target_that_tells_rows_apart_and_a_file_of_nothing_else_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("a.csv").write_text("x,name\n" + "".join(f"{x},n{i}\n" for i, (x, _) in enumerate(PEOPLE)))
    Path("b.csv").write_text("id,y\n" + "".join(f"{i},{i % 2}\n" for i in range(20)))
    for arguments, message in (
        (
            ["a.csv", "--target", "name"],
            "a target has at most 100 classes, column 'name' has 120",
        ),
        (["b.csv", "--target", "y"], "'b.csv' has no column besides the target that could be an input: id"),
    ):
        with pytest.raises(SystemExit):
            main(arguments)
        assert message in capsys.readouterr().err


def test_rows_of_no_known_class_cannot_be_judged(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.csv").write_text("x,y\n" + "".join(f"{x},{int(x > 5)}\n" for x, _ in PEOPLE))
    run(capsys, "a.csv", "--target", "y", *QUICK, "--save", "model")
    Path("b.csv").write_text("x,y\n1,7\n,1\n")
    with pytest.raises(SystemExit):
        main(["evaluate", "model", "b.csv"])
    assert "'b.csv' has no row with a known value in each of the columns 'x', 'y'" in capsys.readouterr().err


def column(name: str, *cells: str) -> Table:
    return Table("", [name], [[cell] for cell in cells], ",", ".", [])


def test_what_a_column_holds() -> None:
    assert known("x", column("x", "1", "2", "?")) == (Feature("x", None), "")
    assert known("x", column("x", *"ba", "", *"abb")) == (Feature("x", ["a", "b"]), "")
    assert known("x", column("x", *"a1bab"))[0].texts == ["1", "a", "b"]
    numbers = [str(3 * i) for i in range(9)]
    assert known("ID", column("ID", *numbers))[1] == "a number for each row"
    assert known("valid", column("valid", *numbers))[1] == ""
    assert Feature("c", [*"abc"]).numbers(column("c", "b", "d", "")) == [[0, 0, None], [1, 0, None], [0, 0, None]]
    assert Feature("c", [*"ab"]).numbers(column("c", *"bda")) == [[1.0, 0.5, 0.0]]


def test_predictions_that_cannot_be_written_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.csv").write_text("x,y\n" + "".join(f"{x},{int(x > 5)}\n" for x, _ in PEOPLE))
    run(capsys, "a.csv", "--target", "y", *QUICK, "--save", "model")
    with pytest.raises(SystemExit):
        main(["predict", "model", "a.csv", "--output", "nowhere/out.csv"])
    assert "cannot write 'nowhere/out.csv': There is no such folder" in capsys.readouterr().err


def test_early_stopping_keeps_the_best_weights_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(0)
    Path("noise.csv").write_text(
        "x,z,y\n" + "".join(f"{rng.random()},{rng.random()},{rng.choice('ab')}\n" for _ in range(60))
    )
    out = run(capsys, "noise.csv", "--target", "y", "--hidden", "20", "--no-picture")
    assert re.search(r"stopped   early, since the validation got no better, after \d+ of 2000 epochs\n", out)
    assert float(re.findall(r"log loss +([\d.]+)", out)[-1]) < 2 * math.log(2)


def test_many_rows_are_trained_in_batches(capsys: pytest.CaptureFixture[str]) -> None:
    rng: Any = random.Random(0)
    rows = [[rng.gauss(0, 1) for _ in range(5)] for _ in range(4000)]
    Path("many.csv").write_text(
        "a,b,c,d,e,y\n" + "".join(",".join(map(str, [*r, int(r[0] > r[1])])) + "\n" for r in rows)
    )
    out = run(capsys, "many.csv", "--target", "y", "--epochs", "5", "--no-picture")
    assert accuracy(out) > 95


def test_zeros_are_no_text_and_tab_is_a_separator(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.csv").write_bytes(b"x,y\n\0,1\n")
    with pytest.raises(SystemExit):
        main(["a.csv", "--target", "y"])
    assert "is no text in UTF-8, UTF-16 or Windows-1252" in capsys.readouterr().err
    Path("b.csv").write_text("x\ty\n" + "".join(f"{x}\t{int(x > 5)}\n" for x, _ in PEOPLE))
    assert "inputs    x\n" in run(capsys, "b.csv", "--target", "y", "--separator", "tab", *QUICK)


def test_rows_are_shuffled_by_numpy_if_it_is_there_and_a_constant_is_not_scaled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert hasattr(_shuffler(0), "bit_generator")
    monkeypatch.setitem(sys.modules, "numpy.random", None)
    assert isinstance(_shuffler(0), random.Random)
    assert scale_of("x", [3.0, 3.0]) == (3.0, 1.0)
