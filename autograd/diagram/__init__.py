"""Diagrams: a graph becomes a scene, a scene is laid out, a layout is drawn as SVG."""

from autograd.diagram.dataflow import draw
from autograd.diagram.diagram import Diagram
from autograd.diagram.graph import DiagramTooLarge
from autograd.diagram.positions import GraphvizNotFound
from autograd.diagram.scene import Edge, Math, Node, Row, Scene

__all__ = ["Diagram", "DiagramTooLarge", "Edge", "GraphvizNotFound", "Math", "Node", "Row", "Scene", "draw"]
