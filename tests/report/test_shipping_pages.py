"""What the chapters on production and further ideas say follows the figures, and copes without."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from analysis.claims import Claim
from analysis.findings.step import Result
from analysis.report import idea_tables, pieces, production_tables

REFUSED = Result(claims=(Claim.unanswerable("x", "Is there anything?", "9 authors are too few"),))
DRIFT = pd.DataFrame(
    {
        "segment": ["luxury", "sport", "none"],
        "before": [50, 40, 0],
        "after": [30, 60, 0],
        "share_before": [0.5, 0.4, 0.0],
        "share_after": [0.3, 0.6, 0.0],
        "difference": [-0.2, 0.2, 0.0],
        "low": [-0.3, 0.1, 0.0],
        "high": [-0.1, 0.3, 0.0],
        "contribution": [0.1, 0.08, 0.0],
        "kept": [0.5, 0.9, float("nan")],
    }
)


def watched(verdict: str) -> Result:
    values = {
        "index": 0.18,
        "index_interval": [0.0, 0.02],
        "index_limit": 0.03,
        "changed": 0.2,
        "usual": None,
        "changed_limit": None,
    }
    claim = Claim("production.moved", "Moved?", 0.18, "index", None, 0.001, verdict, "Because.")  # type: ignore[arg-type]
    return Result({"drift": DRIFT}, values, (claim,))


def test_the_title_follows_the_verdict_and_missing_limits_are_dashes() -> None:
    assert "moved" in production_tables.differences_title(watched("yes"))
    assert "still" in production_tables.differences_title(watched("no"))
    page = production_tables.limits(watched("yes")).as_raw_html()
    assert "0.1800" in page
    assert "–" in page
    assert production_tables.alarm_words(Result()) == ""
    assert "Of 100 comparisons" in production_tables.alarm_words(Result({}, {"alarm": 0.01}))
    frame = production_tables.differences(DRIFT)
    assert frame["name"].tolist() == ["luxury", "sport"]  # nobody is in none
    assert "20.0 points" in production_tables.describe_differences(frame)


def test_a_source_without_segments_is_answered_with_the_reason() -> None:
    assert production_tables.answer(REFUSED, REFUSED) == "9 authors are too few."
    assert idea_tables.mined(REFUSED) == idea_tables.needed(REFUSED) == "9 authors are too few."
    assert idea_tables.new_pairs(REFUSED) == ""


def test_labels_that_do_not_suffice_are_said_so() -> None:
    values = {
        "precision": 0.8,
        "styles": 3,
        "most": 390,
        "until": {"at random": None, "least sure": 120},
    }
    said = idea_tables.needed(Result(values=values))
    assert "asking at random does not get there with 390 labels" in said
    assert "asking about those it is least sure of takes 120 labels" in said


def test_ways_of_asking_are_compared_where_they_differ_most() -> None:
    curves = pd.DataFrame(
        {
            "labels": [30, 90, 390] * 2,
            "strategy": ["at random"] * 3 + ["least sure"] * 3,
            "precision": [0.6, 0.88, 0.95, 0.6, 0.93, 0.96],
        }
    )
    said = idea_tables.furthest(Result({"curves": curves})).replace("\N{NO-BREAK SPACE}", " ")
    assert said.startswith("They lie furthest apart with 90 labels: 88 % asking at random and 93 %")
    assert idea_tables.furthest(REFUSED) == ""


def test_a_download_is_a_file_and_a_link_for_pages_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(pieces.FOLDER_VARIABLE, str(tmp_path))
    made = pieces.download('{"a": 1}', "card.json", "Card")
    assert json.loads((tmp_path / "card.json").read_text()) == {"a": 1}
    assert 'when-format="html"' in made.data
    assert "[Card](/chapters/figures/card.json)" in made.data
