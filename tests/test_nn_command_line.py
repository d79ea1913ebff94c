"""`python -m nn`: what it prints and writes, and how it refuses what it cannot do."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from nn import MLP, History, fit, save
from nn.__main__ import main
from nn.table import TableError, read_table

ROOT = Path(__file__).parents[1]
TITANIC = str(ROOT / "notebooks" / "data" / "titanic.csv")
QUICK = ["--target", "y", "--inputs", "x", "--epochs", "30"]

Make = Callable[[str | bytes], str]


@pytest.fixture
def file(tmp_path: Path) -> Make:
    """Makes a file of the given content and gives its path."""

    def make(content: str | bytes) -> str:
        path = tmp_path / "data.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return make


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The drawing is written to the working directory, which is an empty folder here."""
    monkeypatch.chdir(tmp_path)


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out


def in_drawing(path: str = "network.svg") -> list[str]:
    root = ET.parse(path).getroot()
    return [title.text or "" for title in root.iter("{http://www.w3.org/2000/svg}title")] + [
        desc.text or "" for desc in root.iter("{http://www.w3.org/2000/svg}desc")
    ]


# -- what it does ---------------------------------------------------------------------------------------------


def test_the_demo_learns_who_survived_and_draws_the_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([TITANIC, "--target", "survived", "--inputs", "male", "age", "--hidden", "2", "--validation", "0"]) == 0
    out, err = capsys.readouterr()
    assert "2000/2000" in err
    assert re.search(r"rows +1309, 263 dropped for missing values, 1046 left \(253 different\)", out)
    assert re.search(r"target +survived: 427 times 1, 619 times 0", out)
    loss = re.search(r"log loss +(0\.\d{4})\n", out)
    right = re.search(r"accuracy +(\d+\.\d)%, (\d+) of 1046 right", out)
    assert loss
    assert right
    assert float(loss[1]) < 0.513
    assert int(right[2]) >= 820
    assert float(right[1]) == pytest.approx(100 * int(right[2]) / 1046, abs=0.05)
    matrix = [[int(n) for n in row] for row in re.findall(r"survived [01] +(\d+) +(\d+)", out)]
    assert [sum(row) for row in matrix] == [619, 427]
    assert matrix[0][0] + matrix[1][1] == int(right[2])
    assert "network.svg shows the network" in out
    drawn = in_drawing()
    assert "Multi-layer perceptron 2-2-1" in drawn
    assert "x₁⁽¹⁾ (male)" in drawn
    _the_weights_drawn_predict_what_was_printed(drawn[-1], float(loss[1]), int(right[2]))


def _the_weights_drawn_predict_what_was_printed(arrows: str, loss: float, right: int) -> None:
    """The network computed with plain arithmetic from the numbers on its arrows, on passengers as they are."""
    import numpy as np

    labels = [float(w) for w in re.findall(r"labelled ([-0-9.e]+)\.", arrows)]
    assert len(labels) == 9
    w1, w2 = np.reshape(labels[:6], (2, 3)), np.array(labels[6:])
    rows = [r for r in csv.DictReader(Path(TITANIC).read_text("ascii").splitlines()) if r["age"]]
    x = np.array([[float(r["male"]), float(r["age"]), 1.0] for r in rows])
    y = np.array([float(r["survived"]) for r in rows])
    hidden = 1 / (1 + np.exp(-x @ w1.T))
    z = 1 / (1 + np.exp(-(hidden @ w2[:2] + w2[2])))
    assert -np.mean(np.log(np.where(y == 1, z, 1 - z))) == pytest.approx(loss, abs=2e-3)  # of three digits each
    assert np.sum((z > 0.5) == y) == pytest.approx(right, abs=8)


