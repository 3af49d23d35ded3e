"""Names on a map stay inside it and apart, whatever the points are."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.report.placement import Placed, place, text_size

FRAME = (6.4, 4.2)


def _boxes(placed: list[Placed]) -> list[tuple[float, float, float, float]]:
    return [
        (
            one.x - one.width / 2,
            one.y - one.height / 2,
            one.x + one.width / 2,
            one.y + one.height / 2,
        )
        for one in placed
    ]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, FRAME[0]), st.floats(0, FRAME[1]), st.integers(1, 24)),
        min_size=1,
        max_size=40,
    )
)
def test_names_stay_inside_and_apart(drawn: list[tuple[float, float, int]]) -> None:
    points = np.array([(x, y) for x, y, _ in drawn])
    names = ["w" * length for _, _, length in drawn]
    sizes = [(0.07 * length, 0.12) for _, _, length in drawn]
    dot = (3.0, 2.0, 3.2, 2.2)
    placed = place(points, names, sizes, FRAME, points, [dot])
    boxes = _boxes(placed)
    for left, bottom, right, top in boxes:
        assert left >= 0
        assert bottom >= 0
        assert right <= FRAME[0]
        assert top <= FRAME[1]
    for a, b in combinations([*boxes, dot], 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_a_lone_name_lies_beside_its_point_without_a_line() -> None:
    point = np.array([[3.0, 2.0]])
    (one,) = place(point, ["coat"], [(0.4, 0.12)], FRAME, point)
    assert not one.far
    assert abs(one.x - 3.0) < 0.5
    assert abs(one.y - 2.0) < 0.3


def test_the_first_name_wins_where_there_is_room_for_one() -> None:
    points = np.array([[0.5, 0.2], [0.5, 0.2], [0.5, 0.2]])
    placed = place(points, ["a", "b", "c"], [(0.35, 0.3)] * 3, (1.0, 0.4), points)
    assert placed[0].index == 0
    assert len(placed) < 3


def test_longer_and_bolder_words_are_wider() -> None:
    assert text_size("sneakers", 8)[0] > text_size("hat", 8)[0]
    assert text_size("hat", 8, bold=True)[0] > text_size("hat", 8)[0]
