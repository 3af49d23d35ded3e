"""Where names go on a map: beside their points, inside the frame, never over each other.

Greedy placement over a fixed set of places around each point, the most important name first
(Christensen, Marks and Shieber 1995, https://doi.org/10.1145/212332.212334). A name that finds no
free place is left out rather than printed over another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
#: Distances from the point to the name, in inches, nearest first.
_DISTANCES = (0.1, 0.15, 0.26, 0.4, 0.58, 0.8)
_DIRECTIONS = 16
_GAP = 0.025  # inches kept free around a name


@dataclass(frozen=True)
class Placed:
    """A name that found its place.

    Attributes
    ----------
    index : int
        Which name.
    x, y : float
        Middle of the name, in inches.
    width, height : float
        Size of the name, in inches.
    anchor : (float, float)
        Point of the name's box that lies nearest to what it names; a line leads from here.
    far : bool
        Whether a line is needed to see what the name belongs to.
    """

    index: int
    x: float
    y: float
    width: float
    height: float
    anchor: tuple[float, float]
    far: bool


def text_size(text: str, points: float, bold: bool = False) -> tuple[float, float]:
    """Return width and height of a line of text in inches, in the font of the figures."""
    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal", size=points)
    width, _, _ = text_to_path.get_text_width_height_descent(text or " ", font, ismath=False)
    return float(width) / 72, 1.15 * points / 72


def place(
    points: NDArray[np.float64],
    names: Sequence[str],
    sizes: Sequence[tuple[float, float]],
    frame: tuple[float, float],
    obstacles: NDArray[np.float64],
    taken: Sequence[Box] = (),
) -> list[Placed]:
    """Return the names that find a place, the first names first.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
        What is named, in inches from the lower left corner of the frame.
    names : sequence of str
        In order of importance.
    sizes : sequence of (width, height)
        Size of each name in inches.
    frame : (width, height)
        Size of the frame in inches; no name leaves it.
    obstacles : ndarray of shape (m, 2)
        Points that names should rather not cover.
    taken : sequence of (left, bottom, right, top)
        Boxes that no name may touch.
    """
    boxes: list[Box] = list(taken)
    placed: list[Placed] = []
    for index, (point, name, (width, height)) in enumerate(zip(points, names, sizes, strict=True)):
        best: tuple[float, Placed, Box] | None = None
        for rank, distance in enumerate(_DISTANCES):
            for turn in range(_DIRECTIONS):
                angle = 2 * np.pi * turn / _DIRECTIONS
                x = point[0] + np.cos(angle) * (distance + width / 2)
                y = point[1] + np.sin(angle) * (distance + height / 2)
                box = (
                    x - width / 2 - _GAP,
                    y - height / 2 - _GAP,
                    x + width / 2 + _GAP,
                    y + height / 2 + _GAP,
                )
                if not _inside(box, frame) or any(_meet(box, other) for other in boxes):
                    continue
                covered = _covered(box, obstacles)
                cost = 2.0 * rank + 1.5 * covered + 0.3 * abs(np.sin(angle))
                if best is None or cost < best[0]:
                    anchor = (
                        float(np.clip(point[0], x - width / 2, x + width / 2)),
                        float(np.clip(point[1], y - height / 2, y + height / 2)),
                    )
                    found = Placed(index, x, y, width, height, anchor, rank > 1)
                    best = (cost, found, box)
        if best is not None and name:
            placed.append(best[1])
            boxes.append(best[2])
    return placed


def _inside(box: Box, frame: tuple[float, float]) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= frame[0] and box[3] <= frame[1]


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _covered(box: Box, points: NDArray[np.float64]) -> int:
    x, y = points[:, 0], points[:, 1]
    return int(((x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])).sum())
