"""Nothing in a drawing lies on anything else: checked by geometry of its own, on real figures and random graphs."""

import math
import runpy
from itertools import combinations, pairwise

import pytest

from autograd.diagram import Edge, Math, Node, Row, Scene, side_by_side
from autograd.diagram.layout.discs import Disc
from autograd.diagram.layout.geometry import Ellipse
from autograd.diagram.layout.layout import Layout, PlacedArrow, lay_out
from autograd.typeset.rect import Point, Rect
from autograd.typeset.words import Words
from tests.diagram_scenes import FIGURES, SCRIPTS, VALUES, random_scene

COURSE = {script.stem: runpy.run_path(str(script))["figure"]().scene for script in SCRIPTS}
RANDOM = {f"random {seed}": random_scene(seed) for seed in range(14)}
SCENES = {**FIGURES, **COURSE, **RANDOM, **VALUES}


@pytest.fixture(params=SCENES, scope="module")
def drawn(request: pytest.FixtureRequest) -> tuple[Scene, Layout]:
    scene = SCENES[request.param]
    return scene, lay_out(scene)


def outline(ellipse: Ellipse, points: int = 180) -> list[Point]:
    angles = [2 * math.pi * i / points for i in range(points)]
    return [(ellipse.x + ellipse.rx * math.cos(a), ellipse.y + ellipse.ry * math.sin(a)) for a in angles]


def contains(rect: Rect, point: Point) -> bool:
    tiny = 1e-6  # of a pixel, for what is rounded
    x, y = point
    return rect.left + tiny < x < rect.right - tiny and rect.top + tiny < y < rect.bottom - tiny


def within(ellipse: Ellipse, point: Point) -> bool:
    return ((point[0] - ellipse.x) / ellipse.rx) ** 2 + ((point[1] - ellipse.y) / ellipse.ry) ** 2 < 1


def gap(rect: Rect, points: list[Point]) -> float:
    """The distance from a rectangle to the nearest of some points."""
    return min(
        math.hypot(max(rect.left - x, 0.0, x - rect.right), max(rect.top - y, 0.0, y - rect.bottom)) for x, y in points
    )


def meet(rect: Rect, ellipse: Ellipse) -> bool:
    corners = [(x, y) for x in (rect.left, rect.right) for y in (rect.top, rect.bottom)]
    return (
        any(contains(rect, point) for point in outline(ellipse))
        or any(within(ellipse, corner) for corner in corners)
        or contains(rect, (ellipse.x, ellipse.y))
    )


def overlap(a: Rect, b: Rect) -> bool:
    return min(a.right, b.right) > max(a.left, b.left) and min(a.bottom, b.bottom) > max(a.top, b.top)


def labels(layout: Layout) -> list[Words]:
    return [arrow.label for arrow in layout.arrows if arrow.label is not None]


def notes(layout: Layout) -> list[tuple[Disc, Words]]:
    return [(disc, words) for disc in layout.discs for words in disc.beside]


def dense(route: tuple[Point, ...]) -> list[Point]:
    """Points of a route, one a pixel."""
    points = []
    for (ax, ay), (bx, by) in pairwise(route):
        steps = max(1, math.ceil(math.dist((ax, ay), (bx, by))))
        points += [(ax + (bx - ax) * i / steps, ay + (by - ay) * i / steps) for i in range(steps + 1)]
    return points


def seen(arrow: PlacedArrow) -> list[Point]:
    return [point for line in arrow.lines for point in dense(line)]


def test_no_two_labels_overlap(drawn: tuple[Scene, Layout]) -> None:
    _, layout = drawn
    written = [words.rect for words in labels(layout)] + [words.rect for _, words in notes(layout)]
    written += [words.rect for words in layout.captions]
    assert not [pair for pair in combinations(written, 2) if overlap(*pair)]


def test_no_label_and_no_note_lies_on_a_node(drawn: tuple[Scene, Layout]) -> None:
    _, layout = drawn
    written = [words.rect for words in labels(layout)] + [words.rect for _, words in notes(layout)]
    assert not [(rect, disc) for rect in written for disc in layout.discs if meet(rect, disc.outline)]


def test_no_two_nodes_overlap(drawn: tuple[Scene, Layout]) -> None:
    _, layout = drawn
    for a, b in combinations([disc.outline for disc in layout.discs], 2):
        assert not any(within(b, point) for point in outline(a))


