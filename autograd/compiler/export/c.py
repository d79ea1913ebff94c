"""Files in C99 with their headers: a function for each kind, which needs the mathematical library alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.compiler.export.arguments import Parameter, block, comment, numbers_in, parameters, whole_arrays
from autograd.compiler.export.functions import as_ieee, file_names, functions_for
from autograd.compiler.export.parts import Asked, asked_of, branching
from autograd.compiler.record.program import Program
from autograd.compiler.terms.loop import with_bodies
from autograd.compiler.terms.terms import Term
from autograd.compiler.text.languages import C
from autograd.compiler.text.source import Names, indented
from autograd.tree import flatten

__all__ = ["c_files"]

UNKNOWN = """\
static int unknown(double *out, int n)
{
    for (int i = 0; i < n; i++) {
        out[i] = NAN;
    }
    return 1;
}"""


# Memory for arrays, which live until the function returns.
ARRAYS = """\
struct array {
    struct array *next;
    int length, room;
    double entries[];
};

static double *array(struct array **arrays, int n)
{
    const int room = n > 4 ? n : 4;
    struct array *const made = malloc(sizeof(struct array) + (size_t)room * sizeof(double));
    if (made == NULL) {
        abort();
    }
    made->next = *arrays;
    made->length = n;
    made->room = room;
    *arrays = made;
    return made->entries;
}

static void released(struct array *arrays)
{
    while (arrays != NULL) {
        struct array *const next = arrays->next;
        free(arrays);
        arrays = next;
    }
}"""
APPENDED = """\
static double *appended(struct array **arrays, double *entries, double x)
{
    struct array *whole = (struct array *)((char *)entries - offsetof(struct array, entries));
    if (whole->length == whole->room) {
        double *const more = array(arrays, 2 * whole->room);
        memcpy(more, entries, (size_t)whole->length * sizeof(double));
        (*arrays)->length = whole->length;
        whole = *arrays;
    }
    whole->entries[whole->length++] = x;
    return whole->entries;
}"""


def c_files(name: str, stem: str, programs: Sequence[Program], kinds: Sequence[str]) -> tuple[str, str]:
    """The texts of a file and of its header, with the kinds of a function whose paths have these programs.

    `stem` is what the files are called. Raises ValueError where C cannot include a header of that name.
    """
    if not {*stem}.isdisjoint('"\\\n'):
        raise ValueError(f"C cannot include a header of this name: {stem + '.h'!r}.")
    asked = [asked_of(programs, kind, lambda terms, _: as_ieee(terms), every=False) for kind in kinds]
    prefix = file_names(C).new(stem)
    functions = dict.fromkeys(text for one in asked for text in functions_for(C, one.roots()))
    parts, prototypes = [], []
    for one in asked:
        names = file_names(C)
        given = parameters(programs[0], one, names)
        row = [_declared(x) for x in given]
        head = f"int {prefix}_{one.kind}({', '.join([*row, 'double *out'])})"
        body = _c_statements(one, given, names)
        if any("array(arrays," in line for line in body):
            inner = head.replace(f"int {prefix}_", "static int ", 1).replace(
                "double *out)", "double *out, struct array **arrays)"
            )
            parts.append("\n".join([inner, "{", *indented(body), "}"]))
            passed = ", ".join([*(x.name for x in given), "out", "&arrays"])
            body = [
                "struct array *arrays = NULL;",
                f"const int status = {one.kind}({passed});",
                "released(arrays);",
                "return status;",
            ]
        parts.append("\n".join([head, "{", *indented(body), "}"]))
        prototypes.append(f"{block(_legend(one, given))}\n{head};")
    whole = "\n".join(parts)
    helpers = {"unknown(": UNKNOWN, "array(arrays,": ARRAYS, "appended(": APPENDED}
    parts = [*functions, *(text for call, text in helpers.items() if call in whole), *parts]
    libraries = ["math.h", *(["stdlib.h"] if "array(arrays," in whole else [])]
    libraries += ["stddef.h", "string.h"] if "appended(" in whole else []
    system = "\n".join([f"#include <{library}>" for library in sorted(libraries)])
    about = block(comment(name, programs[0], asked, "NaN, and the function returns 1 in place of 0"))
    include = f'#include "{stem}.h"'
    guard = f"{prefix.upper()}_H"
    head = f"#ifndef {guard}\n#define {guard}"
    open_, close = '#ifdef __cplusplus\nextern "C" {\n#endif', "#ifdef __cplusplus\n}\n#endif"
    header = about, head, open_, "\n".join(prototypes), close, "#endif"
    return "\n\n".join([about, f"{system}\n\n{include}", *parts]) + "\n", "\n\n".join(header) + "\n"


def _declared(x: Parameter) -> str:
    return f"double {x.name}" if isinstance(x.tree, Term) else f"const double *{x.name}"


def _legend(asked: Asked, given: Sequence[Parameter]) -> list[str]:
    """The comment in the header about a function."""
    lines = [
        f"{x.name}[{i}]: {term.head}"
        for x in given
        if not isinstance(x.tree, Term)
        for i, term in enumerate(numbers_in(x.tree))
    ]
    return lines + [f"out[{i}]: {name}" for i, name in enumerate(flatten(asked.structure(asked.names))[0])]


def _c_statements(asked: Asked, given: Sequence[Parameter], names: Names) -> list[str]:
    texts = whole_arrays(asked, given)
    arrays = {*texts.values()}
    needed = {*with_bodies(asked.roots(), known=texts)}
    lines: list[str] = []
    for x in given:
        numbers = numbers_in(x.tree)
        if isinstance(x.tree, Term):
            texts[x.tree] = x.name
        for i, term in enumerate(numbers):
            if term in needed and term not in texts:
                texts[term] = names.new(str(term.head))
                lines.append(f"const double {texts[term]} = {x.name}[{i}];")
        if needed.isdisjoint(numbers) and x.name not in arrays:
            lines.append(f"(void){x.name};")

    def returned(row: list[str]) -> list[str]:
        found: list[Any] = flatten(asked.structure(row))[0]
        return [*(f"out[{i}] = {text};" for i, text in enumerate(found)), "return 0;"]

    return lines + branching(C, asked, texts, names, returned, f"return unknown(out, {len(asked.places)});")
