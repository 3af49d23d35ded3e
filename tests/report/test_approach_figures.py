"""The figures of the comparison state their takeaway, and say so where nothing was computed."""

from __future__ import annotations

from itertools import product

import pandas as pd
import pytest

from analysis.findings.step import Result
from analysis.report import approach_figures, approach_studies, pieces
from analysis.report.approach_tables import _PARTS, Approach


@pytest.fixture
def found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    differences = pd.DataFrame(
        {
            "method": ["hybrid", "topics", "bands"],
            "best": "hybrid",
            "difference": [0.0, -0.001, -0.2],
            "low": [0.0, -0.004, -0.25],
            "high": [0.0, 0.002, -0.15],
        }
    )
    ranking = pd.DataFrame(
        {"method": ["hybrid", "topics"], "mean_rank": [1.2, 1.8], "first": [0.9, 0.1]}
    )
    levels = product((0.6, 1.0), (0.3, 1.0), (0.05, 0.3), (0.4, 0.8))
    leads = pd.DataFrame(levels, columns=["separation", "activity", "noise", "rule_quality"])
    leads = leads.assign(lead=[0.1] * 12 + [-0.1] * 4, broken="")
    return Approach(
        {
            **dict.fromkeys(_PARTS),
            "foretold": Result({"differences": differences}),
            "ranked": Result({"ranking": ranking}),
            "charted": Result({"leads": leads}),
        },
        is_sample=True,
    )


def test_figures_say_what_is_to_be_seen(found):
    shown = approach_figures.differences(found).data
    assert "Unseen labels are foretold best by hybrid; not told apart: topics" in shown
    assert "weightings of the criteria: hybrid" in approach_figures.weights(found).data
    assert "ahead in 75 % of the cells" in approach_figures.phase_map(found).data


def test_without_results_figures_say_so():
    nothing = Approach(dict.fromkeys(_PARTS), is_sample=True)
    for figure in ("differences", "weights", "phase_map"):
        shown = getattr(approach_figures, figure)(nothing).data
        assert shown == pieces.nothing(approach_figures.NOTHING).data


def test_samples_of_other_seeds_are_summed_up():
    rows = pd.DataFrame(
        {
            "world": "calibrated",
            "labels": "all labels",
            "adjusted_rand": [0.96, 0.98],
            "below": [0.01, -0.01],
            "smallest_named_f1": [0.93, 0.95],
            "calibration_error": [0.004, 0.012],
            "membership_jaccard": [0.95, 0.96],
            "discovered": [0.98, 0.4],
        }
    )
    html = approach_studies.recovery_table(rows).as_raw_html()
    assert "0.970 (0.960 to 0.980)" in html.replace("\N{NO-BREAK SPACE}", " ")
    assert "1 of 2" in html
    assert "0.012" in html
    assert "Not measured" in approach_studies.recovery_table(None).as_raw_html()


def test_tuning_shows_what_was_chosen():
    rows = pd.DataFrame(
        {
            "method": "hybrid",
            "settings": [{}, {"least_t": 2.0}],
            "held_out": [0.05, 0.06],
            "stability": [0.9, 0.95],
            "covered": [1.0, 0.98],
            "chosen": [False, True],
        }
    )
    html = approach_studies.tuning_table(rows).as_raw_html()
    assert "least t 2<" in html
    assert "0.0600" in html
