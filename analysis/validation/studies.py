"""The simulation studies by name, as ``make validate`` runs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from analysis.validation.coverage import (
    association_coverage,
    bootstrap_agreement,
    effect_coverage,
    ellipse_coverage,
    interval_coverage,
)
from analysis.validation.levels import discovery_study, level_study, power_study
from analysis.validation.panels import (
    bunching_power,
    panel_coverage,
    threshold_levels,
    weighting_removes_selection,
)
from analysis.validation.recovered import recovery_coverage
from analysis.validation.scorecard import scorecard_coverage
from analysis.validation.trends import forecast_levels, lead_lag_study, visibility_coverage


class Simulation(NamedTuple):
    """A study: what it asks, and the function that runs it.

    ``run`` takes ``seed`` and ``workers``; the result depends on the seed and on nothing else,
    not on the number of workers either.
    """

    title: str
    run: Callable[..., pd.DataFrame]


STUDIES = {
    "levels": Simulation("Level of the tests of association", level_study),
    "power": Simulation("Power of the tests of association", power_study),
    "discoveries": Simulation("Rate of false discoveries", discovery_study),
    "association_coverage": Simulation(
        "Coverage of Cramér's V and of information", association_coverage
    ),
    "effect_coverage": Simulation("Coverage of lifts and odds ratios", effect_coverage),
    "interval_coverage": Simulation(
        "Coverage of percentile, basic and BCa intervals", interval_coverage
    ),
    "ellipse_coverage": Simulation("Coverage of confidence ellipses", ellipse_coverage),
    "scorecard_coverage": Simulation(
        "Coverage of the intervals of a scorecard", scorecard_coverage
    ),
    "recovery_coverage": Simulation(
        "Coverage of what is recovered of a planted truth", recovery_coverage
    ),
    "bootstrap_agreement": Simulation(
        "Block bootstrap against ordinary bootstrap", bootstrap_agreement
    ),
    "threshold_levels": Simulation("Level of the tests at a threshold", threshold_levels),
    "bunching_power": Simulation("Power of the test for bunching", bunching_power),
    "panel_coverage": Simulation("Coverage of weighted shares and Gini", panel_coverage),
    "weighting": Simulation("What weighting leaves of a selection", weighting_removes_selection),
    "lead_lag": Simulation("Lead of one panel over another", lead_lag_study),
    "visibility_coverage": Simulation("Coverage of weekly visibility", visibility_coverage),
    "forecast_levels": Simulation("Level of the tests of forecast value", forecast_levels),
}
"""In the order of the appendix; what each shows stands in its function's docstring."""
