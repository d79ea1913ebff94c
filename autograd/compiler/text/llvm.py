"""Terms as LLVM IR: every operation is one line, whose result is a register.

Functions are called where they are in memory (`addresses`): a name would be looked up anew for every program, and LLVM
would take a call of `pow` for its own `pow`, to be replaced by what is only nearly the same.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from autograd import ops
from autograd.compiler.terms.conditions import Conditions
from autograd.compiler.terms.loop import JOIN, TAKE
from autograd.compiler.terms.terms import Term
from autograd.op import Op

__all__ = ["Lines", "constant", "is_condition", "pointer"]

BINARY: dict[Any, str] = {ops.add: "fadd", ops.sub: "fsub", ops.mul: "fmul", ops.div: "fdiv"}
DECLARED = "declare double @llvm.sqrt.f64(double)"
_WORDS = {"lt": "olt", "le": "ole", "eq": "oeq", "ne": "une", "ge": "oge", "gt": "ogt"}
COMPARISONS: dict[Any, str] = {ops.RELATIONS[name]: word for name, word in _WORDS.items()}
AND, OR = ops.RELATIONS["and_"], ops.RELATIONS["or_"]


def constant(x: float) -> str:
    """A constant, exact to the last bit."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"


ZERO, ONE = constant(0.0), constant(1.0)
ELSEWHERE = ""  # in place of the name of an array whose address is in `%w`


def pointer(address: int) -> str:
    """An address in memory."""
    return f"inttoptr (i64 {address} to ptr)"


def is_condition(term: Term) -> bool:
    """Whether a Term is a condition."""
    return term.head in COMPARISONS or term.head in (AND, OR, ops.NOT)


