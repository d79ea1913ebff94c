"""Labels as outlines: the same ink as ziamath's own drawing, whatever the label is, and never for long."""

import re
import time
from xml.etree import ElementTree as ET

import pytest

from autograd.typeset.glyphs import Box, clean, shorten, typeset
from autograd.typeset.label import Line, Math
from autograd.typeset.mathml import ziamath

FORMULAS = ["x", "x^2y", r"\frac{1}{2\sqrt{z}}", r"\cos\left(x^2y\right)+x^2\sqrt{z}", r"w_{1,2}^{(1)}"]
FORMULAS += [r"s_1^{(2)}=\sum_{j=1}^{3}w_{1,j}^{(1)}x_j^{(1)}", r"\mathbf{w}^\top\mathbf{x}", r"\sqrt[3]{x}", r"x-0.5"]
FORMULAS += [r"x_1^{(2)}=\sigma(s_1^{(2)})=\frac{1}{1+e^{-s_1^{(2)}}}", r"\operatorname{relu}(x)", r"\cdots"]
# what is set with regard to what stands beside it: fractions, fences, operators in the middle and at the ends
FORMULAS += [r"x\frac{a}{b}\frac{c}{d}", r"\left|x\right|y", r"x\left(\frac{a}{b}\right)^2", r"x'!", r"{=}"]
FORMULAS += [r"{a} = {b + c} = {d}", r"\sin x, \cos", r"\lim_{x \to 0} x \to y", r"\begin{matrix}a & b\end{matrix} c"]


def ink(box: Box) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of all outlines and bars."""
    xs: list[float] = []
    ys: list[float] = []
    for glyph in box.glyphs:
        numbers = [float(number) for number in re.findall(r"-?\d+", glyph.outline)]
        xs += [glyph.x + glyph.scale * x for x in numbers[::2]]
        ys += [glyph.y + glyph.scale * y for y in numbers[1::2]]
    for bar in box.bars:
        xs += [bar.x, bar.x + bar.width]
        ys += [bar.y, bar.y + bar.height]
    return min(xs), min(ys), max(xs), max(ys)


@pytest.fixture
def absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ziamath draw absolute paths instead of uses of symbols."""
    monkeypatch.setattr(ziamath().config, "svg2", False)


@pytest.mark.parametrize("tex", FORMULAS)
def test_the_ink_is_where_ziamath_puts_it(tex: str, absolute: None) -> None:
    ours = ink(typeset(Math(tex)))
    drawn = ziamath().Latex(tex, size=1000).svgxml()
    xs: list[float] = []
    ys: list[float] = []
    for path in drawn.iter("path"):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.attrib["d"])]
        xs += numbers[::2]
        ys += numbers[1::2]
    for bar in drawn.iter("rect"):
        x, y, width, height = (float(bar.attrib[side]) for side in ("x", "y", "width", "height"))
        xs += [x, x + width]
        ys += [y, y + height]
    assert ours == pytest.approx((min(xs), min(ys), max(xs), max(ys)), abs=3)  # thousandths of the font size


@pytest.mark.parametrize("tex", FORMULAS)
def test_the_measured_size_holds_the_ink(tex: str) -> None:
    box = typeset(Math(tex))
    left, top, right, bottom = ink(box)
    assert left >= -120  # an italic letter leans out of its width a little
    assert right <= box.width + 120
    assert -box.ascent - 2 <= top
    assert bottom <= box.descent + 2


def test_text_is_upright_and_mathematics_is_italic() -> None:
    assert {glyph.name for glyph in typeset("age").glyphs}.isdisjoint(
        glyph.name for glyph in typeset(Math("age")).glyphs
    )


BAD = ["", " ", r"\frac", r"\frac{1}", "{", "x^", r"\left(", r"\begin{matrix}", "&", "\x00", r"\text{a <b> & c}"]
BAD += [r"\textcolor{\"onload=alert(1)}{x}", "{}" * 50, "\ud800", r"\boxed{x}", r"\unknown{"]


@pytest.mark.parametrize("tex", BAD)
def test_bad_tex_is_shown_as_text(tex: str) -> None:
    assert typeset(Math(tex)) == typeset(tex)
    assert typeset(Math(tex, "instead")) == typeset("instead")


def test_letters_that_the_font_lacks_are_left_to_another_font_with_room_for_them() -> None:
    assert typeset("שלום").text == "שלום"
    assert typeset(Math(r"\text{年}", "年")).text == "年"
    assert typeset("年").width > typeset("ש").width > typeset("").width == 0
    assert typeset("ש\u05b8").width == typeset("ש").width


@pytest.mark.parametrize(
    "text", ["<script>", 'a "b" & c', "x" * 10_000, "\x01\x1b[31m", "\ud800\ufffe", "😀", "\u202e"]
)
def test_any_text_is_set_and_what_xml_forbids_gets_a_visible_sign(text: str) -> None:
    box = typeset(text)
    assert box.width > 0
    assert box.width <= 61_000
    ET.fromstring(f"<a>{clean(text).replace('&', '&amp;').replace('<', '&lt;')}</a>")


def test_white_space_is_one_space_and_long_text_is_cut() -> None:
    assert clean("a\n\tb  c\x00\x7f") == "a b c␀␡"
    assert shorten("x" * 100, 10) == "x" * 9 + "…"
    assert shorten("x" * 10, 10) == "x" * 10


@pytest.mark.parametrize(
    "line",
    [
        Math("x+" * 5_000),
        Math("{" * 5_000),
        Math(r"\frac{1}{" * 200 + "x" + "}" * 200),
        Math(r"\frac{1+\left(" * 12 + "x" + r"\right)}{2}" * 12),
        Math("x^{y+" * 15 + "z" + "}" * 15),
        Math(r"\left(" * 300),
        "(" * 100_000,
    ],
)
def test_no_label_takes_long(line: Line) -> None:
    ziamath()
    start = time.perf_counter()
    assert typeset(line).width > 0
    assert time.perf_counter() - start < 5  # without the limits some of these would take years


def test_a_minus_before_a_term_stands_closer_to_it_than_one_between_two_terms() -> None:
    alone, between, without = (typeset(Math(tex)).width for tex in (r"x=-y", r"x-y", r"x y"))
    minus = typeset(Math("-")).width
    assert typeset(Math("(-y)")).width - typeset(Math("(y)")).width <= minus
    assert alone - typeset(Math("x=y")).width <= minus < between - without


def test_a_plus_after_dots_stands_apart_from_them_as_from_a_letter() -> None:
    dots, letter = (typeset(Math(rf"a+{tex}+b")).width - typeset(Math(tex)).width for tex in (r"\cdots", "c"))
    assert dots == pytest.approx(letter, abs=60)
