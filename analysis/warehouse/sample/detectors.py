"""Errors of the detectors: what they miss and what they invent, by label and segment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.randomness import stream
from analysis.warehouse.sample.targets import BAG_BRAND, OBJECT, SHOE, labels
from analysis.warehouse.sample.worlds import World

Floats = npt.NDArray[np.float64]

SEGMENTS = ("mainstream", "trendy", "edgy")


@dataclass(frozen=True)
class Errors:
    """Error rates.

    Attributes
    ----------
    recall : (245, 3) float64
        Probability that a label which is there is detected, by audience segment.
    invented : (245, 3) float64
        Detections of what is not there, relative to the average over segments.
    share : (245,) float64
        Expected share of all detections of the label that are invented.
    """

    recall: Floats
    invented: Floats
    share: Floats


def error_rates(world: World) -> Errors:
    """Plant the error rates of a world.

    Professional photographs are easier to read: recall rises from Mainstream to Edgy, more so
    for small things. In an author-blind world the segments do not differ.
    """
    rng = stream(0, "detectors")
    table = labels()
    n = len(table.names)
    hard = np.array([0.06, 0.16, 0.12, 0.22, 0.26])[table.types]
    miss = np.minimum(world.noise * hard * rng.uniform(0.5, 1.5, n), 0.85)
    gap = rng.uniform(0.0, 0.12, n) * np.where(table.types == OBJECT, 0.5, 1.0)
    steps = np.array([0.0, 0.5, 1.0]) * (0.0 if world.author_blind else 1.0)
    recall = np.minimum((1.0 - miss)[:, None] * (1.0 + gap[:, None] * steps), 0.995)
    base = np.array([0.01, 0.03, 0.03, 0.02, 0.04])[table.types]
    share = np.minimum(world.noise * base * rng.uniform(0.4, 1.8, n), 0.6)
    # The sole that the published charts call the most detected brand of all is often no brand.
    on = table.number(3, "on")
    share[on] = min(0.12 * world.noise, 0.6)
    lean = rng.uniform(-0.25, 0.10, n) * np.where(table.types >= SHOE, 1.0, 0.5)
    lean[table.types == BAG_BRAND] = 0.0
    invented = 1.0 + lean[:, None] * (steps - steps.mean())
    return Errors(recall, invented, share)
