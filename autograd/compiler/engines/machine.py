"""LLVM IR made machine code of this process, by llvmlite.

Long straight lines are translated line by line, at optimisation 0: there LLVM's optimisations take longer than they
save. Nothing is kept on disk, since that takes no longer than reading it and checking it would.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

from autograd.extras import needed

__all__ = ["MachineCode", "address"]


class MachineCode:
    """Functions in machine code, which live as long as this."""

    def __init__(self, text: str, optimisation: int) -> None:
        llvm = _llvmlite()
        module = llvm.parse_assembly(text, llvm.create_context())
        if optimisation:
            builder = _builder(optimisation)
            passes = builder.getModulePassManager()
            passes.run(module, builder)
            # llvmlite means to free them so, but of its two base classes the first has a method that does nothing.
            llvm.newpassmanagers.NewPassManager._dispose(passes)
            passes.detach()
        object_file = llvm.object_file.ObjectFileRef.from_data(_target(optimisation).emit_object(module))
        # The IR, which takes much more memory, is no longer needed then, and is freed with its context.
        loading = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(jit=True)
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), loading)
        self._engine.add_object_file(object_file)
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Where a function or a global begins."""
        found: int = self._engine.get_function_address(name)
        return found

    def function(self, name: str, *kept: Any) -> Callable[..., Any]:
        """A function of an array of objects, as one of Python's; it keeps what it refers to."""
        method = _Method(name.encode(), self.address(name), _FASTCALL, None)
        make = ctypes.pythonapi.PyCFunction_NewEx
        make.restype, make.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)
        made: Callable[..., Any] = make(ctypes.byref(method), (self, method, *kept), None)
        return made


class _Method(ctypes.Structure):
    """A `PyMethodDef`."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("documentation", ctypes.c_char_p),
    )


_FASTCALL = 0x80


@cache
def _llvmlite() -> Any:
    with needed("engine='llvm'", '"scalar-autograd[fast]"'):
        import llvmlite.binding as llvm
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@cache
def _target(optimisation: int) -> Any:
    """What writes code for this processor."""
    llvm = _llvmlite()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    features = llvm.get_host_cpu_features().flatten()
    return target.create_target_machine(llvm.get_host_cpu_name(), features, opt=optimisation, jit=True)


@cache
def _builder(optimisation: int) -> Any:
    """The builder of LLVM's passes over a module."""
    llvm = _llvmlite()
    tuning = llvm.create_pipeline_tuning_options(speed_level=optimisation)
    return llvm.create_pass_builder(_target(optimisation), tuning)


def address(function: Any) -> int:
    """Where a function of a library that ctypes has opened begins."""
    found = ctypes.cast(function, ctypes.c_void_p).value
    assert found is not None  # ctypes has found it
    return found