class Lines:
    """The lines of a function that reads numbers, and what others have computed, from memory.

    - `callees`: what is called for an op.
    - `places`: the array and the place in it from which each Term may be read.
    - `access`: the metadata of every load and store.
    - `arrays`: for each Term that is an array, the memory that holds it and the place where it begins.
    - `counters`: registers of whole numbers that count the steps of loops; `block`: where lines are being written.

    A comparison is an `i1`. What is made of conditions is a double, 1 or 0: LLVM translates a `select` much faster if
    its `i1` is a comparison.
    """

    def __init__(
        self,
        callees: Mapping[Op, str],
        places: Mapping[Term, tuple[str, int | str]],
        access: str = "",
        arrays: Mapping[Term, tuple[str, int]] | None = None,
    ) -> None:
        self.callees, self.places, self.access, self.arrays = callees, places, access, arrays or {}
        self.counters: dict[Term, str] = {}
        self.block = "0"
        self.lines: list[str] = []
        self.numbers: dict[Term, str] = {}  # the registers of what has been computed or read
        self.conditions: dict[Term, str] = {}
        self.masks: dict[tuple[str, Term, bool], str] = {}  # 1 where another mask and a condition hold, else 0
        self._count = 0

    def new(self, text: str) -> str:
        """The register of an operation's result."""
        self._count += 1
        name = f"%{self._count}"
        self.lines.append(f"{name} = {text}")
        return name

    def compute(self, term: Term) -> None:
        """Write an operation whose operands can be read or have been computed; store its result if it has a place."""
        op, args = term.head, term.args
        if (name := BINARY.get(op)) is not None:
            x, y = args
            a, b = self.numbers.get(x) or self.number(x), self.numbers.get(y) or self.number(y)
            self._count += 1  # as `new` does it, but faster, for the most frequent
            found = self.numbers[term] = f"%{self._count}"
            self.lines.append(f"{found} = {name} double {a}, {b}")
        elif op in COMPARISONS:
            first, second = map(self.number, args)
            self.conditions[term] = self.new(f"fcmp {COMPARISONS[op]} double {first}, {second}")
        elif op is JOIN:
            array, start = self.arrays[term]
            if array == "%w":
                for i, x in enumerate(args):
                    self.store(x, array, start + i)
        elif op is TAKE:
            self.numbers[term] = self.new(f"load double, ptr {self.entry(*args)}{self.access}")
        else:
            self.numbers[term] = self.new(self._number(op, args))
        if term in self.places:
            self.store(term, *self.places[term])

    def _number(self, op: object, args: tuple[Term, ...]) -> str:
        if op is ops.neg:
            return f"fneg double {self.number(args[0])}"
        if op is ops.WHERE:
            return self._chosen(args[0], *map(self.number, args[1:]))
        if op is AND:
            return self._chosen(args[0], self.number(args[1]), ZERO)
        if op is OR:
            return self._chosen(args[0], ONE, self.number(args[1]))
        if op is ops.NOT:
            return self._chosen(args[0], ZERO, ONE)
        if op is ops.abs:  # by its bits, which LLVM translates quickly
            bits = self.new(f"bitcast double {self.number(args[0])} to i64")
            return f"bitcast i64 {self.new(f'and i64 {bits}, {2**63 - 1}')} to double"
        if op is ops.sum:
            total, *others = map(self.number, args) if args else [ZERO]
            for x in others[:-1]:
                total = self.new(f"fadd double {total}, {x}")
            return f"fadd double {total}, {others[-1] if others else constant(-0.0)}"
        assert isinstance(op, Op)  # a Term with operands
        callee = self.callees[op] if op is not ops.sqrt else "@llvm.sqrt.f64"
        return f"call double {callee}({', '.join([f'double {self.number(x)}' for x in args])})"

    def _chosen(self, condition: Term, a: str, b: str) -> str:
        return f"select i1 {self.condition(condition)}, double {a}, double {b}"

    def number(self, term: Term) -> str:
        """A Term as a double."""
        found = self.numbers.get(term)
        if found is None:
            if term.constant is not None:
                found = constant(term.constant)
            elif term in self.counters:
                found = self.new(f"sitofp i64 {self.counters[term]} to double")
            elif term in self.conditions:
                found = self.new(self._chosen(term, ONE, ZERO))
            else:
                found = self._read(term)
            self.numbers[term] = found
        return found

    def condition(self, term: Term) -> str:
        """A Term as a condition."""
        if term not in self.conditions:
            self.conditions[term] = self.new(f"fcmp une double {self.number(term)}, {ZERO}")
        return self.conditions[term]

    def checked(self, x: Term, total: str, conditions: Conditions = frozenset()) -> str:
        """The sum of checks `total` with a check of x, which is needed under some conditions."""
        number, mask = self.number(x), ONE
        check = self.new(f"fsub double {number}, {number}")
        # Ordered so that nested branches begin alike, and share their masks.
        for condition, holds in sorted(conditions, key=lambda pair: -pair[0].index):
            key = mask, condition, holds
            if key not in self.masks:
                self.masks[key] = self.new(self._chosen(condition, *((mask, ZERO) if holds else (ZERO, mask))))
            mask = self.masks[key]
        if conditions:
            needed = self.new(f"fcmp une double {mask}, {ZERO}")
            check = self.new(f"select i1 {needed}, double {check}, double {ZERO}")
        return self.new(f"fadd double {total}, {check}")

    def put(self, term: Term, whole: Term, i: Term) -> None:
        """Store a Term's number as the entry `i` of the array `whole`."""
        self.lines.append(f"store double {self.number(term)}, ptr {self.entry(whole, i)}{self.access}")

    def entry(self, whole: Term, i: Term) -> str:
        """A pointer to an entry of an array."""
        array, start = self.arrays[whole]
        if i.constant is not None and array != ELSEWHERE:
            return self.new(f"getelementptr double, ptr {array}, i64 {start + int(i.constant)}")
        first = self.place(whole) if array != ELSEWHERE else self.new(f"load ptr, ptr {self.place(whole)}")
        return self.new(f"getelementptr double, ptr {first}, i64 {self.whole(i)}")

    def place(self, whole: Term) -> str:
        """A pointer to the beginning of an array, or to the place in `%w` that has its address."""
        array, start = self.arrays[whole]
        return self.new(f"getelementptr double, ptr {array or '%w'}, i64 {start}")

    def whole(self, i: Term) -> str:
        """A Term as a whole number."""
        if i.constant is not None:
            return str(int(i.constant))
        return self.counters.get(i) or self.new(f"fptosi double {self.number(i)} to i64")

    def _read(self, term: Term) -> str:
        array, i = self.places[term]
        place = self.new(f"getelementptr double, ptr {array}, i64 {i}")
        return self.new(f"load double, ptr {place}{self.access}")

    def store(self, term: Term, array: str, i: int | str) -> None:
        """Store a Term's number at a place of an array in memory."""
        text, place = self.number(term), self.new(f"getelementptr double, ptr {array}, i64 {i}")
        self.lines.append(f"store double {text}, ptr {place}{self.access}")
