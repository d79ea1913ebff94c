"""The command line: `fit` trains a perceptron on a CSV file, `predict` applies it to another, `draw` draws it."""

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
  python -m nn fit notebooks/data/titanic.csv --target survived --inputs male age --save model.safetensors
  python -m nn predict model.safetensors passengers.csv
  python -m nn draw model.safetensors --svg network.svg"""


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks and return the exit status; bad input ends in one line on stderr and status 2."""
    parser = _parser()
    if arguments and arguments[0] not in COMMANDS and arguments[0] not in ("-h", "--help"):
        arguments = ["fit", *arguments]  # the one command that there was at first
    asked = parser.parse_args(arguments)
    try:
        return COMMANDS[asked.command](asked)
    except (TableError, ModelFileError, DivergenceError, GraphvizNotFound) as error:
        parser.error(error)
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        if missing not in ("numpy", "safetensors"):
            raise
        parser.error(ImportError(f'files of models need {missing}: pip install "scalar-autograd[save]"'))


def _fit(asked: argparse.Namespace) -> int:
    names = [*asked.inputs, asked.target]
    if len(set(names)) < len(names):
        _Parser(prog="python -m nn fit").error("the target and the inputs are different columns")
    return commands.fit_to_table(
        asked.csv,
        asked.target,
        asked.inputs,
        hidden=asked.hidden,
        epochs=asked.epochs,
        lr=asked.lr,
        seed=asked.seed,
        validation=asked.validation,
        svg=asked.svg,
        model_file=asked.save,
    )


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "fit": _fit,
    "predict": lambda asked: commands.predict(asked.model, asked.csv),
    "draw": lambda asked: commands.draw_model(asked.model, asked.svg),
}


# -- what is asked --------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str | Exception) -> NoReturn:
        """One line on stderr and exit status 2."""
        print(end="", flush=True)
        hint = f"; see {self.prog} --help" if isinstance(message, str) else ""
        self.exit(2, f"nn: error: {' '.join(str(message).split())}{hint}\n")


def _parser() -> _Parser:
    parser = _Parser(
        prog=invoked("nn", "scalar-autograd-nn"),
        description="Trains multi-layer perceptrons of logistic units to predict one column of a CSV file by others.\n"
        "Without the name of a command it is `fit`; each has a --help of its own.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    add_fit_options(
        commands.add_parser(
            "fit",
            help="train a perceptron on a CSV file, and draw it",
            description="Trains a perceptron by gradient descent on all rows at once, says how well it does, and draws "
            "it with the weights that it learnt.",
        )
    )
    predict = commands.add_parser(
        "predict",
        help="write what a trained perceptron predicts for the rows of a CSV file",
        description="Writes, as CSV, the inputs, the probability, and the prediction for each row of a file that has a "
        "value in each of the columns that the perceptron was trained on.",
    )
    predict.add_argument("model", metavar="MODEL", type=Path, help="the file that `fit --save` wrote")
    predict.add_argument("csv", metavar="CSV", type=Path, help="the rows; the first line names the columns")
    draw = commands.add_parser("draw", help="draw a trained perceptron", description="Draws a trained perceptron.")
    draw.add_argument("model", metavar="MODEL", type=Path, help="the file that `fit --save` wrote")
    draw.add_argument("--svg", metavar="FILE", type=Path, default="network.svg", help="the drawing (%(default)s)")
    return parser


def add_fit_options(parser: argparse.ArgumentParser) -> None:
    """What `fit` can be told."""
    parser.add_argument("csv", metavar="CSV", type=Path, help="the file; its first line names the columns")
    parser.add_argument("--target", metavar="NAME", required=True, help="what to predict, a column of two values")
    parser.add_argument("--inputs", metavar="NAME", nargs="+", required=True, help="columns of numbers or of two texts")
    parser.add_argument("--hidden", metavar="N", nargs="*", type=_count, default=[2], help="hidden layers' units (2)")
    parser.add_argument("--epochs", metavar="N", type=_count, default=2000, help="steps of descent (%(default)s)")
    parser.add_argument("--lr", metavar="X", type=_positive, default=3.0, help="the learning rate (%(default)g)")
    parser.add_argument(
        "--seed", metavar="N", type=int, default=0, help="of initial weights and held-out rows (%(default)s)"
    )
    parser.add_argument("--svg", metavar="FILE", type=Path, default="network.svg", help="the drawing (%(default)s)")
    parser.add_argument("--save", metavar="FILE", type=Path, help="where the trained perceptron is kept, for `predict`")
    parser.add_argument(
        "--validation", metavar="X", type=_share, default=0.0, help="the share of rows that is not trained on (none)"
    )


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
    x = _positive(text)
    if x >= 1:
        raise argparse.ArgumentTypeError(f"a share below 1 is needed, got {text!r}")
    return x


console = partial(run, "nn", main)  # the script `scalar-autograd-nn`

if __name__ == "__main__":
    console()
