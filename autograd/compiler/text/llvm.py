"""Terms as LLVM IR: every operation is one line, whose result is a register.

Functions are called where they are in memory (`addresses`): a name would be looked up anew for every program, and LLVM
would take a call of `pow` for its own `pow`, to be replaced by what is only nearly the same.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from autograd import ops
from autograd.compiler.terms.terms import Term
from autograd.op import Op

__all__ = ["Lines", "constant", "is_condition", "pointer"]

ARITHMETIC: dict[Op, str] = {  # of doubles
    ops.add: "fadd double {}, {}",
    ops.sub: "fsub double {}, {}",
    ops.mul: "fmul double {}, {}",
    ops.div: "fdiv double {}, {}",
    ops.neg: "fneg double {}",
    ops.sqrt: "call double @llvm.sqrt.f64(double {})",
}
DECLARED = "declare double @llvm.sqrt.f64(double)"
RELATIONS: dict[Op, tuple[str, str]] = {  # each with its negation, which holds for NaN where the relation does not
    ops.RELATIONS[name]: words
    for name, words in {
        "lt": ("olt", "uge"),
        "le": ("ole", "ugt"),
        "eq": ("oeq", "une"),
        "ne": ("une", "oeq"),
        "ge": ("oge", "ult"),
        "gt": ("ogt", "ule"),
    }.items()
}
LOGIC: dict[Op, str] = {  # of conditions
    ops.RELATIONS["and_"]: "and i1 {}, {}",
    ops.RELATIONS["or_"]: "or i1 {}, {}",
    ops.NOT: "xor i1 {}, true",
}


def constant(x: float) -> str:
    """A number to the last bit."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"


ZERO = constant(0.0)


def pointer(address: int) -> str:
    """A place in memory."""
    return f"inttoptr (i64 {address} to ptr)"


def is_condition(term: Term) -> bool:
    """Whether a Term is a condition, an `i1`, and no double."""
    return term.head in RELATIONS or term.head in LOGIC


class Lines:
    """The lines of a function that reads numbers, and what others have computed, from memory.

    - `callees`: what is called for an op.
    - `places`: for every Term that may be read the array that it is in, and its place there.
    - `access`: what is said of all that is read and stored.
    """

    def __init__(
        self, callees: Mapping[Op, str], places: Mapping[Term, tuple[str, int | str]], access: str = ""
    ) -> None:
        self.callees, self.places, self.access = callees, places, access
        self.lines: list[str] = []
        self.registers: dict[Term, str] = {}
        self._count = 0

    def new(self, text: str) -> str:
        """The register of an operation's result."""
        self._count += 1
        self.lines.append(f"%{self._count} = {text}")
        return f"%{self._count}"

    def compute(self, term: Term) -> None:
        """An operation, of constants and of what can be read or has been computed."""
        self.registers[term] = self.new(self._operation(term.head, term.args))

    def _operation(self, op: object, args: tuple[Term, ...]) -> str:
        if op in ARITHMETIC:
            return ARITHMETIC[op].format(*map(self.number, args))
        if op in RELATIONS:
            return self._relation(args, RELATIONS[op][0])
        if op is ops.NOT and args[0].head in RELATIONS:
            return self._relation(args[0].args, RELATIONS[args[0].head][1])
        if op in LOGIC:
            return LOGIC[op].format(*map(self.condition, args))
        if op is ops.WHERE:
            a, b = map(self.number, args[1:])
            return f"select i1 {self.condition(args[0])}, double {a}, double {b}"
        if op is ops.abs:  # by its bits, which LLVM translates in no time
            bits = self.new(f"bitcast double {self.number(args[0])} to i64")
            return f"bitcast i64 {self.new(f'and i64 {bits}, {2**63 - 1}')} to double"
        if op is ops.sum:
            total, *others = map(self.number, args) if args else [ZERO]
            for x in others[:-1]:
                total = self.new(f"fadd double {total}, {x}")
            return f"fadd double {total}, {others[-1] if others else constant(-0.0)}"
        assert isinstance(op, Op)  # of what has operands
        return f"call double {self.callees[op]}({', '.join([f'double {self.number(x)}' for x in args])})"

    def _relation(self, args: tuple[Term, ...], word: str) -> str:
        x, y = map(self.number, args)
        return f"fcmp {word} double {x}, {y}"

    def number(self, term: Term) -> str:
        """A Term as a double."""
        if term.constant is not None:
            return constant(term.constant)
        if not is_condition(term):
            return self.registers.get(term) or self._read(term)
        return self.new(f"select i1 {self.condition(term)}, double {constant(1.0)}, double {ZERO}")

    def condition(self, term: Term) -> str:
        """A Term as a condition."""
        if not is_condition(term):
            return self.new(f"fcmp une double {self.number(term)}, {ZERO}")
        return self.registers.get(term) or self._read(term)

    def _read(self, term: Term) -> str:
        array, i = self.places[term]
        place = self.new(f"getelementptr double, ptr {array}, i64 {i}")
        text = self.new(f"load double, ptr {place}{self.access}")
        self.registers[term] = self.new(f"fcmp une double {text}, {ZERO}") if is_condition(term) else text
        return self.registers[term]

    def store(self, term: Term, array: str, i: int | str) -> None:
        """Put a Term's number there."""
        text, place = self.number(term), self.new(f"getelementptr double, ptr {array}, i64 {i}")
        self.lines.append(f"store double {text}, ptr {place}{self.access}")
