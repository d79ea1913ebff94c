"""`Module`: something with parameters, which are found by where they are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from numbers import Real
from typing import Any

from autograd import Value

__all__ = ["Module", "StateDictError"]


class StateDictError(ValueError):
    """Numbers do not fit a model: their names or shapes are others."""


class Module:
    """Something with parameters: the leaf Values among its attributes, also in Modules, lists, tuples and dicts there.

    A model of one's own is a subclass that puts them there and says in `__call__` what it computes.
    """

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """The parameters with the way to each, such as `layers.0.neurons.1.w.0`; a shared one comes once."""
        seen: set[int] = set()
        for name, part in _walk(self, vars, _is_parameter):
            if id(part) not in seen:
                seen.add(id(part))
                yield name, part

    def parameters(self) -> list[Value]:
        """The parameters in the order of `named_parameters`."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set the `grad` of every parameter to 0, so that the next `backward` does not add to an older one."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def state(self) -> Mapping[str, Any]:
        """Where `state_dict` looks for parameters: the attributes, or what a subclass puts in their place."""
        return vars(self)

    def state_dict(self) -> dict[str, Any]:
        """The numbers in the parameters by name: of a list of parameters a list, of a list of such lists a matrix.

        >>> from nn import Layer
        >>> Layer(2, 3, init="zeros").state_dict()
        {'weight': [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]], 'bias': [0.0, 0.0, 0.0]}
        """
        return {name: _mapped(part) for name, part in self._arrays()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set the parameters to the numbers in `state`: floats and nested lists as of `state_dict`, or arrays.

        Raises StateDictError, and leaves the model as it was, unless the names and the shapes are those of the model.
        """
        arrays = dict(self._arrays())
        if state.keys() != arrays.keys():
            missing, unexpected = sorted(arrays.keys() - state.keys()), sorted(state.keys() - arrays.keys())
            raise StateDictError(
                f"The model has other parameters: {_listed(missing)} missing, {_listed(unexpected)} unexpected."
            )
        numbers = {name: x.tolist() if hasattr(x, "tolist") else x for name, x in state.items()}
        for name, part in arrays.items():
            ours, theirs = _shape(part, _is_parameter), _shape(numbers[name], _is_number)
            if ours != theirs:
                got = "something else than numbers in rows of one length" if theirs is None else f"shape {theirs}"
                raise StateDictError(f"Parameter {name!r} has shape {ours}, got {got}.")
        fresh = [float(x) for name in arrays for x in _flat(numbers[name])]  # all, before any is set
        for parameter, x in zip((p for part in arrays.values() for p in _flat(part)), fresh, strict=True):
            parameter.data = x

    def _arrays(self) -> Iterator[tuple[str, Any]]:
        """The parameters, as large arrays of them as there are."""
        return _walk(self, lambda module: module.state(), lambda part: _shape(part, _is_parameter) is not None)


def _walk(
    root: Module, inside: Callable[[Module], Mapping[str, Any]], wanted: Callable[[Any], bool]
) -> Iterator[tuple[str, Any]]:
    """What is `wanted` among the parts of `root`, with the way to each."""
    seen: set[int] = set()
    stack: list[tuple[str, Any]] = [("", root)]
    while stack:
        name, part = stack.pop()
        if wanted(part):
            yield name, part
        elif isinstance(part, (Module, dict, list, tuple)) and id(part) not in seen:
            seen.add(id(part))
            parts = inside(part) if isinstance(part, Module) else part
            items = list(parts.items() if isinstance(parts, Mapping) else enumerate(parts))
            stack += [(f"{name}.{key}" if name else f"{key}", x) for key, x in reversed(items)]


def _is_parameter(x: Any) -> bool:
    return isinstance(x, Value) and not x.parents


def _is_number(x: Any) -> bool:
    return isinstance(x, Real)


def _shape(x: Any, is_item: Callable[[Any], bool], depth: int = 2) -> tuple[int, ...] | None:
    """The shape of a number, vector or matrix of such items; None if it is none."""
    if is_item(x):
        return ()
    if not isinstance(x, (list, tuple)) or not x or not depth:
        return None
    first, *others = {_shape(row, is_item, depth - 1) for row in x}
    return None if others or first is None else (len(x), *first)


def _mapped(part: Any) -> Any:
    return [_mapped(row) for row in part] if isinstance(part, (list, tuple)) else part.data


def _flat(part: Any) -> Iterator[Any]:
    if isinstance(part, (list, tuple)):
        for row in part:
            yield from _flat(row)
    else:
        yield part


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return ", ".join(map(repr, names[:4])) + more or "none"