def test_a_note_is_nearer_to_its_own_node_than_to_any_other(drawn: tuple[Scene, Layout]) -> None:
    _, layout = drawn
    for own, words in notes(layout):
        distance = gap(words.rect, outline(own.outline))
        assert all(gap(words.rect, outline(disc.outline)) > distance for disc in layout.discs if disc is not own)


def test_an_arrow_runs_through_no_node(drawn: tuple[Scene, Layout]) -> None:
    _, layout = drawn
    for arrow in layout.arrows:
        assert not [p for p in dense(arrow.route)[2:-2] for disc in layout.discs if within(disc.outline, p)]


def test_an_arrow_goes_from_outline_to_outline(drawn: tuple[Scene, Layout]) -> None:
    scene, layout = drawn
    index = {node.key: i for i, node in enumerate(scene.nodes)}
    for edge, arrow in zip(scene.edges, layout.arrows, strict=True):
        for key, (x, y) in ((edge.tail, arrow.route[0]), (edge.head, arrow.route[-1])):
            e = layout.discs[index[key]].outline
            assert math.hypot((x - e.x) / e.rx, (y - e.y) / e.ry) == pytest.approx(1.0)


def test_the_lines_of_arrows_are_interrupted_behind_words(drawn: tuple[Scene, Layout]) -> None:
    _, layout = drawn
    written = [words.rect for words in labels(layout)] + [words.rect for _, words in notes(layout)]
    for arrow in layout.arrows:
        assert not [point for point in seen(arrow) for rect in written if contains(rect, point)]


