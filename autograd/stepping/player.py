"""The passes over a graph as one object: iterated in Python, shown as a page that plays and is changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from autograd.diagram import style
from autograd.diagram.figure.arrows import Partials
from autograd.diagram.figure.dataflow import Figure
from autograd.diagram.figure.graph import reached
from autograd.diagram.figure.large import DiagramTooLarge, check_size
from autograd.files import write
from autograd.stepping.activity import Activity
from autograd.stepping.page import Page
from autograd.stepping.passes import Backward, Forward, Step, passes
from autograd.value import Value
from autograd.vector import Vector

__all__ = ["PlayerTooLarge", "Steps", "steps"]


class PlayerTooLarge(DiagramTooLarge):
    """Raised when a graph has too many nodes to be watched; the message says what helps."""

    def __init__(self, most: int, got: int) -> None:
        ValueError.__init__(
            self,
            f"a player shows at most {most} nodes, got {got}; only=[...] shows the nodes that matter and folds the "
            f"others, steps can be iterated in any number, and max_nodes={got} asks for all of them",
        )


def steps(
    value: Value,
    *,
    partials: Partials = "symbols",
    fold: Collection[Value | Vector] | None = (),
    only: Collection[Value | Vector] | None = None,
    max_nodes: int = style.MOST_NODES,
    title: str = "",
    quiz: bool = False,
    train: Collection[Value | Vector] = (),
    batch: Mapping[Any, Sequence[Any]] | None = None,
) -> Steps:
    """The forward pass and the backward pass over the graph of a Value, one node at a time.

    Iterate it for the steps, print it to read them, or let a notebook show it as a live page: each leaf has a slider
    that changes every value, partial and gradient at once, and a node that is clicked says its derivative as a sum.
    Nodes are those of `draw(value, fold=())`: what computes the same is one node, and so is a `Vector`. No `.grad` is
    touched; the gradients are those that `value.backward()` adds to the leaves.

    On the page `max`, `abs`, `relu` and other functions decide anew for changed leaves. What Python decided (`if`,
    the condition of `where`) stays as recorded: a comparison leaves nothing in the graph.

    - `partials`, `fold`, `only`: what stands on the arrows, and which nodes are shown; see `draw`.
    - `max_nodes`: a player of more nodes raises `PlayerTooLarge`, a `DiagramTooLarge`; iterating has no limit.
    - `title`: what the page is, for those who cannot see it.
    - `quiz`: whether gradients are hidden on the page, and its reader is asked for one after the other.
    - `train`: leaves that step downhill on the page: Values, or Vectors with all their entries.
    - `batch`: for leaves one number for each example (for a Vector as many as it has entries); what is trained then
      follows the mean over all of them.

    Raises TypeError for anything but a Value; `PlayerTooLarge`, `GraphvizNotFound`, and ValueError for `train` and
    `batch` that do not fit, are raised when it is shown.

    >>> x, y = Value(3.0, "x"), Value(2.0, "y")
    >>> print(steps(x**2 * y))
    Given: x = 3, y = 2.
    x² = 3² = 9
    f = x²y = 9·2 = 18
    ∂f/∂f = 1
    ∂f/∂(x²) = ∂f/∂f·y = 1·2 = 2
    ∂f/∂x = ∂f/∂(x²)·2x = 2·6 = 12
    ∂f/∂y = ∂f/∂f·x² = 1·9 = 9
    """
    return Steps(value, partials, fold, only, max_nodes, title, Activity(quiz, train, batch))


class Steps:
    """The steps over one graph: `forward` and `backward` in Python, `html` and `save` for looking at them."""

    def __init__(
        self,
        value: Value,
        partials: Partials,
        fold: Collection[Value | Vector] | None,
        only: Collection[Value | Vector] | None,
        max_nodes: int,
        title: str,
        activity: Activity,
    ) -> None:
        if not isinstance(value, Value):
            raise TypeError(f"steps are those of one Value, got {type(value).__name__}")
        self.value = value
        self.fold = fold
        self.only = only
        self.partials = partials
        self.max_nodes = max_nodes
        self.title = title
        self.activity = activity

    @cached_property
    def figure(self) -> Figure:
        """The nodes and arrows that the steps are about."""
        return Figure([self.value], fold=self.fold, only=self.only, max_nodes=sys.maxsize // 100)

    @cached_property
    def all(self) -> tuple[Step, ...]:
        """What is given, the forward pass, the backward pass."""
        return tuple(passes(self.figure))

    @property
    def forward(self) -> tuple[Forward, ...]:
        """The nodes that were computed, each after what it was computed from."""
        return tuple(step for step in self.all if isinstance(step, Forward))

    @property
    def backward(self) -> tuple[Backward, ...]:
        """All nodes, from the result down to the leaves."""
        return tuple(step for step in self.all if isinstance(step, Backward))

    def __iter__(self) -> Iterator[Step]:
        return iter(self.all) if "all" in vars(self) else passes(self.figure)  # each as it comes, if graphs are large

    def __len__(self) -> int:
        return len(self.all)

    def __str__(self) -> str:
        return "\n".join(map(str, self.all))

    def __repr__(self) -> str:
        return f"<Steps: {len(self.forward)} forward, {len(self.backward)} backward>"

    # -- the page -----------------------------------------------------------------------------------------------

    @cached_property
    def element(self) -> ET.Element:
        """The page as one element.

        Raises `PlayerTooLarge`, and `GraphvizNotFound` if there is no Graphviz.
        """
        if self.only is None:
            try:
                check_size(everything := reached([self.value]), [self.value], self.max_nodes, 0)
            except DiagramTooLarge:  # without looking which nodes are one
                raise PlayerTooLarge(self.max_nodes, len(everything)) from None
        if (got := len(self.figure.drawn)) > self.max_nodes:
            raise PlayerTooLarge(self.max_nodes, got)
        return Page(self.figure, self.all, self.partials, self.title, self.activity).element

    @cached_property
    def html(self) -> str:
        """The player for a page; several may stand on one, and it needs no network."""
        return ET.tostring(self.element, encoding="unicode", method="html")

    @property
    def page(self) -> str:
        """The player as a page of its own, light or dark as the reader likes."""
        page = ET.Element("html", {"lang": "en"})
        head, body = ET.SubElement(page, "head"), ET.SubElement(page, "body", {"style": "font-family: serif"})
        ET.SubElement(head, "meta", {"charset": "utf-8"})
        ET.SubElement(head, "meta", {"name": "viewport", "content": "width=device-width"})
        ET.SubElement(head, "meta", {"name": "color-scheme", "content": "light dark"})
        ET.SubElement(head, "title").text = self.element.attrib["aria-label"]
        body.append(alone := deepcopy(self.element))
        alone.set("data-alone", "true")  # which step it shows stands behind the page's address
        return "<!DOCTYPE html>\n" + ET.tostring(page, encoding="unicode", method="html") + "\n"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the player to a file that ends in `.html`; it is complete or not there at all.

        Raises `ValueError` for another ending, `OSError` if nothing can be written there.
        """
        target = Path(path)
        if target.suffix.lower() != ".html":
            raise ValueError(f"steps are saved as .html, got {os.fspath(path)!r}; a picture is saved by draw(...).save")
        write(target, self.page)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": repr(self)}
