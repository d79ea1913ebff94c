"""What a diagram shows: a graph of Values becomes a scene."""
