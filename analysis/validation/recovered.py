"""Coverage of intervals about the recovery of a planted truth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from analysis.contingency.counts import Floats, Ints
from analysis.randomness import stream
from analysis.segmentations.interface import Segment, Segmentation
from analysis.segmentations.limit import shortfall
from analysis.segmentations.recovery import Planted, rand_of, recovery
from analysis.validation.coverage import covered, judged
from analysis.validation.sets import over_sets

STYLES = ("sportswear", "luxury", "streetwear", "vintage", "outdoor", "business")
_SHARES: Floats = np.array([0.4, 0.2, 0.15, 0.12, 0.08, 0.05])
_FEWEST = 2500
"""Authors that a recovery is judged on in the report, or more."""
_MANY = 10_000_000
"""Authors of the population whose adjusted Rand index is the truth."""


@dataclass(frozen=True)
class Reading:
    """A classifier that knows the truth and a segmentation, each with its errors.

    Attributes
    ----------
    right : (float, float)
        Share of authors whose style each of the two reads rightly; other readings fall on all
        styles by their shares.
    together : float
        Share of authors whom both read by the same luck: what makes a difference more certain
        than its parts.
    """

    name: str
    authors: int
    right: tuple[float, float]
    together: float

    def draw(self, seed: int, number: int) -> tuple[Ints, Ints, Ints]:
        """Return the styles of authors, as planted and as read by the two."""
        rng = stream(seed, "validation", "recovered", self.name, number)
        planted = rng.choice(len(STYLES), self.authors, p=_SHARES)
        luck = rng.random((2, self.authors))
        luck[1] = np.where(rng.random(self.authors) < self.together, luck[0], luck[1])
        guessed = rng.choice(len(STYLES), (2, self.authors), p=_SHARES)
        guessed[1] = np.where(luck[1] == luck[0], guessed[0], guessed[1])
        read = np.where(luck < np.array(self.right)[:, None], planted, guessed)
        return planted, read[0], read[1]

    def adjusted_rand(self, right: float) -> float:
        """Return the index of the population for a share that is read rightly."""
        joint = right * np.diag(_SHARES) + (1 - right) * np.outer(_SHARES, _SHARES)
        return rand_of(joint * _MANY)


READINGS = (
    Reading("250 authors, many errors", 250, (0.8, 0.7), 0.5),
    Reading("2,500 authors, many errors", 2500, (0.8, 0.7), 0.5),
    Reading("2,500 authors, few errors", 2500, (0.985, 0.98), 0.8),
)


def recovery_coverage(seed: int = 0, sets: int = 500, workers: int | None = None) -> pd.DataFrame:
    """Return coverage of the adjusted Rand index and of how far it is below the limit.

    The report prints neither for as few authors as the first reading has.
    """
    parts = []
    for reading in READINGS:
        rows = pd.concat(over_sets(partial(_recovered, reading, seed), sets, workers))
        parts.append(
            covered(rows, ["quantity"]).assign(world=reading.name, used=reading.authors >= _FEWEST)
        )
    return judged(pd.concat(parts, ignore_index=True))


def _recovered(reading: Reading, seed: int, number: int) -> pd.DataFrame:
    dominant, optimal, own = reading.draw(seed, number)
    planted = Planted(STYLES, dominant, np.eye(len(STYLES), dtype=bool)[dominant])
    posterior = np.eye(len(STYLES))[own]
    found = Segmentation(
        method="reading",
        version="",
        parameters={},
        authors=np.arange(reading.authors),
        segments=tuple(Segment(style, "") for style in STYLES),
        posterior=posterior,
        membership=posterior,
        codes=own,
    )
    everyone = np.ones(reading.authors, dtype=bool)
    index = recovery(found, planted, seed=number).adjusted_rand_interval
    below = shortfall(found, optimal, planted, rows=everyone, seed=number)[2]
    truths = [reading.adjusted_rand(right) for right in reading.right]
    rows = [
        ("adjusted Rand index", truths[1], *index),
        ("adjusted Rand index below the limit", truths[0] - truths[1], *below),
    ]
    return pd.DataFrame(rows, columns=["quantity", "truth", "low", "high"])
