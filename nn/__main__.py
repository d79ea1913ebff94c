"""The command line: `fit` trains a perceptron on a table, `predict` and `evaluate` apply it to others, `draw` draws."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from autograd.commandline import invoked, run
from autograd.diagram import GraphvizNotFound
from nn import commands
from nn.saving import ModelFileError
from nn.table import TableError
from nn.training import DivergenceError

EXAMPLE = """\
examples:
  {0} fit notebooks/data/titanic.csv --target survived --save model.safetensors
  {0} predict model.safetensors passengers.csv --output predictions.csv
  {0} evaluate model.safetensors passengers.csv
  {0} draw model.safetensors --svg network.svg"""


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks and return the exit status; bad input ends in one line on stderr and status 2."""
    parser = _parser()
    arguments = arguments or ["--help"]
    first = arguments[0]
    if first not in COMMANDS and first not in ("-h", "--help"):
        if not (first.startswith("-") or Path(first).suffix or Path(first).exists()):
            parser.error(f"there is no command {first!r}, only {', '.join(COMMANDS)}, and no file of that name")
        arguments = ["fit", *arguments]  # the one command that there was at first
    asked = parser.parse_args(arguments)
    if asked.command == "fit":
        if asked.csv is None and asked.inputs:  # the last name after --inputs is the file
            asked.csv = Path(asked.inputs.pop())
        if asked.csv is None or len({asked.target, *asked.inputs}) <= len(asked.inputs):
            missing = "the following arguments are required: CSV"
            _Parser(prog=f"{parser.prog} fit").error(
                missing if asked.csv is None else "the target and the inputs are different columns"
            )
    try:
        return COMMANDS[asked.command](asked)
    except (TableError, ModelFileError, DivergenceError, GraphvizNotFound) as error:
        parser.error(error)
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        if missing not in ("numpy", "safetensors"):
            raise
        parser.error(ImportError(f'files of models need {missing}: pip install "scalar-autograd[save]"'))


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "fit": commands.fit_to_table,
    "predict": commands.predict_rows,
    "evaluate": commands.evaluate_model,
    "draw": commands.draw_model,
}


# -- what is asked --------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str | Exception) -> NoReturn:
        """One line on stderr and exit status 2."""
        print(end="", flush=True)
        hint = f"; see {self.prog} --help" if isinstance(message, str) else ""
        self.exit(2, f"nn: error: {' '.join(str(message).split())}{hint}\n")


def _parser() -> _Parser:
    program = invoked("nn", "scalar-autograd-nn")
    parser = _Parser(
        prog=program,
        description="Trains multi-layer perceptrons of logistic units to predict one column of a table by others: "
        "classes or numbers.\nWithout the name of a command it is `fit`; each has a --help of its own.",
        epilog=EXAMPLE.format(program),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    fit = commands.add_parser("fit", help="train a perceptron on a table, and draw it", description=_FIT)
    fit.add_argument("csv", metavar="CSV", type=Path, nargs="?", help=_CSV)
    fit.add_argument("--target", metavar="NAME", required=True, help="what to predict")
    fit.add_argument("--inputs", metavar="NAME", nargs="+", default=[], help="by what (all other columns of use)")
    fit.add_argument("--task", choices=["classes", "numbers"], help="what the target holds (found out)")
    fit.add_argument("--hidden", metavar="N", nargs="*", type=_count, default=[8], help="hidden layers' units (8)")
    fit.add_argument("--epochs", metavar="N", type=_count, help="times through the rows (2000; of many rows 100)")
    fit.add_argument("--lr", metavar="X", type=_positive, help="the learning rate (3, of Adam 0.01)")
    fit.add_argument("--seed", metavar="N", type=int, default=0, help="of weights and held-out rows (%(default)s)")
    fit.add_argument("--svg", metavar="FILE", type=Path, default="network.svg", help="the drawing (%(default)s)")
    fit.add_argument("--no-picture", dest="svg", action="store_const", const=None, help="draw nothing")
    fit.add_argument("--save", metavar="FILE", type=Path, help="where the trained perceptron is kept, for `predict`")
    fit.add_argument("--validation", metavar="X", type=_share, help="the share of rows to judge by (0.2)")
    predict = commands.add_parser(
        "predict",
        help="write what a trained perceptron predicts for the rows of a table",
        description="Writes all columns of a table as they are, then probabilities and the prediction, which "
        "are empty where an input is missing.",
    )
    predict.add_argument("--output", metavar="FILE", type=Path, help="where to (standard output)")
    evaluate = commands.add_parser("evaluate", help="judge a trained perceptron by the rows of a table")
    draw = commands.add_parser("draw", help="draw a trained perceptron", description="Draws a trained perceptron.")
    draw.add_argument("--svg", metavar="FILE", type=Path, default="network.svg", help="the drawing (%(default)s)")
    for command in (predict, evaluate, draw):
        command.add_argument("model", metavar="MODEL", type=Path, help="the file that `fit --save` wrote")
    for command in (fit, predict, evaluate):
        if command is not fit:
            command.add_argument("csv", metavar="CSV", type=Path, help=_CSV)
        command.add_argument("--separator", metavar="C", type=_separator, help="between values (found out)")
        command.add_argument("--decimal", choices=[".", ","], help="the mark of decimals (found out)")
    return parser


_CSV = "the table, - for standard input; its first line names the columns"
_FIT = """Trains a perceptron by gradient descent, says how well it does on rows that it did not train on, and draws it
with the weights that it learnt. Training ends when those rows are no longer predicted better."""


def _separator(text: str) -> str:
    text = {"tab": "\t", "\\t": "\t"}.get(text, text)
    if len(text) != 1:
        raise argparse.ArgumentTypeError(f"one character is needed, or tab, got {text!r}")
    return text


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 is needed, got {text!r}")
    return int(text)


def _positive(text: str) -> float:
    try:
        x = float(text)
    except ValueError:
        x = math.nan
    if not 0 < x < math.inf:
        raise argparse.ArgumentTypeError(f"a number above 0 is needed, got {text!r}")
    return x


def _share(text: str) -> float:
    x = 0.0 if text.strip("0.") == "" and "0" in text else _positive(text)
    if x >= 1:
        raise argparse.ArgumentTypeError(f"a share below 1 is needed, got {text!r}")
    return x


console = partial(run, "nn", main)  # the script `scalar-autograd-nn`

if __name__ == "__main__":
    console()
