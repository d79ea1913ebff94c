"""`save` and `load`: a model's numbers in a file of safetensors, which holds nothing that could be run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from autograd.extras import needed
from autograd.files import write
from nn.module import Module

__all__ = ["ModelFileError", "load", "read", "save"]

FILES = "a file of a model", '"scalar-autograd[save]"'
KINDS = {"F64", "F32", "F16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8"}  # that NumPy has


class ModelFileError(ValueError):
    """Raised when a file is not of safetensors, or only a part of one, or holds numbers of a kind that NumPy lacks."""


def save(model: Module, path: str | os.PathLike[str], metadata: Mapping[str, str] | None = None) -> None:
    """Write `model.state_dict()` to the file `path`, in double precision, with some texts by name beside it.

    The file appears there whole or not at all: where it cannot be written, an OSError names it, or the folder that is
    not there, and an older file is left as it was. What is no file, such as a pipe, is written into. Raises OSError,
    and ImportError without the extra `save`.
    """
    with needed(*FILES):
        import numpy as np
        from safetensors import numpy as safetensors

    arrays = {name: np.array(x, dtype=np.float64) for name, x in model.state_dict().items()}
    write(path, safetensors.save(arrays, dict(metadata or {})))


def load(model: Module, path: str | os.PathLike[str]) -> dict[str, str]:
    """Set the parameters of `model` to the numbers in the file `path`, and return the texts beside them.

    Raises OSError if it cannot be read, ModelFileError if it is no whole file of safetensors, StateDictError if its
    arrays are not those of the model, which is as it was then. Needs the extra `save`.
    """
    arrays, metadata = read(path)
    model.load_state_dict(arrays)
    return metadata


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The arrays and the texts in a file of safetensors, by name; raises as `load` does."""
    with needed(*FILES):
        import numpy  # noqa: F401  # whose arrays safetensors returns
        from safetensors import SafetensorError, safe_open

    with open(path, "rb"):  # or an OSError that says why
        pass
    try:
        with safe_open(path, framework="numpy") as file:
            names = list(file.keys())
            if strange := {kind for name in names if (kind := file.get_slice(name).get_dtype()) not in KINDS}:
                raise ModelFileError(f"{os.fspath(path)!r} holds numbers of the kind {', '.join(sorted(strange))}.")
            return {name: file.get_tensor(name) for name in names}, file.metadata() or {}
    except SafetensorError as error:
        reason = str(error).removeprefix("Error while deserializing header: ")
        raise ModelFileError(f"{os.fspath(path)!r} is no file of safetensors, or not all of one: {reason}.") from error
