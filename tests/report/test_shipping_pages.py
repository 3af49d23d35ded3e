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


def fitted() -> Result:
    values = {
        "method": "hybrid",
        "version": "1-abc",
        "authors": 1_000,
        "abstains": 150,
        "several": 30,
        "labels": 12,
        "scoring": "SELECT 1" * 1_000,
        "data_from": "2023-01-01",
        "data_to": "2025-01-19",
    }
    return Result(values=values)


def test_what_is_ready_is_counted_without_those_left_out() -> None:
    answer = production_tables.answer(fitted(), watched("no"))
    assert "version 1-abc assigns 850 of 1,000 accounts by one query of 8 kB" in answer
    assert answer.endswith("Moved? No (0.180 index, adjusted p 0.001). Because.")
    page = production_tables.facts(fitted()).as_raw_html()
    assert "1 January 2023 to 19 January 2025" in page
    assert "850 or more" in page


def test_segments_are_told_with_their_share_of_the_index() -> None:
    page = production_tables.flows(DRIFT).as_raw_html()
    assert "56\N{NO-BREAK SPACE}%" in page  # 0.1 of 0.18
    assert "44\N{NO-BREAK SPACE}%" in page
    assert "no segment" not in page


def test_pairs_are_told_surest_first_and_candidates_are_new() -> None:
    found = pd.DataFrame(
        {
            "first": ["item/coat", "item/skirt", "item/top"],
            "second": ["pattern/fur", "pattern/leather", "pattern/dots"],
            "authors": [360, 41, 9],
            "expected": [146.2, 13.1, 12.0],
            "lift": [2.46, 3.09, 0.7],
            "low": [2.28, 2.40, 0.5],
            "high": [2.66, 3.97, 0.9],
            "q": [0.0001, 0.02, 0.5],
            "followed": [True, False, False],
        }
    )
    page = idea_tables.pairs(found).as_raw_html()
    assert 0 < page.index("skirt, leather") < page.index("coat, fur")
    assert "top, dots" not in page
    together = Result({"pairs": found})
    assert idea_tables.new_pairs(together) == "Candidates for new trends: skirt with leather."
    none = Result({"pairs": found.assign(followed=True)})
    assert idea_tables.new_pairs(none) == "It proposes no new trend."
