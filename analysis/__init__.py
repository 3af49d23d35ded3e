"""Judge, correct and redesign author segmentations for fashion-trend panels.

What a reviewer imports::

    from analysis import AuthorLabelCounts, bootstrap_axes   # correspondence analysis with ellipses
    from analysis import association, Grouping               # author-level association of groups
    from analysis import scorecard, Evidence                 # score any table author -> segment
    from analysis import drift                               # what moved between two such tables
    from analysis import Study                               # extracts, results and claims of a run

``docs/architecture.md`` says where everything else lives.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.claims import Claim
    from analysis.contingency.association import association
    from analysis.contingency.ca_bootstrap import bootstrap_axes
    from analysis.contingency.correspondence import correspondence_analysis
    from analysis.contingency.counts import AuthorLabelCounts, Grouping, contingency_table
    from analysis.segmentations.monitoring import drift
    from analysis.segmentations.scorecard import Evidence, scorecard
    from analysis.study import Study

__all__ = [
    "AuthorLabelCounts",
    "Claim",
    "Evidence",
    "Grouping",
    "Study",
    "association",
    "bootstrap_axes",
    "contingency_table",
    "correspondence_analysis",
    "drift",
    "scorecard",
]

# Loaded when first asked for, so that the command line answers at once.
_HOMES = {
    "AuthorLabelCounts": "analysis.contingency.counts",
    "Claim": "analysis.claims",
    "Evidence": "analysis.segmentations.scorecard",
    "Grouping": "analysis.contingency.counts",
    "Study": "analysis.study",
    "association": "analysis.contingency.association",
    "bootstrap_axes": "analysis.contingency.ca_bootstrap",
    "contingency_table": "analysis.contingency.counts",
    "correspondence_analysis": "analysis.contingency.correspondence",
    "drift": "analysis.segmentations.monitoring",
    "scorecard": "analysis.segmentations.scorecard",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
