"""Do the tests hold their level and the intervals their coverage: the simulation studies."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.findings.step import Inputs, Result, Step
from analysis.validation.panels import panel_coverage, threshold_levels
from analysis.validation.studies import STUDIES
from analysis.validation.trends import forecast_levels, lead_lag_study, visibility_coverage

TITLES = {
    "levels": "Level of the tests of association",
    "power": "Power of the tests of association",
    "discoveries": "Rate of false discoveries",
    "association_coverage": "Coverage of Cramér's V and of information",
    "effect_coverage": "Coverage of lifts and odds ratios",
    "interval_coverage": "Coverage of percentile, basic and BCa intervals",
    "ellipse_coverage": "Coverage of confidence ellipses",
    "bootstrap_agreement": "Block bootstrap against ordinary bootstrap",
    "threshold_levels": "Level of the tests at a threshold",
    "panel_coverage": "Coverage of weighted shares and Gini",
    "lead_lag": "Lead of one panel over another",
    "visibility_coverage": "Coverage of weekly visibility",
    "forecast_levels": "Level of the tests of forecast value",
}
"""What each study asks, in the order of the appendix."""

_ALL: dict[str, Callable[..., pd.DataFrame]] = {
    **STUDIES,
    "threshold_levels": threshold_levels,
    "panel_coverage": panel_coverage,
    "lead_lag": lead_lag_study,
    "visibility_coverage": visibility_coverage,
    "forecast_levels": forecast_levels,
}


def _computing(name: str) -> Callable[[Inputs], Result]:
    def compute(inputs: Inputs) -> Result:
        return Result({"study": _ALL[name](seed=inputs.seed)})

    return compute


STEPS = tuple(
    Step(f"validation.{name}", title, _computing(name), (), deep=True)
    for name, title in TITLES.items()
)
"""They rest on no source, take minutes, and run with ``make validate``."""
