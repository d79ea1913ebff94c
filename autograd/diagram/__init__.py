"""Diagrams: a graph becomes a scene, a scene is laid out, a layout is drawn as SVG."""

from autograd.diagram.diagram import Diagram
from autograd.diagram.figure.arrows import Partials, quantity
from autograd.diagram.figure.dataflow import draw
from autograd.diagram.figure.large import DiagramTooLarge
from autograd.diagram.layout.positions import GraphvizNotFound
from autograd.diagram.scene import Edge, Node, Panel, Row, Scene, side_by_side
from autograd.typeset.label import Math

__all__ = ["Diagram", "DiagramTooLarge", "Edge", "GraphvizNotFound", "Math", "Node", "Panel", "Row", "Scene", "draw"]
__all__ += ["Partials", "quantity", "side_by_side"]
