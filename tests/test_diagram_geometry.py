"""Plane geometry against its definitions, point by point."""

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograd.diagram.geometry import (
    Axis,
    Ellipse,
    Point,
    Rect,
    Route,
    bow,
    clip,
    crosses,
    cut,
    inside,
    length,
    level,
    part,
    rounded,
    trimmed,
    walk,
)

coordinates = st.integers(-50, 50).map(float)
points = st.tuples(coordinates, coordinates)
sizes = st.integers(1, 40).map(float)
rects = st.builds(lambda x, y, w, h: Rect(x, y, x + w, y + h), coordinates, coordinates, sizes, sizes)
ellipses = st.builds(Ellipse, coordinates, coordinates, sizes, sizes)
routes = st.lists(points, min_size=2, max_size=6, unique=True).map(tuple)


def along(a: Point, b: Point, steps: int = 400) -> list[Point]:
    return [(a[0] + (b[0] - a[0]) * i / steps, a[1] + (b[1] - a[1]) * i / steps) for i in range(steps + 1)]


def within(rect: Rect, point: Point, margin: float = 0.0) -> bool:
    x, y = point
    return rect.left + margin < x < rect.right - margin and rect.top + margin < y < rect.bottom - margin


@given(rects, points, points)
def test_clip_gives_the_part_of_a_line_inside_a_rectangle(rect: Rect, a: Point, b: Point) -> None:
    hit = clip(a, b, rect)
    for i, point in enumerate(along(a, b)):
        t = i / 400
        if within(rect, point, 0.5):
            assert hit is not None
            assert hit[0] <= t <= hit[1]
        if hit and hit[0] + 1e-9 < t < hit[1] - 1e-9:
            assert within(rect, point, -1e-6)


@given(ellipses, points, points)
def test_an_ellipse_meets_a_line_if_it_holds_one_of_its_points(ellipse: Ellipse, a: Point, b: Point) -> None:
    nearest = min(ellipse.level(point) for point in along(a, b))
    assume(abs(nearest - 1) > 0.01)
    assert ellipse.meets(a, b) == (nearest < 1)


@given(ellipses, rects)
def test_an_ellipse_overlaps_a_rectangle_if_it_holds_one_of_its_points(ellipse: Ellipse, rect: Rect) -> None:
    grid = [(rect.left + rect.width * i / 40, rect.top + rect.height * j / 40) for i in range(41) for j in range(41)]
    nearest = min(map(ellipse.level, grid))
    assume(abs(nearest - 1) > 0.05)
    assert ellipse.overlaps(rect) == (nearest < 1)


@given(routes)
def test_walking_a_route_goes_at_the_pace_of_its_length(route: Route) -> None:
    far = length(route)
    assert walk(route, 0.0) == route[0]
    assert walk(route, far) == pytest.approx(route[-1])
    stops = [walk(route, far * i / 100) for i in range(101)]
    assert all(math.dist(a, b) <= far / 100 + 1e-9 for a, b in pairwise(stops))


@given(routes, st.floats(0, 1), st.floats(0, 1))
def test_a_part_of_a_route_is_as_long_as_it_says(route: Route, one: float, other: float) -> None:
    start, end = sorted((one * length(route), other * length(route)))
    assert length(part(route, start, end)) == pytest.approx(end - start, abs=1e-6)


@given(routes, st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=4))
def test_what_is_left_after_a_cut_is_what_was_not_cut(route: Route, gaps: list[tuple[float, float]]) -> None:
    far = length(route)
    hidden = [(far * min(gap), far * max(gap)) for gap in gaps]
    left = sum(map(length, cut(route, hidden, least=0.0)))
    steps = 20_000
    kept = sum(not any(low < far * i / steps < high for low, high in hidden) for i in range(steps))
    assert left == pytest.approx(far * kept / steps, abs=far * 6 / steps + 1e-6)


@given(routes, rects)
def test_a_route_is_outside_a_rectangle_before_and_after_it_is_inside(route: Route, rect: Rect) -> None:
    hit = inside(route, rect)
    far = length(route)
    for i in range(301):
        way = far * i / 300
        if within(rect, walk(route, way), 1e-6):
            assert hit is not None
            assert hit[0] - 1e-6 <= way <= hit[1] + 1e-6


@given(points, points, points, points)
def test_two_lines_cross_if_each_parts_the_ends_of_the_other(a: Point, b: Point, c: Point, d: Point) -> None:
    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    sides = side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)
    assume(all(sides))
    assert crosses(a, b, c, d) == (sides[0] * sides[1] < 0 and sides[2] * sides[3] < 0)


@given(ellipses, ellipses)
def test_a_trimmed_route_begins_and_ends_on_the_outlines(tail: Ellipse, head: Ellipse) -> None:
    assume(abs(tail.x - head.x) > tail.rx + head.rx or abs(tail.y - head.y) > tail.ry + head.ry)
    for route in [((tail.x, tail.y), (head.x, head.y)), bow((tail.x, tail.y), (head.x, head.y), 20.0)]:
        start, *_, end = trimmed(route, tail, head)
        assert tail.level(start) == pytest.approx(1)
        assert head.level(end) == pytest.approx(1)


def test_a_bow_bends_to_the_right_by_as_much_as_is_said() -> None:
    curve = bow((0.0, 0.0), (0.0, -100.0), 20.0)
    assert curve[0] == (0.0, 0.0)
    assert curve[-1] == (0.0, -100.0)
    assert curve[len(curve) // 2] == pytest.approx((20.0, -50.0))


def test_the_level_of_a_route_is_its_first_point_at_that_height_or_else_its_middle() -> None:
    route = ((0.0, 0.0), (10.0, -10.0), (10.0, -20.0))
    assert level(route, -5.0) == pytest.approx((5.0, -5.0))
    assert level(route, -15.0) == pytest.approx((10.0, -15.0))
    assert level(((0.0, 0.0), (10.0, 0.0)), -5.0) == (5.0, 0.0)


@given(routes)
def test_a_rounded_route_keeps_its_ends_and_turns_less_sharply(route: Route) -> None:
    smooth = rounded(route)
    assert (smooth[0], smooth[-1]) == (route[0], route[-1])
    assert length(smooth) <= length(route) + 1e-9


@given(
    st.lists(coordinates, min_size=1, max_size=8, unique=True).map(sorted),
    st.dictionaries(st.tuples(st.integers(0, 7), st.integers(0, 7)), st.integers(0, 200).map(float), max_size=8),
)
def test_marks_move_apart_as_far_as_is_wanted_and_no_farther(
    marks: list[float], wishes: dict[tuple[int, int], float]
) -> None:
    wanted = {(marks[i], marks[j]): far for (i, j), far in wishes.items() if i < j < len(marks)}
    axis = Axis(marks, wanted)
    new = {mark: axis(mark) for mark in marks}
    needs = wanted | {pair: max(wanted.get(pair, 0.0), pair[1] - pair[0]) for pair in pairwise(marks)}
    assert all(new[high] - new[low] >= far - 1e-9 for (low, high), far in needs.items())
    shortest = {marks[0]: 0.0}  # the longest way through what is wanted is how short the whole can be
    for mark in marks[1:]:
        shortest[mark] = max(shortest[low] + far for (low, high), far in needs.items() if high == mark)
    assert new[marks[-1]] - new[marks[0]] == pytest.approx(shortest[marks[-1]])


def test_a_mark_half_way_between_two_stays_there() -> None:
    axis = Axis([0.0, 50.0, 100.0], {(0.0, 100.0): 300.0})
    assert axis(50.0) == (axis(0.0) + axis(100.0)) / 2
