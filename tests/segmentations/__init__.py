"""Tests of analysis.segmentations."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.reference.cases import DIFFERENCES, Case, Difference


def within(
    case: Case, quantity: tuple[str, ...], actual: npt.ArrayLike, allowed: npt.ArrayLike
) -> None:
    """Assert that a resampled quantity lies inside its own tolerance, and record by how much."""
    want = np.asarray(case.value(quantity), dtype=float)
    gap = np.abs(np.asarray(actual, dtype=float) - want)
    DIFFERENCES.append(
        Difference(
            case.id, ".".join(quantity), want.size, float(gap.max()), float((gap / want).max())
        )
    )
    assert (gap <= np.asarray(allowed)).all(), (quantity, gap, allowed)
