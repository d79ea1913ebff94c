"""`Module`: something with parameters, which are found by where they are kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from numbers import Real
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, MethodType, ModuleType, NoneType
from typing import Any, Self

from autograd import Value, Vector

__all__ = ["Module", "StateDictError", "attributes", "by_name", "evaluating"]


class StateDictError(ValueError):
    """Raised when numbers do not fit a model, because their names or shapes differ."""


class Module:
    """Something with parameters: the leaf Values among its attributes, also in Modules, lists, dicts and such there.

    A model of one's own is a subclass that puts them there and says in `__call__` what it computes. Parameters may be
    in sequences, Vectors and arrays; in a set, or an object that is no Module, they are refused by a TypeError.
    """

    training = True  # or evaluating, which `train` and `eval` say

    def __call__(self, *args: Any) -> Any:
        """What `forward` gives, where a subclass has that in place of a `__call__`, as PyTorch's have."""
        return self.forward(*args)

    def forward(self, *args: Any) -> Any:
        """What the model computes. Raises NotImplementedError where a subclass has neither this nor a `__call__`."""
        raise NotImplementedError(f"{type(self).__name__} says in forward or __call__ what it computes.")

    def modules(self) -> Iterator[Module]:
        """This module and those that it is made of, a shared one once."""
        found = {id(part): part for _, part in _walk(self, attributes) if isinstance(part, Module)}
        yield from found.values()

    def train(self, mode: bool = True) -> Self:
        """Let all modules draw random numbers as in a training, or not; returns the model."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Switch to evaluation, as `train(False)` does."""
        return self.train(False)

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """The parameters with the way to each, such as `layers.0.neurons.1.w.0`; a shared one comes once.

        Raises TypeError where parameters are in a container in which they are not looked for.
        """
        seen, closed = set[int](), list[tuple[str, Any]]()
        for name, part in _walk(self, attributes):
            if _is_parameter(part) and id(part) not in seen:
                seen.add(id(part))
                yield name, part
            elif _is_closed(part):
                closed.append((name, part))
        for name, part in closed:
            if any(id(parameter) not in seen for parameter in _hidden(part)):
                raise TypeError(
                    f"{type(self).__name__}.{name} is a {type(part).__name__} that holds parameters, which are looked "
                    "for in Modules, lists, tuples, dicts, Vectors and arrays; keep them in one of these."
                )

    def parameters(self) -> list[Value]:
        """The parameters in the order of `named_parameters`."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set the `grad` of every parameter to 0, so that the next `backward` does not add to an older one."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def state(self) -> Mapping[str, Any]:
        """Where `state_dict` looks for parameters: the attributes, or what a subclass puts in their place."""
        return attributes(self)

    def state_dict(self) -> dict[str, Any]:
        """The numbers in the parameters by name: of a list of parameters a list, of a list of such lists a matrix.

        >>> from nn import Layer
        >>> Layer(2, 3, init="zeros").state_dict()
        {'weight': [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]], 'bias': [0.0, 0.0, 0.0]}
        """
        return {name: _mapped(part, lambda p: p.data) for name, part in self._arrays().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set the parameters to the numbers in `state`: floats and nested lists as of `state_dict`, or arrays.

        Raises StateDictError, and leaves the model as it was, unless the names and the shapes are those of the model.
        """
        arrays = self._arrays()
        if state.keys() != arrays.keys():
            missing, unexpected = sorted(arrays.keys() - state.keys()), sorted(state.keys() - arrays.keys())
            raise StateDictError(
                f"The model has other parameters: {_listed(missing)} missing, {_listed(unexpected)} unexpected."
            )
        numbers = {name: x.tolist() if hasattr(x, "tolist") else x for name, x in state.items()}
        for name, part in arrays.items():
            ours, theirs = _shape(part, _is_parameter), _shape(numbers[name], lambda x: isinstance(x, Real))
            if ours != theirs:
                got = "something else than numbers in rows of one length" if theirs is None else f"shape {theirs}"
                raise StateDictError(f"Parameter {name!r} has shape {ours}, got {got}.")
        fresh = [float(x) for name in arrays for x in _flat(numbers[name])]  # all, before any is set
        for parameter, x in zip((p for part in arrays.values() for p in _flat(part)), fresh, strict=True):
            parameter.data = x

    def _arrays(self) -> dict[str, Any]:
        """The parameters, as large arrays of them as there are."""
        arrays: dict[str, Any] = {}
        for name, part in _walk(self, lambda module: module.state(), _are_parameters):
            if name in arrays:
                raise StateDictError(f"Two parameters have the name {name!r}, so a file could hold only one.")
            if _are_parameters(part):
                arrays[name] = part
        kept = {id(parameter) for part in arrays.values() for parameter in _flat(part)}
        if left := [name for name, parameter in self.named_parameters() if id(parameter) not in kept]:
            raise StateDictError(f"{type(self).__name__}.state() leaves out parameters: {_listed(left)}.")
        return arrays


