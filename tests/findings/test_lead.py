"""The real series keep their answers, and every claim follows its figures."""

from __future__ import annotations

import copy
from typing import Any

from analysis.findings import lead
from analysis.findings.step import Inputs, Result


def _inputs(found: dict[str, Any]) -> Inputs:
    return Inputs(0, {}, {lead.FIGURES: Result(values=found)})


def _claims(found: dict[str, Any]) -> dict[str, str]:
    result = Result.from_entry(lead.published(_inputs(found)).to_entry())
    return {claim.id: claim.verdict for claim in result.claims}


def test_the_committed_figures_are_whole() -> None:
    found = lead.committed()
    assert found["series"] == len(found["leads_shifted"]["series"]) == 100
    assert "arXiv:2202.03224" in found["source"]
    result = lead.published(_inputs(found))
    kinds = lead.spread(result.tables["series"])
    assert sum(kinds.values()) == 100
    assert kinds["leads"] > kinds["follows"]


def test_verdicts_follow_the_figures() -> None:
    real = lead.committed()
    before = _claims(real)
    assert before["lead.median"] == "undecided"
    assert before["lead.share"] == "yes"
    assert before["lead.baseline"] == "no"

    ahead = copy.deepcopy(real)
    ahead["leads_shifted"]["overall"] |= {
        "median": 3.0,
        "median_low": 2.0,
        "median_high": 4.0,
        "p": 0.001,
    }
    ahead["leads_common"]["overall"]["identified"] = 0.9
    found = _claims(ahead)
    assert found["lead.median"] == "yes"
    assert found["lead.slow"] == "yes"

    level = copy.deepcopy(real)
    level["leads_shifted"]["overall"] |= {
        "median": 0.0,
        "median_low": -0.5,
        "median_high": 0.6,
        "p": 0.8,
        "share_leading": 0.5,
        "share_leading_low": 0.4,
        "share_leading_high": 0.6,
    }
    level["forecasts"]["value"] |= {"gain": -0.1, "low": -0.2, "high": -0.01, "p": 0.9}
    found = _claims(level)
    assert found["lead.median"] == "no"
    assert found["lead.share"] == "undecided"
    assert found["lead.signal"] == "no"


def test_news_that_comes_first_is_found() -> None:
    found = copy.deepcopy(lead.committed())
    for row in found["innovations"]:
        if row["LAG"] == -2:
            row |= {"CORRELATION": 0.4, "LOW": 0.35, "HIGH": 0.45}
    assert _claims(found)["lead.news"] == "yes"


def test_series_too_short_to_forecast_are_answered_in_words() -> None:
    found = copy.deepcopy(lead.committed()) | {"forecasts": None, "published_mase": None}
    verdicts = _claims(found)
    assert verdicts["lead.signal"] == verdicts["lead.baseline"] == "cannot be answered"
    assert verdicts["lead.share"] == "yes"
