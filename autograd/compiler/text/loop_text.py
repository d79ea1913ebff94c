"""Loops written down: a head, the statements of the body, what is stored, and the carries' next numbers."""

from __future__ import annotations

import re
from typing import Any

from autograd.compiler.terms.loop import FINAL, JOIN, STACKED, TAKE, Data, Loop, inits, steps_of
from autograd.compiler.terms.terms import Term
from autograd.compiler.text.notation import Loops
from autograd.op import Op

Writer = Any  # of `source.py`, which calls this

__all__ = ["element", "write_loop"]

WIDTH = 88  # characters of a statement for several carries


def element(writer: Writer, term: Term) -> str:
    """What comes out of a loop, an array, and an entry of one."""
    head, texts, loops = term.head, writer.texts, writer.style.loops
    if isinstance(head, Data):
        return str(writer.data(head))
    if head is JOIN:
        return str(loops.joined.format(xs=", ".join([texts[x] for x in term.args])))
    whole, i = term.args
    if head is TAKE:
        return str(loops.entry.format(a=texts[whole], i=_index(writer, i)))
    return str(writer.results[whole][head is STACKED][int(i.constant or 0)])


def _index(writer: Writer, i: Term) -> str:
    if i.constant is not None:
        return str(int(i.constant))
    return str(writer.counters.get(i) or writer.style.loops.whole.format(x=writer.texts[i]))


def write_loop(writer: Writer, term: Term) -> None:
    """The statements of a loop whose operands are written."""
    loop: Loop = term.head
    style, names, labels = writer.style.loops, writer.names, term.table.labels
    for x in term.args:
        if isinstance(x.head, Op) and x.head not in (FINAL, STACKED) and not writer.texts[x].isidentifier():
            writer.name(x, labels)  # which is not computed at every step
    writer.texts[term] = ""
    endless = loop.condition is not None
    carries = [names.new(labels.get(x, "")) for x in loop.carries]
    writer.lines += [style.begin.format(x=x, y=writer.texts[y]) for x, y in zip(carries, inits(term), strict=True)]
    arrays = [names.new(f"{labels[x]}s" if labels.get(x) else "") for x in loop.outs]
    n = "" if endless else _index(writer, steps_of(term))
    writer.lines += [(style.growing if endless else style.array).format(a=a, n=n) for a in arrays]
    inner = writer.within(loop.roots)
    inner.texts.update(zip(loop.carries, carries, strict=True))
    i = ""
    if not endless:
        i = inner.counters[loop.index] = names.new("i")
        inner.texts[loop.index] = style.counter.format(i=i)
    head = (style.down if loop.backward else style.up).format(i=i, n=n)
    if loop.condition is not None:
        (test,) = inner.write([loop.condition])
        head = style.as_long_as.format(c=test)
        if inner.lines:
            head = style.endless
            inner.lines += [line.format(c=test) for line in style.leaving]
    found = inner.write([*loop.outs, *loop.nexts])
    outs, nexts = found[: len(arrays)], found[len(arrays) :]
    inner.lines += [
        (style.grow if endless else style.put).format(a=a, i=i, x=x) for a, x in zip(arrays, outs, strict=True)
    ]
    inner.lines += _steps(style, [(x, y) for x, y in zip(carries, nexts, strict=True) if x != y], inner)
    writer.lines += [head, *["    " + line for line in inner.page() or [style.nothing]], *filter(None, [style.end])]
    writer.results[term] = carries, arrays


def _steps(style: Loops, steps: list[tuple[str, str]], inner: Writer) -> list[str]:
    """The statements that give carries their next numbers, all computed from the numbers of the step before."""
    whole = style.step.format(x=", ".join([x for x, _ in steps]), y=", ".join([y for _, y in steps]))
    if len(steps) > 1 and style.together and len(whole) <= WIDTH:
        return [whole]
    lines: list[str] = []
    before, between, behind = inner.style.statement
    waiting = [(x, y, {*_NAMES.findall(y)}) for x, y in steps]
    while waiting:  # next comes a carry that no other needs any more; if there is none, one is held
        ready = [step for step in waiting if not any(step[0] in names for x, _, names in waiting if x != step[0])]
        if not ready:
            x, y, _ = waiting.pop(0)
            held = inner.names.new("")
            lines.append(f"{before}{held}{between}{y}{behind}")
            waiting.append((x, held, {held}))
            continue
        lines += [style.step.format(x=x, y=y) for x, y, _ in ready]
        waiting = [step for step in waiting if step not in ready]
    return lines


_NAMES = re.compile(r"\w+")
