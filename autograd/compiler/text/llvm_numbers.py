"""Numbers and conditions that write LLVM IR when they are computed with, for functions in generic arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.compiler.text.llvm import Lines, constant

__all__ = ["INTRINSICS", "Flag", "Number", "kernel", "m"]

INTRINSICS = {"copysign": 2, "fabs": 1, "floor": 1, "fmuladd": 3, "sqrt": 1}


class Flag:
    """An `i1`."""

    def __init__(self, lines: Lines, text: str) -> None:
        self.lines, self.text = lines, text


class Number:
    """A double."""

    def __init__(self, lines: Lines, text: str) -> None:
        self.lines, self.text = lines, text

    def made(self, text: str) -> Number:
        """The number that an instruction computes."""
        return Number(self.lines, self.lines.new(text))

    @staticmethod
    def _both(word: str) -> tuple[Callable[[Number, Any], Number], Callable[[Number, Any], Number]]:
        """The methods for `self op other` and, reflected, `other op self`."""
        return (
            lambda self, other: self.made(f"{word} double {self.text}, {_operand(other)}"),
            lambda self, other: self.made(f"{word} double {_operand(other)}, {self.text}"),
        )

    @staticmethod
    def _relation(word: str) -> Callable[[Number, Any], Flag]:
        return lambda self, other: Flag(
            self.lines, self.lines.new(f"fcmp {word} double {self.text}, {_operand(other)}")
        )

    __add__, __radd__ = _both("fadd")
    __sub__, __rsub__ = _both("fsub")
    __mul__, __rmul__ = _both("fmul")
    __truediv__, __rtruediv__ = _both("fdiv")
    __lt__ = _relation("olt")
    __le__ = _relation("ole")
    __gt__ = _relation("ogt")
    __ge__ = _relation("oge")
    __eq__ = _relation("oeq")  # type: ignore[assignment]  # a condition, not a bool
    __hash__ = None  # type: ignore[assignment]  # equality makes a condition, not a bool

    def __neg__(self) -> Number:
        return self.made(f"fneg double {self.text}")


def _operand(x: Number | float) -> str:
    return x.text if isinstance(x, Number) else constant(x)


class m:  # the namespace that rules and kernels call so
    """What kernels call besides arithmetic; all of it can be computed for several rows at once."""

    @staticmethod
    def where(condition: Flag, a: Any, b: Any) -> Number:
        """One of two numbers, both of which are computed."""
        lines = condition.lines
        return Number(lines, lines.new(f"select i1 {condition.text}, double {_operand(a)}, double {_operand(b)}"))

    @staticmethod
    def both(one: Flag, other: Flag) -> Flag:
        """The condition that both conditions hold."""
        return Flag(one.lines, one.lines.new(f"and i1 {one.text}, {other.text}"))

    @staticmethod
    def polynomial(x: Number, *coefficients: float) -> Number:
        """c_0 + c_1 x + c_2 x^2 + ..."""
        total: Number | float = coefficients[-1]
        for c in reversed(coefficients[:-1]):
            total = m.fused(x, total, c)
        return total  # type: ignore[return-value]  # there are two coefficients at least

    @staticmethod
    def fused(x: Number, y: Number | float, z: Number | float) -> Number:
        """x y + z, rounded once where the processor can do that, and there in one step."""
        return _intrinsic("fmuladd", x, y, z)

    @staticmethod
    def abs(x: Number) -> Number:
        """|x|."""
        return _intrinsic("fabs", x)

    @staticmethod
    def floor(x: Number) -> Number:
        """The largest whole number up to x."""
        return _intrinsic("floor", x)

    @staticmethod
    def copysign(x: Number, y: Number) -> Number:
        """|x| with the sign of y."""
        return _intrinsic("copysign", x, y)

    @staticmethod
    def nearest(x: Number) -> tuple[Number, str]:
        """The whole number nearest to x, which must be less than 2^50, and its last bits."""
        moved = x + 1.5 * 2.0**52
        return moved - 1.5 * 2.0**52, x.lines.new(f"bitcast double {moved.text} to i64")

    @staticmethod
    def odd(k: Number, bits: str) -> Flag:
        """Whether k, whose bits these are, is odd."""
        last = k.lines.new(f"and i64 {bits}, 1")
        return Flag(k.lines, k.lines.new(f"icmp ne i64 {last}, 0"))

    @staticmethod
    def turned(x: Number, bits: str, more: int) -> Number:
        """-x where of k, whose bits these are, and `more` the sum divided by 4 leaves 2 or 3, and else x."""
        sign = x.lines.new(f"and i64 {x.lines.new(f'add i64 {bits}, {more}')}, 2")
        return _with_bits(x, f"xor i64 {{}}, {x.lines.new(f'shl i64 {sign}, 62')}")

    @staticmethod
    def power_of_two(k: Number) -> Number:
        """2^k, for whole k from -1022 to 1023: its bits are those of k behind 2^52, moved."""
        return _with_bits(k + (2.0**52 + 1023), "shl i64 {}, 52")

    @staticmethod
    def exponent(x: Number) -> Number:
        """The whole k for which x 2^-k is from 1 to 2, for normal positive x."""
        return _with_bits(x, "lshr i64 {}, 52", f"or i64 {{}}, {0x433 << 52}") - (2.0**52 + 1023)

    @staticmethod
    def significand(x: Number) -> Number:
        """x 2^-k, for the k that `exponent` gives."""
        return _with_bits(x, f"and i64 {{}}, {2**52 - 1}", f"or i64 {{}}, {0x3FF << 52}")

    @staticmethod
    def upper(x: Number) -> Number:
        """x without the lower half of its digits."""
        return _with_bits(x, f"and i64 {{}}, {-(2**32)}")


def _with_bits(x: Number, *steps: str) -> Number:
    """The number whose bits are made of those of x."""
    bits = x.lines.new(f"bitcast double {x.text} to i64")
    for step in steps:
        bits = x.lines.new(step.format(bits))
    return x.made(f"bitcast i64 {bits} to double")


def _intrinsic(name: str, *xs: Number | float) -> Number:
    (x, *_) = [x for x in xs if isinstance(x, Number)]
    return x.made(f"call double @llvm.{name}.f64({', '.join(f'double {_operand(x)}' for x in xs)})")


def kernel(name: str, f: Callable[..., Number], arity: int) -> str:
    """A function of doubles as one of LLVM IR, which is put in place wherever it is called."""
    lines = Lines({}, {})
    result = f(m, *[Number(lines, f"%x{i}") for i in range(arity)])
    parameters = ", ".join(f"double %x{i}" for i in range(arity))
    head = f'define internal double @"{name}"({parameters}) alwaysinline nounwind {{'
    return "\n".join([head, *lines.lines, f"ret double {result.text}", "}"])
