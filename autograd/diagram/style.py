"""How a diagram looks: every size, gap, colour and font size, and how much is written out. Lengths are in pixels.

`autograd.typeset.style` says how words look within a label. The costs that the search for a layout weighs stand
beside that search, in `layout/`.
"""

from autograd.typeset.style import DARK, INK, MARGIN, SIZE

__all__ = ["DARK", "INK", "MARGIN"]

# -- colours --------------------------------------------------------------------------------------------------

ALARM = "#c5221f"  # nodes that `diagnose` marks
PAPER = "#fff"  # behind an image, since few notebooks tell an image whether they are dark
VALUE, GRADIENT = "#1967d2", "#c5221f"  # numbers in the player's image; on its page they have those of player.css

# -- lines and arrows -----------------------------------------------------------------------------------------

LINE = 1.2  # the width of lines
STRONG = 2.6  # how many times as thick lines on a path are, and outlines of marked nodes
HEAD, BARB = 9.0, 3.4  # length and half the width of an arrow's head, whose shape `arrow_head` in svg.py makes
CORNER = 4.0  # how near the curve of a bent arrow comes to its corner

# -- fonts ----------------------------------------------------------------------------------------------------

NODE_FONT, UNDER_FONT = 18.0, 13.0  # the first line in a node, its further lines
NOTE_FONT, NUMBER_FONT = 16.0, 13.0  # beside a node: its note; its value and gradient
ARROW_FONT = 16.0
CAPTION_FONT = SIZE

# -- nodes ----------------------------------------------------------------------------------------------------

SMALLEST, ROUNDEST = 19.0, 36.0  # radii of circles; a label that needs more gets an ellipse
POINT = 7.0  # the radius of the room round the end of an arrow in the open
INSET = 6.0  # from a label to its outline
NOTE_GAP = 8.0  # from a node to its note
NOTE_SLIP = 8.0  # how far a note reaches past the middle of its node that stands above or below that
UNDER_GAP = 4.0  # from a leaf to the numbers under it

# -- distances between nodes ----------------------------------------------------------------------------------

NEAR = 22.0  # between neighbours in a row
NOTE_APART = 28.0  # from a note to the next neighbour, so that one sees whose it is
SPREAD = 100.0  # between columns, which takes part when neighbours are moved apart
ROW_GAP = 34.0  # between rows, at least
ROW_START = 32.0  # between rows as Graphviz places them; they are moved apart afterwards
STEEP, HIGH = 0.5, 180.0  # rise of the flattest arrow, per run, at least; but no more than that
ALIKE = 5.0  # nodes so near each other's columns stand above each other, and arrows between them upright

# -- labels on arrows -----------------------------------------------------------------------------------------

AIR = 3.0  # round a label
LABEL_ASIDE = 10.0  # more of it at the left and right, where another label would look like its continuation
MINUS_ASIDE = 18.0  # the same at the left of a label that begins with a minus
STUB = 9.0  # of an arrow's line seen on both sides of its label, at least
OFF_CENTER = 0.25  # how far from its middle an arrow runs through a label, per width, rather than bend

# -- arrows past other things ---------------------------------------------------------------------------------

LINE_CLEAR = 5.0  # from a line to a node or a note that is not its own
BESIDE = 26.0  # between arrows that join the same two nodes, at least
PASS_BESIDE = 10.0  # from a node to an arrow that passes by it
PASS_APART = 8.0  # between two arrows that pass between the same nodes

# -- captions and frames --------------------------------------------------------------------------------------

CAPTION_ASIDE = 40.0  # from everything to the captions of rows
CAPTION_BELOW = 14.0  # from everything to the caption of the figure
PADDING, BETWEEN = 14.0, 24.0  # from a frame to what is in it, to the next one

# -- how much is written out ----------------------------------------------------------------------------------

MOST_NODES = 200  # of a diagram
MOST_SUMMANDS = 8  # whose sum stands under a diagram
MOST_OPEN = 3  # arrows from one node to what is not drawn
MOST_NUMBERS = 4  # of a vector
MOST_SYMBOLS = 300  # of a formula
EXPRESSION, EXPRESSION_REUSED = 24, 12  # characters of an expression: if it is used once, if several times
PARTIAL = 60  # characters of a partial derivative
