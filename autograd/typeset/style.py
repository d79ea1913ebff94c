"""How words look wherever they are drawn: the font, the distances within a label, the two colours of a picture."""

__all__ = ["BETWEEN_KINDS", "BETWEEN_LINES", "DARK", "FAMILY", "INK", "MARGIN", "SIZE", "STRUT", "WIDEST"]

INK = "currentColor"  # of the surrounding text
DARK = "@media (prefers-color-scheme:dark){svg:root{color:#e6edf3;background:#0d1117}}"
"""The style sheet of a picture that is a document or an image of its own, and so cannot take the colours of a page.

Within a page the root is that page, and nothing changes. The background is for readers whose browser is dark and whose
page is not."""

FAMILY = "STIX Two Text, STIXGeneral, serif"  # of letters that the typesetter's own font lacks
SIZE = 16.0  # of the font, in pixels, where nothing else is said
MARGIN = 4.0  # round a picture

# In font sizes.
STRUT = 0.70, 0.22  # ascent and descent that every line has, so that x, y and z stand level
BETWEEN_LINES = 0.18  # of one kind
BETWEEN_KINDS = 0.4  # as between a note and the value under it

WIDEST = 60  # characters of plain text that are shown, ems of mathematics
