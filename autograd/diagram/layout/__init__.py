"""Where everything in a diagram stands: a scene becomes a layout."""
