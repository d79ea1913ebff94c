"""Diagrams: a graph becomes a scene, a scene is laid out, a layout is drawn as SVG."""

from autograd.diagram.arrows import Partials, quantity
from autograd.diagram.chain import steps
from autograd.diagram.dataflow import draw
from autograd.diagram.diagram import Diagram, lines_svg
from autograd.diagram.large import DiagramTooLarge
from autograd.diagram.positions import GraphvizNotFound
from autograd.diagram.scene import Edge, Math, Node, Panel, Row, Scene, side_by_side

__all__ = ["Diagram", "DiagramTooLarge", "Edge", "GraphvizNotFound", "Math", "Node", "Panel", "Row", "Scene", "draw"]
__all__ += ["Partials", "lines_svg", "quantity", "side_by_side", "steps"]
