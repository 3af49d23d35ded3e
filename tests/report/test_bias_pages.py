"""What the chapter on biases prints is true of the frames, with and without a planted truth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.claims import Claim
from analysis.findings.bias_estimates import COLUMNS
from analysis.findings.step import Result
from analysis.report import bias_tables as tables


def _insights() -> pd.DataFrame:
    rows = [
        ("sellers", "", "accounts", "%", 0.0, 0.0, 0.0, 3.0, 2.5, 3.5, "Leave out.", ""),
        ("likes", "", "posts", "%", 16.0, 15.0, 17.0, 7.4, 7.0, 8.0, "See others.", ""),
        ("reposts", "", "images", "images", 101.0, 101.0, 101.0, 100.0, 100.0, 100.0, "Once.", ""),
        ("look_ahead", "", "", "", *([np.nan] * 6), "", "There is no second half."),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_an_insight_is_printed_with_its_interval_and_counts_without() -> None:
    html = tables.insights(_insights()).as_raw_html()
    assert "7.40 (7\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}8)" in html
    assert ">100<" in html
    assert "nan" not in html
    assert "likes" not in tables.unanswered(_insights())
    assert "posts of years: there is no second half." in tables.unanswered(_insights())
    assert tables.unanswered(_insights().head(3)) == ""
    assert "posts, 16 instead of 7.40 %" in tables.headline(_insights())


def test_the_truth_is_told_where_there_is_one() -> None:
    assert tables.truth_section(None).data == ""
    compared = _insights().head(3).assign(planted=[3.0, 9.0, 100.0], how="")
    compared["before"] = compared["uncorrected"] - compared["planted"]
    compared["left"] = compared["corrected"] - compared["planted"]
    compared["holds"] = [True, False, True]
    text = tables.truth_section(Result({"compared": compared})).data
    assert "holds the planted value for 2" in text
    assert "Not held: likes of zero." in text
    assert "−1.60" in text


def test_what_nobody_gave_is_asked_for() -> None:
    assert "data/margins.toml" in tables.population_words(None)
    assert "data/audit.csv" in tables.audit_words(None)
    bands = pd.DataFrame({"band": ["edgy"], "panel": [0.05], "population": [0.01]})
    words = tables.population_words(Result({"bands": bands}, {"reached": 0.14}))
    assert "14\N{NO-BREAK SPACE}%" in words
    assert "5.0\N{NO-BREAK SPACE}% of the panel and 1.0\N{NO-BREAK SPACE}%" in words


def test_overlap_follows_its_claim() -> None:
    claim = Claim("x", "?", 9.0, "accounts", None, None, "undecided", "Because.")
    assert "few" in tables.overlap_title(claim)
    scores = pd.DataFrame(
        {
            "group": ["others", "hand-picked"],
            "score": [1.0, 4.0],
            "share": [1.0, 1.0],
            "low": [0.9, 0.8],
            "high": [1.0, 1.0],
        }
    )
    assert "hand-picked 4.0 %" in tables.describe_overlap(scores)
    assert tables.overlap_scores(scores)["percent"].tolist() == [100.0, 100.0]
