"""The command line: `fit` trains a perceptron on a table, `predict` and `evaluate` apply it, `draw` draws it."""

import argparse
import os
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any, NoReturn

from autograd.collector import resting_collector
from autograd.commandline import invoked, run, spoken
from autograd.diagram import GraphvizNotFound
from nn import commands
from nn.saving import ModelFileError
from nn.table import TableError
from nn.training import DivergenceError

ABOUT = """Trains multi-layer perceptrons of logistic units to predict one column of a table by others:
classes or numbers. Without the name of a command it is `fit`; each has a --help of its own."""
EXAMPLE = """\
examples:
  {0} fit notebooks/data/titanic.csv --target survived --save model.safetensors
  {0} predict model.safetensors passengers.csv --output predictions.csv
  {0} evaluate model.safetensors passengers.csv
  {0} draw model.safetensors --svg network.svg"""

COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], int], str, str]] = {
    "fit": (
        commands.fit_to_table,
        "train a perceptron on a table, and draw it",
        "Trains a perceptron by gradient descent, says how well it does on rows that it did not train on, and draws it "
        "with the weights that it learnt. Training ends when those rows are no longer predicted better.",
    ),
    "predict": (
        commands.predict_rows,
        "write what a trained perceptron predicts for the rows of a table",
        "Writes all columns of a table as they are, then probabilities and the prediction, which are empty where an "
        "input is missing.",
    ),
    "evaluate": (commands.evaluate_model, "judge a trained perceptron by the rows of a table", ""),
    "draw": (commands.draw_model, "draw a trained perceptron", "Draws a trained perceptron."),
}


def _checked_value(kind: Callable[[str], Any], needed: str, allowed: Callable[[Any], bool]) -> Callable[[str], Any]:
    """What reads the text of an argument, and says what is needed of another one."""

    def read(text: str) -> Any:
        try:
            if allowed(x := kind(text)):
                return x
        except ValueError:
            pass
        raise argparse.ArgumentTypeError(f"{needed} is needed, got {text!r}")

    return read


