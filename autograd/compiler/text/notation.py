"""How Terms are written as Python, with as few parentheses as keep the order in which they are computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autograd import ops
from autograd.op import Op

__all__ = ["ATOM", "Text", "constant", "of_arrays", "written"]


class Text(NamedTuple):
    """A piece of Python, and how strongly its outermost operator binds; see `_BINDING`."""

    text: str
    binding: int

    def within(self, binding: int) -> str:
        """In parentheses, unless it binds as strongly as this."""
        return self.text if self.binding >= binding else f"({self.text})"


# As in Python's grammar, from the conditional expression up to what needs no parentheses anywhere.
_CONDITIONAL, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _SIGN, ATOM = range(9)
_BINARY: dict[Op, tuple[str, int]] = {
    ops.add: (" + ", _SUM),
    ops.sub: (" - ", _SUM),
    ops.sum: (" + ", _SUM),
    ops.mul: (" * ", _PRODUCT),
    ops.div: (" / ", _PRODUCT),
    ops.RELATIONS["and_"]: (" and ", _AND),
    ops.RELATIONS["or_"]: (" or ", _OR),
}
_COMPARISONS = {
    ops.RELATIONS[name]: f" {sign} "
    for name, sign in {"lt": "<", "le": "<=", "eq": "==", "ne": "!=", "ge": ">=", "gt": ">"}.items()
}


def written(op: Op, args: Sequence[Text]) -> Text:
    """`op` of operands that are written already."""
    if op in _BINARY and args:
        sign, binding = _BINARY[op]
        if binding == _PRODUCT and max([len(x.text) for x in args]) <= 8:
            sign = sign.strip() if op is ops.mul else sign
        first, *others = args
        return Text(sign.join([first.within(binding), *[x.within(binding + 1) for x in others]]), binding)
    if op in _COMPARISONS:
        return Text(_COMPARISONS[op].join(x.within(_COMPARISON + 1) for x in args), _COMPARISON)
    if op is ops.neg:
        return Text(f"-{args[0].within(_SIGN)}", _SIGN)
    if op is ops.NOT:
        return Text(f"not {args[0].within(_NOT)}", _NOT)
    if op is ops.WHERE:
        condition, a, b = args
        return Text(f"{a.within(_OR)} if {condition.within(_OR)} else {b.within(_OR)}", _CONDITIONAL)
    return Text(f"{op.name}({', '.join(x.text for x in args)})", ATOM)


def of_arrays(op: Op, args: Sequence[Text]) -> Text:
    """The same for arrays, whose conditions have no truth value of their own."""
    if op in _BITWISE:
        sign = _BITWISE[op]
        return Text(sign.join(x.within(ATOM) for x in args), _COMPARISON)  # binds less strongly than it seems
    if op is ops.NOT:
        return Text(f"~{args[0].within(ATOM)}", _SIGN)
    if op is ops.WHERE:
        return Text(f"where({', '.join(x.text for x in args)})", ATOM)
    return written(op, args)


_BITWISE = {ops.RELATIONS["and_"]: " & ", ops.RELATIONS["or_"]: " | "}


def constant(x: float) -> Text:
    """A number; those that Python has no notation for by their names in `math`."""
    if x != x:
        return Text("nan", ATOM)
    text = repr(x)  # of infinity it is `inf`
    return Text(text, _SIGN if text.startswith("-") else ATOM)
