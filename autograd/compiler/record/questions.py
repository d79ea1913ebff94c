"""How a program asks whether what was read from outside is still there.

Questions compare identities where they can, which is quick. Another object may be equal; then marks decide.
"""

from __future__ import annotations

import marshal
from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter, is_, itemgetter
from types import CodeType, FunctionType
from typing import Any

from autograd.compiler.errors import CompileError
from autograd.compiler.record.facts import Fact, facts_outside, marks, read_from
from autograd.compiler.record.kinds import content_of_array, is_assigned, pickled
from autograd.compiler.record.reads import Reads
from autograd.compiler.text.source import Objects, made
from autograd.op import Op
from autograd.recording import born

__all__ = ["HELPERS", "Contents", "Watch", "questions", "unlike"]

QUESTIONS = {
    "array": "content_of_array({0}) != {1}",
    "attribute": "{0}.KEY is not {1}",
    "cell": "{0}.cell_contents is not {1}",
    "dict": "len({0}) != len({1}) or not all(map(same, {0}, {1})) or not all(map(same, {0}.values(), {1}.values()))",
    "empty": "is_assigned({0})",
    "entry": "{0}.__dict__['KEY'] is not {1}",
    "items": "len({0}) != len({1}) or not all(map(same, {0}, {1}))",
    "lack": "not {1}.isdisjoint(dir({0}))",
    "lacks": "not {1}.isdisjoint({0}.__dict__)",
    "objects": "{0}.size != len({1}) or not all(map(same, {0}.flat, {1}))",
    "pickled": "pickled({0}) != {1}",
    "plain": "dumps({0}, 2) != {1}",
    "type": "type({0}) is not {1}",
    "unset": "any(hasattr({0}, name) for name in {1})",
    "unnamed": "'KEY' in {0}",
    "variable": "{0}.get('KEY', {0}) is not {1}",
    "without": "'KEY' in {0}.__dict__",
}
FEW = 8  # up to so many objects are asked the same one by one


def unlike(sequences: Sequence[Any], seen: Sequence[Any]) -> bool:
    """Whether one of some lists differs in its items from a tuple of them."""
    return not all(len(x) == len(y) and all(map(is_, x, y)) for x, y in zip(sequences, seen, strict=True))


HELPERS = {
    "content_of_array": content_of_array, "dumps": marshal.dumps, "is_assigned": is_assigned, "pickled": pickled,
    "same": is_, "unlike": unlike,
}  # fmt: skip

HARMLESS = ("variable", "attribute", "cell")  # of which a program may ask in the midst of other things
AT_ONCE = 2  # questions that a program asks itself rather than by a function of their own


class Watch:
    """What a run read from outside, as it was then: `changed` is a condition in Python that holds where it may differ.

    That is "" where there is nothing to ask, and leaves out what has been `asked` already. If the run used Values from
    outside, `values`, it also holds where a derivative with respect to these is asked for. The objects that it refers
    to are in `objects`.
    """

    def __init__(self, reads: Reads, values: bool, objects: Objects, asked: dict[str, Any]) -> None:
        self._reads, self._objects = reads, objects
        facts = facts_outside(reads)
        self._known = marks(facts)
        texts, about = questions(facts)
        self._names = [objects.name(_hint(x), x) for x in about]
        places = [*map(id, about)]
        conditions = [text.format(*self._names) for text in texts if text.format(*places) not in asked]
        asked |= {text.format(*places): about for text in texts}  # which keeps all of them alive, and so their places
        if values and "born" not in asked:
            asked["born"] = None
            conditions.append(f"{objects.name('born', born.get)}() is not None")
        self.changed = " or ".join(conditions)
        if not conditions:
            return
        self._asked = _any_of(conditions, objects)
        if born.get() is None and self._asked():
            raise CompileError(
                "What the function reads from outside does not stay the same from one look to the next, so that a "
                "program cannot know when it changes. Pass it as an argument."
            )
        if len(conditions) > AT_ONCE or not all(fact.kind in ("", *HARMLESS) for fact in facts):
            self.changed = f"{objects.name('changed', self._asked)}()"

    @staticmethod
    def hold(watches: Sequence[Watch]) -> bool:
        """Whether what was read is still the same; where it only looks different, the marks are taken anew."""
        if any(watch.changed and watch._asked() for watch in watches):
            found = [facts_outside(watch._reads) for watch in watches]
            if any(marks(facts) != watch._known for watch, facts in zip(watches, found, strict=True)):
                return False
            for watch, facts in zip(watches, found, strict=True):
                watch._objects.globals.update(zip(watch._names, questions(facts)[1], strict=True))
        return True


