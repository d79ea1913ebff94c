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
    bow,
    clipped,
    crossings,
    cut,
    inside,
    length,
    level,
    part,
    pieces,
    rounded,
    trimmed,
    walk,
)
from autograd.diagram.layout.grid import Grid
from autograd.diagram.layout.passing import taut
from autograd.diagram.layout.routes import routed
from autograd.diagram.layout.shelves import Shelves
from autograd.typeset.rect import Point, Rect

CURVE = bow((0.0, 0.0), (10.0, -70.0), 9.0)

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


@given(points, points, points, points)
def test_two_lines_cross_if_each_parts_the_ends_of_the_other(a: Point, b: Point, c: Point, d: Point) -> None:
    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    sides = side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)
    assume(all(sides))
    assert crossings((a, b), c, d) == (sides[0] * sides[1] < 0 and sides[2] * sides[3] < 0)


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


@given(routes, sizes)
def test_the_pieces_of_a_route_are_short_and_make_it_up(route: Route, longest: float) -> None:
    found = list(pieces(route, longest))
    assert all(length(piece) <= longest + 1e-9 for piece in found)
    assert all(before[-1] == after[0] for before, after in pairwise(found))
    assert sum(map(length, found)) == pytest.approx(length(route))
    assert (found[0][0], found[-1][-1]) == (route[0], route[-1])


@given(st.dictionaries(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), st.integers(1, 20)), points, points)
def test_a_line_finds_what_it_meets_in_rows(heights: dict[tuple[int, int], int], a: Point, b: Point) -> None:
    rects = [Rect.around((25.0 * x, 20.0 * y), 20.0, tall) for (x, y), tall in heights.items()]
    shelves = Shelves((float(y), i, rect) for i, ((_, y), rect) in enumerate(zip(heights, rects, strict=True)))
    found = set(shelves.along(a, b))
    assert found >= {i for i, rect in enumerate(rects) if inside((a, b), rect)}
    assert found <= {i for i, rect in enumerate(rects) if inside((a, b), rect.grown(20.0))} or a == b


@given(st.lists(rects, max_size=12), rects, st.sets(st.integers(0, 11)))
def test_a_grid_finds_what_overlaps_and_has_not_been_removed(things: list[Rect], rect: Rect, gone: set[int]) -> None:
    grid: Grid[int] = Grid(16.0)
    for i, thing in enumerate(things):
        grid.add(i, thing)
    for i in gone & set(range(len(things))):
        grid.remove(i, things[i])
    assert set(grid.near(rect)) == {i for i, thing in enumerate(things) if i not in gone and thing.overlaps(rect)}


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
        assert left - 1e-6 <= level(route, y)[0] <= right + 1e-6


@given(coordinates, gaps, coordinates)
def test_no_way_through_the_gaps_is_shorter_than_the_string(
    start: float, found: list[tuple[float, float, float]], end: float
) -> None:
    top = (end, 10.0 * len(found) + 10.0)
    shortest = {(start, 0.0): 0.0}  # to each edge of a gap that could be a corner: what is seen from it in a line
    for point in [*((edge, y) for y, left, right in found for edge in (left, right)), top]:
        for corner, far in list(shortest.items()):
            between = [gap for gap in found if corner[1] < gap[0] < point[1]]
            seen = (level((corner, point), y)[0] for y, _, _ in between)
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


def test_an_arrow_that_must_run_behind_a_note_is_straight_rather_than_bent_round_a_note_of_its_own_node() -> None:
    nodes = [Ellipse(400.0, 300.0, 20.0, 20.0), Ellipse(0.0, 0.0, 20.0, 20.0), Ellipse(-900.0, 150.0, 20.0, 20.0)]
    notes = [(1, Rect(25.0, -5.0, 90.0, 50.0)), (2, Rect(-870.0, 140.0, 1000.0, 160.0))]
    (route,) = routed(nodes, notes, [(0, 1)], [10.0])
    assert len(route) == 2
