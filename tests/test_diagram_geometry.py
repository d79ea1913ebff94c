"""Plane geometry against its definitions, point by point."""

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograd.diagram.layout.geometry import (
    Axis,
    Ellipse,
    Route,
    arc,
    clipped,
    cut,
    inside,
    length,
    levels,
    part,
    rounded,
    trimmed,
    walk,
)
from autograd.diagram.layout.passing import taut
from autograd.diagram.layout.shelves import Shelves
from autograd.typeset.rect import Point, Rect

CURVE = arc((0.0, 0.0), (15.0, -30.0), (10.0, -70.0))

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
    hit = clipped(a, b, rect)
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


@pytest.mark.parametrize("off", [-1e-13, 0.0, 1e-13])
def test_a_part_that_ends_at_a_corner_but_for_rounding_has_that_corner_once(off: float) -> None:
    corner = length(CURVE[:6])
    assert len(part(CURVE, corner + off, length(CURVE) + off)) == len(CURVE) - 5
    assert len(part(CURVE, -off, corner + off)) == 6


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


@given(ellipses, ellipses)
def test_a_trimmed_route_begins_and_ends_on_the_outlines(tail: Ellipse, head: Ellipse) -> None:
    assume(abs(tail.x - head.x) > tail.rx + head.rx or abs(tail.y - head.y) > tail.ry + head.ry)
    for route in [
        ((tail.x, tail.y), (head.x, head.y)),
        arc((tail.x, tail.y), (tail.x + 20.0, head.y), (head.x, head.y)),
    ]:
        first, *_, last = trimmed(route, tail, head)
        assert tail.level(first) == pytest.approx(1)
        assert head.level(last) == pytest.approx(1)


def test_an_arc_goes_from_the_first_point_through_the_second_to_the_third_without_a_corner() -> None:
    curve = arc((0.0, 0.0), (20.0, -40.0), (0.0, -100.0))
    assert curve[0] == (0.0, 0.0)
    assert min(math.dist(point, (20.0, -40.0)) for point in curve) < 1e-9
    assert curve[-1] == (0.0, -100.0)
    ways = [math.atan2(b[1] - a[1], b[0] - a[0]) for a, b in pairwise(curve)]
    assert max(abs(a - b) for a, b in pairwise(ways)) < 0.2


def test_the_levels_of_a_route_are_its_first_points_at_those_heights_or_else_its_middle() -> None:
    route = ((10.0, -20.0), (10.0, -10.0), (0.0, 0.0))
    assert levels(route, [-15.0, -5.0, -2.0]) == pytest.approx([10.0, 5.0, 2.0])
    middle = walk(route, length(route) / 2)[0]
    assert levels(route, [-25.0, -20.0, 0.0, 5.0]) == pytest.approx([middle, 10.0, 0.0, middle])
    assert levels(((0.0, 0.0), (10.0, 0.0)), [-5.0]) == [5.0]


@given(routes, st.integers(1, 20).map(float))
def test_a_rounded_route_keeps_its_ends_turns_less_sharply_and_stays_near(route: Route, by: float) -> None:
    smooth = rounded(route, by)
    assert (smooth[0], smooth[-1]) == (route[0], route[-1])
    assert length(smooth) <= length(route) + 1e-9
    for corner in route:
        assert min(math.dist(corner, point) for a, b in pairwise(smooth) for point in along(a, b, 40)) < by + 1.5


def test_a_point_told_twice_is_no_corner() -> None:
    route = ((0.0, 0.0), (0.0, 0.0), (10.0, 0.0), (10.0, 0.0), (20.0, 0.0))
    assert {y for _, y in rounded(route)} == {0.0}


@given(st.dictionaries(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), st.integers(1, 20)), points, points)
def test_a_line_finds_what_it_meets_in_rows(heights: dict[tuple[int, int], int], a: Point, b: Point) -> None:
    rects = [Rect.around((25.0 * x, 20.0 * y), 20.0, tall) for (x, y), tall in heights.items()]
    shelves = Shelves((float(y), i, rect) for i, ((_, y), rect) in enumerate(zip(heights, rects, strict=True)))
    found = set(shelves.along(a, b))
    assert found >= {i for i, rect in enumerate(rects) if inside((a, b), rect)}
    assert found <= {i for i, rect in enumerate(rects) if inside((a, b), rect.grown(20.0))} or a == b


gaps = st.lists(st.tuples(coordinates, sizes), max_size=6).map(
    lambda found: [(10.0 * i, left, left + wide) for i, (left, wide) in enumerate(found, start=1)]
)


@given(coordinates, gaps, coordinates)
def test_a_string_goes_through_every_gap_and_touches_edges_only_where_it_bends(
    start: float, found: list[tuple[float, float, float]], end: float
) -> None:
    route = taut((start, 0.0), found, (end, 10.0 * len(found) + 10.0))
    edges = {(edge, y) for y, left, right in found for edge in (left, right)}
    assert set(route[1:-1]) <= edges
    for y, left, right in found:
        assert left - 1e-6 <= levels(route, [y])[0] <= right + 1e-6


@given(coordinates, gaps, coordinates)
def test_no_way_through_the_gaps_is_shorter_than_the_string(
    start: float, found: list[tuple[float, float, float]], end: float
) -> None:
    top = (end, 10.0 * len(found) + 10.0)
    shortest = {(start, 0.0): 0.0}  # to each edge of a gap that could be a corner: what is seen from it in a line
    for point in [*((edge, y) for y, left, right in found for edge in (left, right)), top]:
        for corner, far in list(shortest.items()):
            between = [gap for gap in found if corner[1] < gap[0] < point[1]]
            seen = (levels((corner, point), [y])[0] for y, _, _ in between)
            if corner[1] < point[1] and all(
                left - 1e-9 <= x <= right + 1e-9 for x, (_, left, right) in zip(seen, between, strict=True)
            ):
                shortest[point] = min(shortest.get(point, math.inf), far + math.dist(corner, point))
    assert length(taut((start, 0.0), found, top)) == pytest.approx(shortest[top])


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