def test_two_valued_texts_become_0_and_1_and_it_says_which(file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    path = file("sex,survived\n" + "female,yes\nmale,no\n" * 5 + "male,yes\n")
    out = run([path, "--target", "survived", "--inputs", "sex", "--epochs", "50"], capsys)
    assert re.search(r"target +survived: 6 times yes, 5 times no", out)
    assert re.search(r"inputs +sex \(male is 1, female is 0\)", out)
    assert re.search(r"accuracy +90\.9%, 10 of 11 right", out)
    table = [line for line in out.splitlines() if "predicted" in line or line.startswith("survived")]
    assert table == [
        "               predicted no   predicted yes",
        "survived no               5               0",
        "survived yes              1               5",
    ]


def test_of_two_numbers_the_larger_is_1(file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    out = run([file("x,y\n1,7\n2,3\n3,7\n4,3\n"), *QUICK], capsys)
    assert re.search(r"target +y: 2 times 7, 2 times 3", out)


@pytest.mark.parametrize("missing", ["", "NA", "na", "N/A", "NaN", "null", "  "])
def test_a_row_with_a_missing_value_is_dropped_and_counted(
    missing: str, file: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    out = run([file(f"x,y,z\n1,0,\n2,1,\n{missing},1,\n4,{missing},\n5,0,\n6,1,\n"), *QUICK], capsys)
    assert re.search(r"rows +6, 2 dropped for missing values, 4 left", out)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfx,y\n1,no\n2,yes\n3,no\n",  # a mark of its encoding in front
        b"x,y\r\n1,no\r\n2,yes\r\n3,no\r\n",
        b' x , y \n"1", no\n 2,"yes" \n3,no',
        b"x,y\n\n1,no\n2,yes\n\n3,no\n\n",
        b"x,y,note\n1,no\n2,yes,\n3,no,short rows lack their last values\n",
        b'x,y,note\n1,no,"two\nlines"\n2,yes,5" long\n"3",no,"a ""quote"" \r\n, and more" \n\n',
    ],
    ids=["bom", "crlf", "blanks and quotes", "empty lines", "short rows", "quoted line ends"],
)
def test_csv_is_read_as_programs_write_it(content: bytes, file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    assert re.search(r"rows +3, 0 dropped", run([file(content), *QUICK], capsys))


def test_the_same_seed_prints_the_same_and_another_seed_something_else(
    file: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file("x,y\n1,0\n2,1\n3,1\n4,0\n5,1\n")
    first, second, other = (run([path, *QUICK, "--seed", seed], capsys) for seed in ("1", "1", "2"))
    assert first == second != other


def test_without_hidden_units_it_is_logistic_regression(file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    out = run([file("x,y\n1,0\n2,0\n3,1\n4,0\n5,1\n"), *QUICK, "--hidden"], capsys)
    assert re.search(r"network +1-1, 2 weights", out)


def test_the_drawing_goes_where_it_is_asked_to(file: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "drawing.SVG")
    out = run([file("x,y\n1,0\n2,1\n"), *QUICK, "--svg", path, "--hidden", "3", "2"], capsys)
    assert f"{path} shows the network" in out
    assert "Multi-layer perceptron 1-3-2-1" in in_drawing(path)
    assert sorted(os.listdir(tmp_path)) == ["data.csv", "drawing.SVG"]


# -- what it refuses ------------------------------------------------------------------------------------------


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as exit:
        main(arguments)
    out, err = capsys.readouterr()
    assert exit.value.code == 2
    assert out == ""
    assert not os.path.exists("network.svg")
    assert err.startswith("nn: error: ")
    assert err.count("\n") == 1
    return err.removeprefix("nn: error: ").removesuffix("\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "'data.csv' is empty, its first line should name its columns"),
        ("\n\n", "'data.csv' is empty, its first line should name its columns"),
        ("x,y\n", "'data.csv' has no row with a value in the column 'y'"),
        ("x,y\n,0\n1,\n2,\n,1\n", "'data.csv' has no row with a known value in each of the columns 'x', 'y'"),
        ("a,b,c\n1,0,2\n", "'data.csv' has no column 'x', only 'a', 'b', 'c'"),
        (
            ",".join("abcdefghi") + "\n",
            "'data.csv' has no column 'x', only 'a', 'b', 'c', 'd', 'e', 'f', ... (9 in all)",
        ),
        ("x,y,x\n1,0,1\n", "'data.csv' has 2 columns named 'x', so it is not clear which is meant"),
        ("x,y\n1,0\n2,1,3\n", "line 3 has 3 values, the first one has 2; see --separator"),
        ("x,y\na,0\na,1\n", "column 'x' is 'a' in every row, so nothing depends on it"),
        ("x,y\n,0\n,1\n", "column 'x' is empty, so nothing depends on it"),
        ("x,y\n1,a\n2,b\n", "--task numbers needs a target of numbers, column 'y' holds texts"),
        ("x,y\n3,0\n3,1\n", "column 'x' is 3 in every row, so nothing depends on it"),
        ("x,y\n1,0\n2,0\n", "the target has two different values at least, column 'y' is 0 in every row"),
        *(
            (
                f"x,y\n{a},0\n{b},1\n",
                f"column 'x' has a mean of {mean} and a standard deviation of {deviation}, too far out for floats; "
                "shift and rescale it",
            )
            for a, b, mean, deviation in [
                ("1.7e308", "-1.7e308", "0", "inf"),
                ("1e-320", "3e-320", "2e-320", "1e-320"),
                ("5e-324", "0", "0", "4.94e-324"),
                ("1e16", "10000000000000002", "1e+16", "1.41"),
            ]
        ),
        ("x,y\n20240101,0\n20240101,1\n", "column 'x' is 20240101 in every row, so nothing depends on it"),
        (bytes(range(256)), "'data.csv' is no text in UTF-8, UTF-16 or Windows-1252"),
        (
            b"\x1f\x8b\x08\x00",
            "cannot read 'data.csv': Compressed file ended before the end-of-stream marker was reached",
        ),
        *(
            (content, f"line {line}: {reason}; is a quote opened in this row and not closed?")
            for content, line, reason in [
                ('x,y\n"' + "1" * 200_000, 2, "field larger than field limit (131072)"),
                ('x,y\n1,0\n"2,1\n3,0\n4,1\n', 3, "unexpected end of data"),
                ('x,y\n1,0\n\n"2,1\n3,0\n"4",1\n5,0\n', 4, "',' expected after '\"'"),
                ('x,y\r\n1,0\r\n2,"1\r\n3,"0" \r\n', 3, "',' expected after '\"'"),
                ('x,y\r1,0\r"2,1\r3,0', 3, "unexpected end of data"),
                ('x,y,z\n1,0,\n2,1,"no', 3, "unexpected end of data"),
                ('"x,y\n1,0\n2,1\n', 1, "unexpected end of data"),
            ]
        ),
    ],
    ids=lambda case: repr(case[:40]),
)
def test_a_file_that_is_no_such_table(
    content: str | bytes, message: str, file: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    file(content)
    more = ["--task", "numbers"] if "--task" in message else []
    assert refusal(["data.csv", *QUICK, *more], capsys) == message


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_quote_too_many_is_an_error_or_swallows_no_row(end: str, file: Make) -> None:
    text = end.join(["x,y,z", '1,"0",', '"2" ,1,"a ""b"" c" ', "3,0,d", '4,"1","e, f"', ""])
    assert read_table(Path(file(text))).cells("x") == ("1", "2", "3", "4")
    errors = 0
    for i in range(len(text) + 1):
        try:
            table = read_table(Path(file(f'{text[:i]}"{text[i:]}')))
        except TableError:
            errors += 1
        else:
            assert len(table.rows) == 4
    assert 20 < errors < len(text)


@pytest.mark.parametrize(
    ("path", "reason"),
    [("missing.csv", "No such file or directory"), (".", "Is a directory"), ("a\nb.csv", "No such file")],
)
def test_a_file_that_cannot_be_read(path: str, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal([path, *QUICK], capsys).startswith(f"cannot read {path!r}: {reason}")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere/a.svg", "cannot write 'nowhere/a.svg': No such file or directory"),
        ("folder.svg", "cannot write 'folder.svg': it is a folder"),
        ("data.csv/a.svg", "cannot write 'data.csv/a.svg': Not a directory"),
        ("a.png", "the drawing is an SVG, so its name ends in .svg, got 'a.png'"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused_before_the_training(
    path: str, message: str, file: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("folder.svg").mkdir()
    monkeypatch.setattr("nn.commands.fit", None)
    assert refusal([file("x,y\n1,0\n2,1\n"), *QUICK, "--svg", path], capsys) == message


def test_a_network_that_fills_the_memory_is_refused(file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    message = "a network of 3,000,001 weights is too large to be trained here, 1,000,000 is not"
    assert refusal([file("x,y\n1,0\n2,1\n"), *QUICK, "--hidden", "1000000"], capsys) == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fit"], "the following arguments are required: --target"),
        (["fit", "--target", "y"], "the following arguments are required: CSV"),
        (["data.csv"], "the following arguments are required: --target"),
        (["predict", "model"], "the following arguments are required: CSV"),
        (["data.csv", *QUICK, "--validation", "1"], "argument --validation: 0 <= X < 1 is needed, got '1'"),
        (["data.csv", *QUICK, "--validation", "-1"], "argument --validation: 0 <= X < 1 is needed, got '-1'"),
        (["data.csv", *QUICK, "--separator", "ab"], "argument --separator: one character, or tab, is needed, got 'ab'"),
        (["trian", *QUICK], "there is no command 'trian', only fit, predict, evaluate, draw, and no file of that name"),
        (["data.csv", "--target", "y", "--inputs"], "argument --inputs: expected at least one argument"),
        (["data.csv", "--target", "y", "--inputs", "x", "y"], "the target and the inputs are different columns"),
        (["data.csv", "--target", "y", "--inputs", "x", "x"], "the target and the inputs are different columns"),
        (["data.csv", *QUICK, "--hidden", "0"], "argument --hidden: a whole number from 1 is needed, got '0'"),
        (["data.csv", *QUICK, "--hidden", "-1"], "argument --hidden: a whole number from 1 is needed, got '-1'"),
        (["data.csv", *QUICK, "--hidden", "x"], "argument --hidden: a whole number from 1 is needed, got 'x'"),
        (["data.csv", *QUICK, "--epochs", "1.5"], "argument --epochs: a whole number from 1 is needed, got '1.5'"),
        (["data.csv", *QUICK, "--epochs", "²"], "argument --epochs: a whole number from 1 is needed, got '²'"),
        (["data.csv", *QUICK, "--lr", "0"], "argument --lr: a number above 0 is needed, got '0'"),
        (["data.csv", *QUICK, "--lr", "nan"], "argument --lr: a number above 0 is needed, got 'nan'"),
        (["data.csv", *QUICK, "--lr", "fast"], "argument --lr: a number above 0 is needed, got 'fast'"),
        (["data.csv", *QUICK, "--seed", "x"], "argument --seed: invalid int value: 'x'"),
        (["data.csv", *QUICK, "--no\nsuch"], "unrecognized arguments: --no such"),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, list) else "",
)
def test_an_argument_without_sense(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = (
        "" if "unrecognized" in message or "no command" in message else " predict" if "predict" in arguments else " fit"
    )
    assert refusal(arguments, capsys) == f"{message}; see python -m nn{command} --help"


def test_without_a_command_the_help_is_pointed_at(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        main([])
    assert exit.value.code == 0
    assert "fit notebooks/data/titanic.csv --target survived" in capsys.readouterr().out


def test_a_training_that_leads_nowhere_says_so(file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    path = file("x,y\n" + "".join(f"{i},{i % 2}\n" for i in range(8)))
    with pytest.raises(SystemExit) as exit:
        main([path, *QUICK, "--lr", "1.7e308", "--epochs", "100"])
    last = capsys.readouterr().err.splitlines()[-1]
    assert exit.value.code == 2
    assert re.fullmatch(
        r"nn: error: (The loss|A derivative) .* in step \d+ \(epoch \d+\); try .* than 1.7e\+308\. It began .+",
        last,
    )


# -- a model that is kept -------------------------------------------------------------------------------------

PETS = "sex,age,lives,note\n" + "".join(f"{s},{a},{'yes' if s == 'f' else 'no'},\n" for s in "fm" for a in range(1, 9))
FIT = ["fit", "data.csv", "--target", "lives", "--inputs", "sex", "age", "--epochs", "100"]


@pytest.fixture
def kept(file: Make, capsys: pytest.CaptureFixture[str]) -> str:
    """What training prints that keeps its model in the file `model`."""
    file(PETS)
    return run([*FIT, "--save", "model"], capsys)


def test_fit_is_the_command_that_a_call_without_one_means(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    old = run(FIT[1:], capsys)
    assert kept.replace("model keeps it: python -m nn predict model CSV\n", "") == old != kept


def test_predict_writes_the_rows_of_another_file_with_probability_and_prediction(
    kept: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("new.csv").write_text("name,age,sex\nAnn,3.5,f\nBob,4,m\nCid,,m\n")
    assert main(["predict", "model", "new.csv"]) == 0
    out, err = capsys.readouterr()
    head, ann, bob, cid = csv.reader(out.splitlines())
    assert head == ["name", "age", "sex", "probability yes", "lives"]
    assert (ann[:3], ann[4]) == (["Ann", "3.5", "f"], "yes")
    assert (bob[:3], bob[4]) == (["Bob", "4", "m"], "no")
    assert 0 < float(bob[3]) < 0.1 < 0.9 < float(ann[3]) < 1
    assert cid == ["Cid", "", "m", "", ""]
    assert err == "nn: rows without a prediction, for missing values: 1\n"


def test_predict_repeats_inputs_as_they_were_typed(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.csv").write_text("age,sex\n1234567.890123456789,f\n+4.0e0, m \n")
    rows = list(csv.reader(run(["predict", "model", "new.csv"], capsys).splitlines()))
    assert [row[:2] for row in rows[1:]] == [["1234567.890123456789", "f"], ["+4.0e0", "m"]]


def test_predictions_go_wherever_standard_output_leads(kept: str) -> None:
    with redirect_stdout(StringIO()) as out:
        assert main(["predict", "model", "data.csv"]) == 0
    assert out.getvalue().count("\n") == 17


def test_a_row_beyond_what_floats_hold_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    model = MLP(2, [1])
    model.load_state_dict({"layers.0.weight": [[10.0, -10.0]], "layers.0.bias": [0.0]})
    about = {"inputs": ["a", "b"], "input_texts": [None, None], "target": "y", "target_texts": ["0", "1"]}
    save(model, "model", {"nn": json.dumps(about)})
    Path("new.csv").write_text("a,b\n1,2\n1e308,1e308\n")
    message = "the network computes no number for the row 1e+308, 1e+308"
    assert refusal(["predict", "model", "new.csv"], capsys) == message


def test_targets_are_told_apart_by_all_their_digits(file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    path = file("x,y\n1,20240101\n2,20240102\n3,20240102\n")
    out = run([path, *QUICK, "--save", "model"], capsys)
    assert re.search(r"target +y: 2 times 20240102, once 20240101", out)
    assert re.search(r"predicted 20240101 +predicted 20240102\ny 20240101 .*\ny 20240102 ", out)
    predicted = csv.DictReader(run(["predict", "model", path], capsys).splitlines())
    assert {row["predicted y"] for row in predicted} <= {"20240101", "20240102"}


def test_where_no_value_is_missing_nothing_is_said_of_it(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "model", "data.csv"]) == 0
    out, err = capsys.readouterr()
    assert (out.count("\n"), err) == (17, "")


def test_the_prediction_of_the_rows_trained_on_is_the_accuracy_that_was_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = [
        TITANIC,
        "--target",
        "survived",
        "--inputs",
        "male",
        "age",
        "--hidden",
        "--epochs",
        "20",
        "--save",
        "m",
        "--validation",
        "0",
    ]
    printed = re.search(r"accuracy +\S+ (\d+) of 1046 right", run(arguments, capsys))
    predicted = list(csv.DictReader(run(["predict", "m", TITANIC], capsys).splitlines()))
    right = sum(row["predicted survived"] == row["survived"] for row in predicted)
    assert printed
    assert right == int(printed[1]) == 815
    assert sum(row["predicted survived"] == "" for row in predicted) == 263
    assert f"{right} of 1046 right" in run(["evaluate", "m", TITANIC], capsys)


def test_draw_draws_the_kept_network_as_it_was_drawn_after_the_training(
    kept: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = run(["draw", "model", "--svg", "again.svg"], capsys)
    assert out == "again.svg shows the network with its weights, for inputs as they stand in the file.\n"
    assert in_drawing("again.svg") == in_drawing()


def test_validation_holds_rows_out_and_judges_the_model_by_them(file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    file(PETS)
    assert main([*FIT, "--validation", "0.25"]) == 0
    out, err = capsys.readouterr()
    assert re.search(r"rows +16, 0 dropped for missing values, 16 left, 4 of them not trained on \(12 different\)", out)
    first, second = out.split("of the rows that were not trained on:")
    assert "of 12 right" in first
    assert "of 4 right" in second
    (watched,) = re.findall(r"100/100 .*loss (0\.\d+), validation (0\.\d+)", err)  # as it was going
    printed = re.findall(r"log loss +(0\.\d+)", out)
    assert [float(x) for x in watched] == pytest.approx([float(x) for x in printed], rel=0.05)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("age\n3\n", "'new.csv' has no column 'sex', only 'age'"),
    ],
    ids=["column"],
)
def test_rows_of_another_kind_than_trained_on_are_refused(
    content: str, message: str, kept: str, capsys: pytest.CaptureFixture[str]
) -> None:
    os.remove("network.svg")
    Path("new.csv").write_text(content)
    assert refusal(["predict", "model", "new.csv"], capsys) == message


def test_what_is_no_file_of_a_model_is_refused(file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    file(PETS)
    for command in (["predict", "data.csv", "data.csv"], ["draw", "data.csv"]):
        assert refusal(command, capsys).startswith("'data.csv' is no file of safetensors, or not all of one: ")
    assert refusal(["draw", "nowhere"], capsys) == "cannot read 'nowhere': No such file or directory"
    facts = {"inputs": ["a", "b"], "input_texts": [None], "target": "y", "target_texts": ["0", "1"]}
    whole = facts | {"input_texts": [None, None]}
    others: list[object] = [
        {},
        facts,
        facts | {"target_texts": ["0"]},
        whole | {"target_texts": [*"abc"]},
        [],
        1,
        "text",
    ]
    for about in others:
        save(MLP(2, [1]), "other", {"nn": json.dumps(about)})
        assert refusal(["draw", "other"], capsys) == "'other' was not written by `python -m nn fit --save`"


def test_a_model_that_cannot_be_kept_or_rows_that_cannot_be_held_out_are_refused_before_the_training(
    file: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file(PETS)
    monkeypatch.setattr("nn.commands.fit", None)
    assert (
        refusal([*FIT, "--save", "nowhere/model"], capsys) == "cannot write 'nowhere/model': No such file or directory"
    )
    message = "--validation: of 16 rows a share of 0.01 cannot be held out, as either part needs a row"
    assert refusal([*FIT, "--validation", "0.01"], capsys) == message


@pytest.mark.parametrize(("function", "path"), [("save", "model"), ("Diagram.save", "network.svg")])
def test_a_disk_that_is_full_after_the_training_is_one_line_too(
    function: str, path: str, file: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    file(PETS)
    monkeypatch.setattr("autograd.diagram.Diagram.save" if "Diagram" in function else "nn.commands.save", full)
    with pytest.raises(SystemExit) as exit:
        main([*FIT, "--save", "model"])
    assert exit.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"nn: error: cannot write '{path}': No space left on device"
    assert os.path.exists("model") == (function == "Diagram.save")  # a picture that fails loses no model


@pytest.mark.parametrize("missing", ["safetensors", "numpy"])
def test_without_what_files_of_models_need_it_says_what_to_install(
    missing: str, file: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file(PETS)
    monkeypatch.delitem(sys.modules, "safetensors.numpy", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    message = f'a file of a model needs {missing}: pip install "scalar-autograd[save]"'
    monkeypatch.setattr("nn.commands.fit", None)
    assert refusal([*FIT, "--save", "model"], capsys) == message


def test_another_module_that_is_missing_is_no_matter_of_files(file: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ModuleNotFoundError, match="tqdm"):
        main([file("x,y\n1,0\n2,1\n"), *QUICK])


# -- as a process of its own ----------------------------------------------------------------------------------


def process(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "nn", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | options.pop("env", {}),
        stderr=subprocess.PIPE,
        text=True,
        **{"stdout": subprocess.PIPE} | options,
    )


def test_ctrl_c_ends_the_training_shows_what_was_learnt_and_draws_it() -> None:
    unmeasured = {"COVERAGE_PROCESS_CONFIG": ""}  # an interrupted coverage may wait for a lock of its own for ever
    arguments = [
        TITANIC,
        "--target",
        "survived",
        "--inputs",
        "male",
        "age",
        "--hidden",
        "2",
        "--epochs",
        "1000000",
        "--validation",
        "0",
    ]
    child = process(*arguments, env=unmeasured)
    assert child.stderr
    while "epochs/s, loss" not in child.stderr.readline():  # the bar, each state of which ends its line
        pass
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert re.search(r"stopped +by Ctrl-C after \d+ of 1000000 epochs", out)
    assert re.search(r"log loss +0\.\d+", out)
    assert "Traceback" not in err
    assert "Multi-layer perceptron 2-2-1" in in_drawing()


def test_ctrl_c_in_the_third_epoch_leaves_three_epochs_of_learning(
    file: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(history: History) -> None:
        if len(history.loss) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("nn.commands.fit", partial(fit, callbacks=[interrupt]))
    assert main([file("x,y\n1,0\n2,1\n"), *QUICK]) == 130
    assert "stopped   by Ctrl-C after 3 of 30 epochs\nlog loss " in capsys.readouterr().out
    assert in_drawing()


def test_a_reader_that_has_seen_enough_ends_it_quietly(file: Make) -> None:
    with process(file("x,y\n1,0\n2,1\n"), *QUICK) as child:
        assert child.stdout
        assert child.stderr
        child.stdout.close()
        assert "Traceback" not in child.stderr.read()
    assert child.returncode == 141


def test_a_terminal_without_the_letters_of_a_name_gets_their_numbers(file: Make) -> None:
    path = file("größe,y\n1,0\n2,1\n")
    arguments = [path, "--target", "y", "--inputs", "größe", "--epochs", "5"]
    out, _ = process(*arguments, env={"PYTHONIOENCODING": "ascii"}).communicate(timeout=60)
    assert re.search(r"inputs +gr\\xf6\\xdfe", out)


def test_bad_input_ends_a_process_with_status_2_and_one_line() -> None:
    child = process("missing.csv", *QUICK)
    assert child.communicate(timeout=60) == ("", "nn: error: cannot read 'missing.csv': No such file or directory\n")
    assert child.returncode == 2


def test_predictions_are_utf_8_in_files_and_pipes_whatever_the_console_writes(kept: str) -> None:
    model, _ = MLP(1, [1]), kept
    about = {"inputs": ["größe"], "input_texts": [None], "target": "y", "target_texts": ["☂", "☀"]}
    save(model, "model", {"nn": json.dumps(about)})
    Path("new.csv").write_text("größe\n1\n", "utf-8")
    with Path("out.csv").open("w+b") as out:
        child = process("predict", "model", "new.csv", stdout=out, env={"PYTHONIOENCODING": "cp1252"})
        assert (child.communicate(timeout=60)[1], child.returncode) == ("", 0)
    head, row = Path("out.csv").read_text("utf-8").splitlines()
    assert head == "größe,probability ☀,y"
    assert row[-1] in "☂☀"


def closed(streams: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m nn` with some of its streams closed, as without a console: there Python has None for them."""
    command = ["sh", "-c", f'exec "$@" {streams}', "sh", sys.executable, "-m", "nn", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("streams", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_without_a_console_a_model_is_trained_kept_and_drawn(streams: str, file: Make) -> None:
    file(PETS)
    done = closed(streams, *FIT, "--save", "model")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert in_drawing()
    assert os.path.exists("model")


def test_without_standard_output_predictions_are_refused_and_without_standard_error_they_are_not_mixed_with_remarks(
    kept: str,
) -> None:
    Path("new.csv").write_text("age,sex\n3,f\n,f\n")
    done = closed(">&-", "predict", "model", "new.csv")
    assert (done.returncode, done.stderr) == (2, "nn: error: there is no standard output to write to\n")
    done = closed("2>&-", "predict", "model", "new.csv")
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (0, 3, "")


def test_options_stand_before_or_after_the_file(file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    file(PETS)
    first = run(FIT, capsys)
    assert first == run(["fit", *FIT[2:], "data.csv"], capsys) == run([*FIT[2:4], "data.csv", *FIT[4:]], capsys)
    assert first == run(["--epochs", "100", "--target", "lives", "--inputs", "sex", "age", "data.csv"], capsys)
    assert run([*FIT, "--hidden", "3"], capsys) == run(["fit", *FIT[2:], "--hidden", "3", "data.csv"], capsys)
    assert run([*FIT, "--hidden"], capsys) == run(["fit", *FIT[2:], "--hidden", "data.csv"], capsys)


def test_without_a_picture_none_is_drawn(file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    file(PETS)
    assert "network.svg" not in run([*FIT, "--no-picture"], capsys)
    assert not os.path.exists("network.svg")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--epochs", "100", "fit", "data.csv", *FIT[2:4], "--inputs", "sex", "age"],
        [*FIT[2:4], "--inputs", "sex", "age", "fit", "data.csv", "--epochs", "100"],
        [*FIT[2:4], "data.csv", "fit", "--epochs=100", "--inputs", "sex", "age"],
        ["--no-picture", "fit", "--svg", "network.svg", *FIT[1:]],
    ],
)
def test_options_stand_before_the_command_too(
    arguments: list[str], file: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    file(PETS)
    assert run(arguments, capsys) == run(FIT, capsys)


def test_a_column_may_have_the_name_of_a_command(file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    path = file("fit,draw,y\n1,2,0\n2,5,1\n5,3,0\n")
    for inputs in (["fit"], ["draw", "fit"]):
        out = run([path, "--target", "y", "--inputs", *inputs, "--epochs", "3"], capsys)
        assert re.search(rf"inputs +{', '.join(inputs)}\n", out)
    assert re.search(r"target +fit: from 1 to 5", run(["--target", "fit", path, "--task", "numbers"], capsys))


@pytest.mark.parametrize("script", ["scalar-autograd-nn", "scalar-autograd-nn.exe", "__main__.py"])
def test_messages_begin_with_the_name_that_was_typed(
    script: str, file: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = "nn" if script == "__main__.py" else "scalar-autograd-nn"
    monkeypatch.setattr(sys, "argv", [f"/usr/bin/{script}"])
    with pytest.raises(SystemExit):
        main(["missing.csv", *QUICK])
    assert capsys.readouterr().err.startswith(f"{typed}: error: cannot read 'missing.csv'")
    assert f"{'python -m nn' if typed == 'nn' else typed} predict model CSV\n" in run(
        [file("x,y\n1,0\n2,1\n"), *QUICK, "--save", "model"], capsys
    )


def test_what_is_printed_of_texts_is_one_line(file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f'"two\nlines {k % 2}",{k % 3},"no\n{k % 2}"\n' for k in range(12))
    out = run([file(f"note,x,y\n{rows}"), "--target", "y", "--epochs", "3"], capsys)
    assert re.search(r"inputs +note \(two lines 1 is 1, two lines 0 is 0\), x\n", out)
    assert re.search(r"target +y: 6 times no 1, 6 times no 0\n", out)
    assert "predicted no 0   predicted no 1\n" in out


def test_of_many_columns_and_classes_the_first_are_named(file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    names = ",".join(f"c{k}" for k in range(300))
    rows = "".join(",".join(str(k * j % 7) for j in range(300)) + f",k{k % 40}\n" for k in range(80))
    out = run([file(f"{names},y\n{rows}"), "--target", "y", "--epochs", "1", "--no-picture"], capsys)
    assert re.search(r"inputs +c1, c2, .*, \.\.\. \(257 in all\)\n", out)
    assert re.search(r"target +y: 2 times k9, .*, \.\.\. \(40 in all\)\n", out)


def test_a_count_of_one_is_once(file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    assert re.search(r"target +y: once b, 2 times a\n", run([file("x,y\n1,a\n2,b\n4,a\n"), *QUICK], capsys))


def test_where_rows_are_dropped_for_several_columns_each_is_named(
    file: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    out = run([file("a,b,y\n1,u,0\n,u,1\n3,,1\n5,,0\n6,v,1\n"), "--target", "y", "--epochs", "3"], capsys)
    assert re.search(r"rows +5, 3 dropped for missing values", out)
    assert re.search(r"missing +a in 1, b in 2 of these rows\n", out)


def test_columns_without_a_name_or_with_one_twice_are_left_out(file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{k},{k % 3},{k % 4},{k % 5},{k % 2},,\n" for k in range(12))
    out = run([file(f",a,a,b,y,,\n{rows}"), "--target", "y", "--epochs", "3", "--save", "model"], capsys)
    assert re.search(r"inputs +b\nleft out +what has no name, a \(a name of several columns\)\n", out)
    assert run(["predict", "model", "data.csv"], capsys).startswith(
        ",a,a,b,y,,,probability 1,predicted y\n0,0,0,0,0,,,"
    )


def test_the_line_with_which_excel_tells_a_separator_is_no_row(file: Make, capsys: pytest.CaptureFixture[str]) -> None:
    assert re.search(r"rows +3, 0 dropped", run([file("sep=;\r\nx;y\r\n1,5;0\r\n2;1\r\n3;0\r\n"), *QUICK], capsys))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x y\n1 0\n2 1\n", "'data.csv' has no column 'y', only 'x y'; see --separator"),
        ("# made today\nx,y\n1,0\n", "line 2 has 2 values, the first one has 1; see --separator"),
        (
            "x,y\n1,0\n2,1\n3,0\n4,1\n5,0\n6,1\n7,0\n8,1\n",
            "x (a number for each row); --inputs takes them",
        ),
        ("a,a,y\n1,2,0\n2,3,1\n", "could be an input: a (a name of several columns)"),
    ],
)
def test_what_is_wrong_with_a_table_names_the_cure(
    content: str, message: str, file: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    file(content)
    assert refusal(["data.csv", "--target", "y"], capsys).endswith(message)
