"""The model card says what a segmentation is, and warns where its figures do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.segmentations.modelcard import ModelCard


@pytest.fixture
def card() -> ModelCard:
    segments = pd.DataFrame(
        {
            "segment": ["luxury", "proposal 1"],
            "kind": ["named", "proposed"],
            "authors": [60, 20],
            "share": [0.6, 0.2],
            "words": ["Great houses | and others.", "For a person to name."],
            "labels": ["bag_brand/x", ""],
        }
    )
    scores = pd.DataFrame(
        {
            "criterion": ["distinct", "stable"],
            "measure": ["V", "Jaccard"],
            "estimate": [0.2, np.nan],
            "low": [0.1, np.nan],
            "high": [0.3, np.nan],
            "threshold": [0.05, np.nan],
            "verdict": ["pass", "not measured"],
            "most": [False, False],
        }
    )
    verdicts = pd.DataFrame(
        {"criterion": ["distinct", "stable"], "verdict": ["pass", "not measured"]}
    )
    return ModelCard(
        "topics (NMF) + kmeans",
        "1-abc",
        "style",
        {"kind": "duckdb", "name": "x.duckdb", "as_of": "2025-01-06", "is_sample": False},
        {
            "from": "2023-01-01",
            "to": "2025-01-05",
            "authors": 100,
            "labelled": 90,
            "labels": 40,
            "abstains": 20,
            "several": 3,
        },
        {"components": 18, "bic": 1.5},
        segments,
        scores,
        verdicts,
        {
            "index": 0.01,
            "index_interval": [0.0, 0.02],
            "index_limit": 0.03,
            "changed": 0.1,
            "usual": None,
            "changed_limit": None,
        },
        "no closed form in SQL.",
        False,
        True,
        {"author-panels": "0.1.0"},
    )


def test_both_forms_hold_the_same_and_read_back(card: ModelCard, tmp_path: Path) -> None:
    text, data = card.write(tmp_path / "new")
    assert [text.name, data.name] == [
        "model-card-topics-nmf-kmeans.md",
        "model-card-topics-nmf-kmeans.json",
    ]
    facts = json.loads(data.read_text())
    assert facts["scorecard"][1]["estimate"] is None
    assert facts["segments"][0]["share"] == 0.6
    for limit in facts["limits"]:
        assert f"- {limit}" in text.read_text()
    # a cell cannot end its column
    assert "Great houses / and others." in text.read_text()


def test_limits_follow_the_figures(card: ModelCard) -> None:
    words = " ".join(card.limits)
    assert "20 accounts (20.0 %)" in words
    assert "proposal 1" in words
    assert "Not measured: stable." in words
    assert "Cannot be scored in the warehouse: no closed form in SQL." in words
    assert "sample" not in words
    assert "probabilities" not in words
    good = replace(card, has_query=True, scoring="SELECT 1", source={**card.source, "kind": "x"})
    assert not any("warehouse" in limit for limit in good.limits)
    assert good.as_dict()["scoring_query"] == "SELECT 1"
    bare = replace(card, verdicts=None, scores=None, monitoring={}, probabilities=False)
    words = " ".join(bare.limits)
    assert "Not judged" in words
    assert "no probabilities" in words
    assert "Not judged." in bare.markdown()
    generated = replace(card, source={**card.source, "is_sample": True})
    assert "generated sample" in generated.limits[0]