@contextmanager
def evaluating(modules: Iterable[Module]) -> Iterator[None]:
    """Within this block these modules evaluate."""
    trained = [module for module in modules if module.training]
    for module in trained:
        module.training = False
    try:
        yield
    finally:
        for module in trained:
            module.training = True


def by_name(what: str, choice: Any, table: Mapping[str, Any]) -> Any:
    """What a table has under a name, or the function that was given instead; ValueError with the names there are."""
    if callable(choice):
        return choice
    if choice not in table:
        raise ValueError(f"{what} is a function or one of {', '.join(table)}; got {choice!r}.")
    return table[choice]


def attributes(x: Any) -> dict[str, Any]:
    """The attributes of an object, also in slots and, where they could hold parameters, of its class."""
    found = {}
    for kind in reversed(type(x).__mro__):
        if kind is not object and not kind.__module__.startswith("nn."):
            for name, attribute in vars(kind).items():
                if isinstance(attribute, (Value, Vector, Module, list, tuple, dict)) and not name.startswith("__"):
                    found[name] = attribute
                elif isinstance(attribute, MemberDescriptorType) and hasattr(x, name):
                    found[name] = getattr(x, name)
    return found | getattr(x, "__dict__", {})


def _walk(
    root: Any, inside: Callable[[Module], Mapping[str, Any]], is_end: Callable[[Any], bool] = lambda part: False
) -> Iterator[tuple[str, Any]]:
    """All parts of `root` with the way to each, but for the parts of what is an end."""
    seen, stack = set[int](), [("", root)]
    while stack:
        name, part = stack.pop()
        yield name, part
        parts = None if is_end(part) else inside(part) if isinstance(part, Module) else _entries(part)
        if parts is not None and id(part) not in seen:
            seen.add(id(part))
            items = list(parts.items() if isinstance(parts, Mapping) else enumerate(parts))
            stack += [(f"{name}.{key}" if name else f"{key}", x) for key, x in reversed(items)]


def _entries(x: Any) -> Any:
    """The entries of a sequence, Vector or array of objects as a list; a dict as it is, None for anything else."""
    if isinstance(x, (list, tuple, dict)):
        return x
    if hasattr(x, "to_numpy"):
        x = x.to_numpy()
    if _is_of_objects(x):
        return x.tolist() if x.ndim else [x.item()]
    if isinstance(x, (Vector, Mapping)) or (isinstance(x, Sequence) and not isinstance(x, _PLAIN)):
        return x
    return None


def _is_of_objects(x: Any) -> bool:
    return getattr(getattr(x, "dtype", None), "kind", "") == "O"


_PLAIN = (str, bytes, bytearray, memoryview, range)  # sequences of what is no Value
_BARREN = (float, int, str, NoneType, FunctionType, BuiltinFunctionType, MethodType, ModuleType, type)  # hold none


def _is_closed(x: Any) -> bool:
    """Whether `x` could hold parameters where the walk does not look."""
    if isinstance(x, (Value, Module, *_BARREN)):
        return False
    return _entries(x) is None or (isinstance(x, Mapping) and any(isinstance(key, (Value, Module)) for key in x))


def _hidden(x: Any, depth: int = 3) -> Iterator[Value]:
    """The parameters in an object that is not walked; of its containers, the first entries stand for all."""
    if isinstance(x, Module):
        yield from (part for _, part in _walk(x, attributes) if _is_parameter(part))
    elif _is_parameter(x):
        yield x
    elif depth and not isinstance(x, (*_PLAIN, *_BARREN)):
        if isinstance(x, Collection) and (_is_of_objects(x) or not hasattr(x, "dtype")):
            parts = [*islice(x, 2), *(islice(x.values(), 2) if isinstance(x, Mapping) else ())]
        else:
            parts = [*attributes(x).values()]
        for part in parts:
            yield from _hidden(part, depth - 1)


def _is_parameter(x: Any) -> bool:
    return isinstance(x, Value) and not x.parents


def _are_parameters(x: Any) -> bool:
    return _shape(x, _is_parameter) is not None


def _shape(x: Any, is_item: Callable[[Any], bool], depth: int = 2) -> tuple[int, ...] | None:
    """The shape of a number, vector or matrix of such items; None if it is none."""
    if is_item(x):
        return ()
    rows = _entries(x)
    if not depth or not rows or isinstance(rows, Mapping):
        return None
    first, *others = {_shape(row, is_item, depth - 1) for row in rows}
    return None if others or first is None else (len(rows), *first)


def _mapped(part: Any, f: Callable[[Any], Any]) -> Any:
    rows = _entries(part)
    return f(part) if rows is None else [_mapped(row, f) for row in rows]


def _flat(part: Any) -> list[Any]:
    found = list[Any]()
    _mapped(part, found.append)
    return found


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return ", ".join(map(repr, names[:4])) + more or "none"
