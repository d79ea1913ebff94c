"""Mathematics and words as outlines of glyphs: a label is written in TeX, measured, and drawn as SVG.

- `symbols`: how a label such as `x1` or `theta` is written where mathematics is.
- `label`: lines of text and mathematics.
- `mathml`: mathematics as outlines.
- `glyphs`: a line as outlines, with its size.
- `words`: several lines, stacked.
- `svg`: words as SVG.
"""
