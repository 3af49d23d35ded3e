"""The simulation studies by name, as ``make validate`` runs them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.validation.coverage import (
    association_coverage,
    bootstrap_agreement,
    effect_coverage,
    ellipse_coverage,
    interval_coverage,
)
from analysis.validation.levels import discovery_study, level_study, power_study

STUDIES: dict[str, Callable[..., pd.DataFrame]] = {
    "levels": level_study,
    "power": power_study,
    "discoveries": discovery_study,
    "association_coverage": association_coverage,
    "effect_coverage": effect_coverage,
    "interval_coverage": interval_coverage,
    "ellipse_coverage": ellipse_coverage,
    "bootstrap_agreement": bootstrap_agreement,
}
"""What each study shows stands in its function's docstring."""


def study(name: str, seed: int = 0, workers: int | None = None) -> pd.DataFrame:
    """Run one study.

    Parameters
    ----------
    name : str
        A key of :data:`STUDIES`.
    seed : int
        The result depends on it and on nothing else, not on ``workers`` either.
    workers : int, optional
        Processes; all cores when left out.

    Raises
    ------
    ValueError
        If the name is unknown.
    """
    if name not in STUDIES:
        raise ValueError(f"study {name!r} is unknown: the names are {list(STUDIES)}.")
    return STUDIES[name](seed=seed, workers=workers)