class Contents:
    """What tells arguments from others, as far as it was read: the marks `known` of some `arguments`, and `differ`."""

    def __init__(self, reads: Reads, arguments: list[Any], objects: Objects) -> None:
        self._reads, self._objects = reads, objects
        facts = [read_from(reads, x) for x in arguments]
        self.known = [marks(found) for found in facts]
        self._arguments = arguments
        texts, about = questions([fact for found in facts for fact in found])
        self._names = [objects.name(_hint(x), x) for x in about]
        self._asked = _any_of([text.format(*self._names) for text in texts] or ["False"], objects)

    def differ(self, arguments: list[Any]) -> bool:
        """Whether other arguments differ from these; the same objects, unchanged, are recognised quickly."""
        if len(arguments) == len(self._arguments) and all(map(is_, arguments, self._arguments)) and not self._asked():
            return False
        facts = [read_from(self._reads, x) for x in arguments]
        if [marks(found) for found in facts] != self.known:
            return True
        about = questions([fact for found in facts for fact in found])[1]
        self._objects.globals.update(zip(self._names, about, strict=True))
        self._arguments = arguments
        return False


def _any_of(conditions: Sequence[str], objects: Objects) -> Any:
    """A function that says whether one of these conditions holds, or cannot be asked."""
    text = "def changed():\n    try:\n        return (\n            "
    text += "\n            or ".join(conditions)
    text += "\n        )\n    except (AttributeError, KeyError, TypeError, ValueError):\n        return True\n"
    return made(text, objects.globals, "changed")


def _hint(x: Any) -> str:
    """What an object from outside is called in programs."""
    if isinstance(x, (FunctionType, Op)):
        return "f" if x.__name__ == "<lambda>" else x.__name__
    return "code" if isinstance(x, CodeType) else "outside"


def questions(facts: Sequence[Fact]) -> tuple[list[str], list[Any]]:
    """Conditions in Python that hold where something has changed, with `{0}`, `{1}`, ... for objects; and these.

    Facts with equal marks have the same conditions. Where something is gone they raise AttributeError, KeyError,
    TypeError or ValueError.
    """
    texts: list[str] = []
    objects: list[Any] = []

    def put(text: str, *about: Any, key: str = "") -> None:
        texts.append(text.replace("KEY", key).format(*[f"{{{len(objects) + i}}}" for i in range(len(about))]))
        objects.extend(about)

    alike: dict[Any, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.kind == "variable" and getattr(type(fact.seen), "__eq__") is object.__eq__:  # noqa: B009  # mypy has its own
            alike["variable", id(fact.owner)].append(fact)
        elif fact.kind in ("attribute", "lacks", "type") or (
            fact.kind == "items" and type(fact.owner) in (list, tuple)
        ):
            alike[fact.kind, fact.key].append(fact)
        elif fact.kind:
            put(QUESTIONS[fact.kind], fact.owner, fact.seen, key=fact.key)
    lists: list[str] = []  # of what is there now, in Python
    listed: list[Any] = []  # what they refer to
    known: list[tuple[Any, ...]] = []  # what was there
    for (kind, key), group in alike.items():
        owners, keys, seen = (tuple([getattr(fact, part) for fact in group]) for part in ("owner", "key", "seen"))
        if kind == "variable" and len(group) > 2:
            put("{0}({1}) != {2}", itemgetter(*keys), owners[0], seen)
        elif kind in ("attribute", "type") and len(group) > FEW:
            lists.append(f"[*map({{{len(listed)}}}, {{{len(listed) + 1}}})]")
            listed += [attrgetter(key) if kind == "attribute" else type, owners]
            known.append(seen)
        elif kind == "items" and len(group) > 1:
            lists.append(f"*{{{len(listed)}}}")
            listed.append(owners)
            known += seen
        elif kind == "lacks" and len(group) > FEW:
            put("not all(map({0}, map({1}, {2})))", key.isdisjoint, attrgetter("__dict__"), owners)
        else:
            for fact in group:
                put(QUESTIONS[kind], fact.owner, fact.seen, key=fact.key if isinstance(fact.key, str) else "")
    if lists:
        put(f"unlike(({', '.join(lists)},), {{{len(listed)}}})", *listed, tuple(known))
    return texts, objects