_count = _checked_value(int, "a whole number from 1", lambda n: n > 0)
_positive = _checked_value(float, "a number above 0", lambda x: 0 < x < inf)
_share = _checked_value(float, "0 <= X < 1", lambda x: 0 <= x < 1)
_mark = _checked_value(
    lambda text: {"tab": "\t", "\\t": "\t"}.get(text, text), "one character, or tab,", lambda c: len(c) == 1
)
_ARGUMENTS: list[tuple[str, str, dict[str, Any]]] = [  # of which commands, with what argparse asks
    ("predict evaluate draw", "model", {"metavar": "MODEL", "type": Path, "help": "the file that `fit --save` wrote"}),
    ("fit predict evaluate", "csv", {"metavar": "CSV", "type": Path, "help": "the table, - for standard input; its "
     "first line names the columns"}),
    ("fit", "--target", {"metavar": "NAME", "required": True, "help": "what to predict"}),
    ("fit", "--inputs", {"metavar": "NAME", "nargs": "+", "default": [], "help": "by what (all other columns of use)"}),
    ("fit", "--task", {"choices": ["classes", "numbers"], "help": "what the target holds (found out)"}),
    ("fit", "--hidden", {"metavar": "N", "nargs": "*", "default": ["8"], "help": "hidden layers' units (8)"}),
    ("fit", "--epochs", {"metavar": "N", "type": _count, "help": "times through the rows (2000; of many rows 100)"}),
    ("fit", "--lr", {"metavar": "X", "type": _positive, "help": "the learning rate (3, of Adam 0.01)"}),
    ("fit", "--seed", {"metavar": "N", "type": int, "default": 0, "help": "of weights and held-out rows (0)"}),
    ("fit", "--validation", {"metavar": "X", "type": _share, "help": "the share of rows to judge by (0.2)"}),
    ("fit", "--save", {"metavar": "FILE", "type": Path, "help": "where the trained perceptron is kept, for `predict`"}),
    ("fit draw", "--svg", {"metavar": "FILE", "type": Path, "default": "network.svg", "help": "the drawing "
     "(network.svg)"}),
    ("fit", "--no-picture", {"dest": "svg", "action": "store_const", "const": None, "help": "draw nothing"}),
    ("predict", "--output", {"metavar": "FILE", "type": Path, "help": "where to (standard output)"}),
    ("fit predict evaluate", "--separator", {"metavar": "C", "type": _mark, "help": "between values (found out)"}),
    ("fit predict evaluate", "--decimal", {"choices": [".", ","], "help": "the mark of decimals (found out)"}),
]  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks and return the exit status; bad input ends in one line on stderr and status 2."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of NumPy, not loaded yet: so small products wait for more threads
    parser, parsers = _parser()
    arguments = _command_first(arguments) or ["--help"]
    first = arguments[0]
    if first not in (*COMMANDS, "-h", "--help"):
        if not (first.startswith("-") or Path(first).suffix or Path(first).exists()):
            parser.error(f"there is no command {first!r}, only {', '.join(COMMANDS)}, and no file of that name")
        arguments = ["fit", *arguments]  # once the only command, whose name could be left out
    asked = parser.parse_args(arguments)
    if asked.command == "fit":
        if asked.csv is None:  # the last of several values after an option is the file
            several = asked.hidden if asked.hidden and not asked.hidden[-1].isdecimal() else asked.inputs
            if not several:
                parsers["fit"].error("the following arguments are required: CSV")
            asked.csv = Path(several.pop())
        try:
            asked.hidden = [*map(_count, asked.hidden)]
        except argparse.ArgumentTypeError as error:
            parsers["fit"].error(f"argument --hidden: {error}")
        if len({asked.target, *asked.inputs}) <= len(asked.inputs):
            parsers["fit"].error("the target and the inputs are different columns")
    try:
        with resting_collector():  # which would look through millions of cells again and again
            return COMMANDS[asked.command][0](asked)
    except (TableError, ModelFileError, DivergenceError, GraphvizNotFound) as error:
        parser.error(error)
    except ModuleNotFoundError as error:
        if "pip install" not in str(error):
            raise
        parser.error(error)


def _command_first(arguments: Sequence[str]) -> list[str]:
    """The arguments with the command, if one is named, before the options that stand before it.

    What follows an option is its value, not a command; so is the last one of several names of inputs.
    """
    option = ""
    for i, (word, after) in enumerate(pairwise([*arguments, "--"])):
        if word.startswith("-") and word != "-":
            option = word
        elif word in COMMANDS:
            takes = option.startswith("--") and "=" not in option and not "--no-picture".startswith(option)
            value = takes and (arguments[i - 1] == option or (option == "--inputs" and after.startswith("--")))
            if not value:
                return [word, *arguments[:i], *arguments[i + 1 :]]
    return [*arguments]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str | Exception) -> NoReturn:
        """One line on stderr and exit status 2."""
        print(end="", flush=True)
        hint = f"; see {self.prog} --help" if isinstance(message, str) else ""
        self.exit(2, f"{spoken('nn')}: error: {' '.join(str(message).split())}{hint}\n")


def _parser() -> tuple[_Parser, dict[str, _Parser]]:
    """The parser of the command line, and those of the commands."""
    program = invoked("nn")
    raw = argparse.RawDescriptionHelpFormatter
    parser = _Parser(prog=program, description=ABOUT, epilog=EXAMPLE.format(program), formatter_class=raw)
    kinds = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    parsers = {name: kinds.add_parser(name, help=help, description=d) for name, (_, help, d) in COMMANDS.items()}
    for names, argument, options in _ARGUMENTS:
        for name in names.split():
            parsers[name].add_argument(
                argument, **options | ({"nargs": "?"} if (name, argument) == ("fit", "csv") else {})
            )
    return parser, parsers


console = partial(run, "nn", main)  # the script `scalar-autograd-nn`

if __name__ == "__main__":
    console()
