"""What programs in machine code call: functions of numbers, and their way to Python's objects and back.

Functions that CPython takes from the C library are called there, the others where Python has them, so that results are
the same to the last bit. Objects are read and made by CPython's own C interface, and where that would be a call for
every number, in place: the layouts of float, list and tuple are those that their sizes say.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import math
import sys
from collections import UserDict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from string import Template

from autograd import ops
from autograd.arithmetic import FLOATS
from autograd.compiler.engines.machine import MachineCode, address
from autograd.compiler.terms.lowering import PRIMITIVES
from autograd.compiler.text.llvm import constant, pointer
from autograd.op import Op
from autograd.value import Value

__all__ = ["c_library", "callees", "known", "runtime", "unlike_by_pointers", "where_is"]

# CPython takes its functions from the C library but for hypot and gamma; lgamma and polygamma are our own.
PYTHONS = {ops.gamma, ops.hypot, ops.lgamma, ops.polygamma}


@cache
def c_library() -> ctypes.CDLL:
    """The C library's mathematics."""
    return ctypes.CDLL("ucrtbase" if sys.platform == "win32" else ctypes.util.find_library("m"))


def where_is(x: object) -> str:
    """An object of Python's, which has to be kept alive elsewhere."""
    return pointer(id(x))


class _Placeholders(UserDict[str, str]):
    """What `$name` stands for in `runtime.ll` and in programs."""

    def __missing__(self, name: str) -> str:
        self[name] = pointer(address(getattr(ctypes.pythonapi, name)))  # CPython's C interface
        return self[name]


_HEAD, _WORD = object.__basicsize__, ctypes.sizeof(ctypes.c_void_p)


def _place_of_data() -> int:
    """The offset of the word in a Value that points to its number."""
    x = Value(0.5)
    words = (ctypes.c_size_t * (Value.__basicsize__ // _WORD)).from_address(id(x))
    return _WORD * [*words].index(id(x.data))


known = _Placeholders(
    TYPE=str(_HEAD - _WORD),
    NUMBER=str(float.__basicsize__ - ctypes.sizeof(ctypes.c_double)),
    SIZE=str(_HEAD),
    ITEMS=str(_HEAD + _WORD),  # in a list, where they are
    ENTRIES=str(tuple.__basicsize__),  # in a tuple, whose items follow
    DATA=str(_place_of_data()),
    memmove=pointer(address(ctypes.memmove)),
    **{str(getattr(x, "__name__", x)): where_is(x) for x in (float, list, tuple, dict, True, False)},
)


@cache
def _runtime_code() -> MachineCode:
    text = Path(__file__).with_name("runtime.ll").read_text(encoding="ascii")
    asked = [_asking(op) for op in PYTHONS]
    return MachineCode("\n".join([Template(text).substitute(known), *asked]), 2)


@cache
def runtime(name: str) -> str:
    """A function of `runtime.ll`."""
    return pointer(_runtime_code().address(name))


@cache
def unlike_by_pointers() -> Callable[..., bool]:
    """Whether one of some lists differs in its items from a tuple of them."""
    return _runtime_code().function("unlike")


@cache
def callees() -> dict[Op, str]:
    """What is called for functions of numbers."""
    library = [op for op in PRIMITIVES - PYTHONS - {ops.sqrt} if hasattr(math, op.name)]
    found = {op: pointer(address(getattr(c_library(), op.name))) for op in library}
    return found | {op: runtime(op.name) for op in PYTHONS}


def _asking(op: Op) -> str:
    """A function of doubles that calls a Python function, and gives NaN where that raises."""
    places = range(op.arity)
    return "\n".join(
        [
            f"define double @{op.name}({', '.join(f'double %x{i}' for i in places)}) {{",
            f"%xs = alloca [{op.arity} x ptr]",
            *(f"%p{i} = getelementptr ptr, ptr %xs, i64 {i}" for i in places),
            *(f"%o{i} = call ptr {known['PyFloat_FromDouble']}(double %x{i})" for i in places),
            *(f"store ptr %o{i}, ptr %p{i}" for i in places),
            f"%y = call ptr {known['PyObject_Vectorcall']}(ptr {where_is(getattr(FLOATS, op.name))}, ptr %xs, "
            f"i64 {op.arity}, ptr null)",
            *(f"call void {known['Py_DecRef']}(ptr %o{i})" for i in places),
            "%failed = icmp eq ptr %y, null",
            "br i1 %failed, label %no, label %yes",
            "no:",
            f"call void {known['PyErr_Clear']}()",
            f"ret double {constant(math.nan)}",
            "yes:",
            f"%number = call double {known['PyFloat_AsDouble']}(ptr %y)",
            f"call void {known['Py_DecRef']}(ptr %y)",
            "ret double %number",
            "}",
        ]
    )