def test_a_label_stands_on_its_arrow_of_which_both_ends_are_seen(drawn: tuple[Scene, Layout]) -> None:
    _, layout = drawn
    for arrow in layout.arrows:
        if arrow.label is not None:
            rect = arrow.label.rect
            x, y = (rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2
            assert [p for p in dense(arrow.route) if abs(p[0] - x) < 1 + rect.width / 4 and abs(p[1] - y) < 1]
            assert math.dist(arrow.lines[0][0], arrow.route[0]) < 1
            assert math.dist(arrow.lines[-1][-1], arrow.route[-1]) < 10  # the length of its head


def test_everything_lies_within_the_picture(drawn: tuple[Scene, Layout]) -> None:
    _, layout = drawn
    points = [point for disc in layout.discs for point in outline(disc.outline)]
    points += [point for arrow in layout.arrows for point in arrow.route]
    for words in [*labels(layout), *(words for _, words in notes(layout)), *layout.captions]:
        points += [(words.rect.left, words.rect.top), (words.rect.right, words.rect.bottom)]
    assert all(contains(layout.bounds, point) for point in points)


def test_words_lie_within_the_node_they_are_in(drawn: tuple[Scene, Layout]) -> None:
    scene, layout = drawn
    for node, disc in zip(scene.nodes, layout.discs, strict=True):
        if node.shape == "node":
            for words in disc.words:
                for _, _, (x, y) in words.lines:
                    assert within(disc.outline, (x, y))
                r = words.rect
                corners = [(x, y) for x in (r.left, r.right) for y in (r.top, r.bottom)]
                assert all(within(disc.outline, corner) for corner in corners)


def test_data_flows_upward(drawn: tuple[Scene, Layout]) -> None:
    scene, layout = drawn
    y = {node.key: disc.outline.y for node, disc in zip(scene.nodes, layout.discs, strict=True)}
    assert all(y[edge.head] < y[edge.tail] for edge in scene.edges)


@pytest.mark.parametrize("name", COURSE)
def test_in_the_figures_every_arrow_is_straight_and_no_line_runs_behind_another_arrows_label(name: str) -> None:
    layout = lay_out(COURSE[name])
    assert all(len(arrow.route) == 2 for arrow in layout.arrows)
    assert all(len(arrow.lines) == 1 + (arrow.label is not None) for arrow in layout.arrows)


def test_an_arrow_between_nodes_nearly_above_each_other_is_upright() -> None:
    for name in ("backward_views", "exercise_5b"):
        scene = COURSE[name]
        places = {node.key: disc.outline.x for node, disc in zip(scene.nodes, lay_out(scene).discs, strict=True)}
        shifts = [abs(places[edge.tail] - places[edge.head]) for edge in scene.edges]
        assert shifts.count(0.0) >= 2
        assert not [shift for shift in shifts if 0 < shift < 5]


def test_in_the_figure_of_the_network_labels_between_two_rows_stand_in_line() -> None:
    scene = FIGURES["titanic_mlp"]
    layout = lay_out(scene)
    heights: dict[str, set[float]] = {}
    for edge, arrow in zip(scene.edges, layout.arrows, strict=True):
        if arrow.label is not None:
            middle = (arrow.label.rect.top + arrow.label.rect.bottom) / 2
            heights.setdefault(edge.tail[-1], set()).add(round(middle, 6))
    assert [len(levels) for levels in heights.values()] == [1, 1]


def test_the_nodes_of_a_row_stand_level_and_in_its_order() -> None:
    for scene in FIGURES.values():
        layout = lay_out(scene)
        places = {node.key: disc.outline for node, disc in zip(scene.nodes, layout.discs, strict=True)}
        for row in scene.rows:
            assert len({round(places[key].y, 6) for key in row.keys}) == 1
            xs = [places[key].x for key in row.keys]
            assert xs == sorted(xs)


def test_panels_stand_side_by_side_in_frames_of_one_height_that_hold_what_is_theirs() -> None:
    scene = COURSE["backward_views"]
    layout = lay_out(scene)
    assert len({(frame.top, frame.bottom) for frame in layout.frames}) == 1
    assert all(left.right < right.left for left, right in pairwise(layout.frames))
    for frame, panel in zip(layout.frames, scene.panels, strict=True):
        mine = [disc for node, disc in zip(scene.nodes, layout.discs, strict=True) if node.key in panel.keys]
        for rect in [rect for disc in mine for rect in disc.rects]:
            assert rect == overlap_of(rect, frame)


def overlap_of(a: Rect, b: Rect) -> Rect:
    return Rect(max(a.left, b.left), max(a.top, b.top), min(a.right, b.right), min(a.bottom, b.bottom))


def test_the_caption_of_a_figure_stands_under_it_in_the_middle() -> None:
    scene = Scene(
        (Node("x", "x"), Node("y", "y")), (Edge("x", "y"),), caption=("a caption wider than the figure", "two")
    )
    layout = lay_out(scene)
    (caption,) = layout.captions
    assert caption.rect.top > max(disc.outline.rect.bottom for disc in layout.discs)
    assert (caption.rect.left + caption.rect.right) / 2 == pytest.approx(layout.discs[0].outline.x)


def test_captions_stand_level_with_what_they_caption() -> None:
    scene = FIGURES["titanic_mlp_cartoon"]
    layout = lay_out(scene)
    levels = [layout.discs[i].outline.y for i in (0, 3, 6)]
    levels += [(levels[0] + levels[1]) / 2, (levels[1] + levels[2]) / 2]
    middles = [(words.rect.top + words.rect.bottom) / 2 for words in layout.captions]
    assert middles == pytest.approx(levels)


def test_arrows_that_join_the_same_two_nodes_are_apart() -> None:
    layout = lay_out(FIGURES["twins"])
    first, second = (dense(arrow.route) for arrow in layout.arrows[:2])
    assert math.dist(first[len(first) // 2], second[len(second) // 2]) > 15


def test_a_panel_without_a_caption_is_as_high_as_what_is_in_it() -> None:
    scene = Scene((Node("a", "A"),))
    bare, titled = (lay_out(side_by_side([(caption, scene)])) for caption in ("", "View 1"))
    assert bare.frames[0].height < titled.frames[0].height
    assert not bare.captions


def test_long_labels_on_the_way_to_one_node_stand_side_by_side() -> None:
    long = Math(r"-\frac{y}{x_1^{(3)}}+(1-y)\cdot\frac{1}{1-x_1^{(3)}}")
    nodes = tuple(Node(key, Math(key)) for key in "xyzs")
    layout = lay_out(Scene(nodes, (*(Edge(tail, "s", long) for tail in "xyz"),)))
    assert len({round(words.rect.top, 3) for words in labels(layout)}) == 1
    assert all(len(arrow.lines) == 2 for arrow in layout.arrows)


def test_an_arrow_within_a_row_goes_round_what_stands_between() -> None:
    nodes = tuple(Node(key, key) for key in "abc")
    layout = lay_out(Scene(nodes, (Edge("a", "c", "label"),), (Row(tuple("abc")),)))
    (arrow,) = layout.arrows
    between = layout.discs[1].outline
    assert len({disc.outline.y for disc in layout.discs}) == 1
    assert not [point for point in dense(arrow.route) if within(between, point)]


@pytest.mark.parametrize("name", ["graph 3", "used_everywhere", "titanic_mlp"])
def test_graphviz_has_nothing_to_complain_about(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    lay_out(SCENES[name])
    assert capfd.readouterr() == ("", "")


def test_an_arrow_that_is_the_only_one_of_both_its_nodes_is_upright() -> None:
    note = Math(r"x=\sigma(s)=\frac{1}{1+e^{-s}}")
    units = range(4)
    nodes = tuple(Node(f"{letter}{i}", letter, note if letter == "x" else "") for letter in "asx" for i in units)
    ends = [(f"a{j}", f"s{i}") for i in units for j in units] + [(f"s{i}", f"x{i}") for i in units]
    layout = lay_out(Scene(nodes, tuple(Edge(*end) for end in ends)))
    x = {node.key: disc.outline.x for node, disc in zip(nodes, layout.discs, strict=True)}
    assert [x[f"s{i}"] for i in units] == [x[f"x{i}"] for i in units]


def test_labels_of_a_crowded_graph_find_room() -> None:
    wide = Math(r"\cos(x^2y)+x^2\sqrt{z}")
    tails, heads = [f"a{i}" for i in range(6)], [f"b{i}" for i in range(6)]
    edges = tuple(Edge(tail, head, wide) for tail in tails for head in heads)
    layout = lay_out(Scene(tuple(Node(key, key) for key in tails + heads), edges))
    rects = [words.rect for words in labels(layout)]
    assert len(rects) == 36
    assert not [pair for pair in combinations(rects, 2) if overlap(*pair)]


def test_many_arrows_into_one_node_keep_their_labels_apart() -> None:
    nodes = (Node("top", "top"), *(Node(str(i), str(i)) for i in range(61)))
    layout = lay_out(Scene(nodes, tuple(Edge(str(i), "top", Math("w_{1,2}")) for i in range(61))))
    assert not [pair for pair in combinations([words.rect for words in labels(layout)], 2) if overlap(*pair)]


def test_a_scene_of_nothing_and_one_of_a_single_node_have_a_layout() -> None:
    assert lay_out(Scene(())).discs == ()
    (disc,) = lay_out(Scene((Node("x", Math("x")),))).discs
    assert disc.outline.rx == disc.outline.ry > 0


def test_rows_without_arrows_between_them_stand_one_above_the_other() -> None:
    nodes = tuple(Node(key, key) for key in "abcd")
    layout = lay_out(Scene(nodes, rows=(Row(("a", "b")), Row(("c", "d")))))
    a, b, c, d = (disc.outline.y for disc in layout.discs)
    assert a == b > c == d


def test_what_stands_beside_a_note_is_not_spread_away_from_it_for_labels_elsewhere() -> None:
    scene = FIGURES["titanic_mlp"]
    disc = dict(zip([node.key for node in scene.nodes], lay_out(scene).discs, strict=True))
    (note,) = disc["x22"].beside or disc["x12"].beside
    assert disc["x32"].outline.rect.left - note.rect.right < 60


def test_a_label_that_begins_with_a_minus_does_not_look_like_the_end_of_a_difference() -> None:
    nodes = tuple(Node(key, Math(key)) for key in "abz")

    def gap(label: str) -> float:
        edges = (Edge("a", "z", Math("1")), Edge("b", "z", Math(label)))
        one, other = (arrow.label.rect for arrow in lay_out(Scene(nodes, edges)).arrows if arrow.label)
        return other.left - one.right

    assert gap(r"-\sin(x^2y)") >= 23.9 > gap(r"\sin(x^2y)")


def test_a_unit_that_feeds_others_is_mirrored_in_the_middle_of_them() -> None:
    layout = lay_out(scene := COURSE["exercise_5b"])
    middle = {node.key: disc.outline.x for node, disc in zip(scene.nodes, layout.discs, strict=True)}
    shown = {str(node.label): node.key for node in scene.nodes}
    axis = next(middle[key] for label, key in shown.items() if "x_{i}^{(k)}" in label)
    xs = sorted(middle.values())
    assert [axis - x for x in xs] == pytest.approx([x - axis for x in reversed(xs)], abs=1.5)
