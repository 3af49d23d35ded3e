"""The ideas that were tried: trends that are followed come out of mining; odd sources say why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis import extracts
from analysis.claims import Claim
from analysis.findings import ideas
from analysis.findings.step import Inputs, Result
from analysis.report import idea_tables
from analysis.warehouse.duckdb_file import DuckDBFile
from tests.warehouse.small import PARAMETERS

NAMES = ("item_labels", "label_vocabulary", "box_matching")


@pytest.fixture(scope="module")
def inputs(small_sample: Path) -> Inputs:
    source = DuckDBFile(small_sample, threads=1)
    found = {name: extracts.get(name).run(source, PARAMETERS).table for name in NAMES}
    source.close()
    return Inputs(1, found, {})


def test_what_sits_together_is_what_is_followed(inputs: Inputs) -> None:
    found = ideas.together(inputs)
    table = found.tables["pairs"]
    strong = table[(table["low"] >= ideas.STRONG) & (table["q"] < 0.05)]
    assert strong["followed"].sum() >= 3
    assert found.values["strong"] == len(strong)
    assert found.claim("ideas.together").estimate == (~strong["followed"]).sum()
    assert Result.from_entry(found.to_entry()).values == found.values


def test_boxes_that_tell_no_items_and_few_authors_are_answered_in_words(inputs: Inputs) -> None:
    boxes = inputs.extracts["box_matching"].to_pandas().assign(N_WITH_OBJECT=0)
    apart = Inputs(1, {**inputs.extracts, "box_matching": pa.Table.from_pandas(boxes)}, {})
    few = Inputs(1, {**inputs.extracts, "item_labels": inputs.extracts["item_labels"][:40]}, {})
    for case, words in ((apart, "do not share"), (few, "too few")):
        (claim,) = ideas.together(case).claims
        assert claim.verdict == "cannot be answered"
        assert words in claim.reason


def test_without_segments_nobody_is_asked(inputs: Inputs) -> None:
    refused = Result(claims=(Claim.unanswerable("segmentation.hybrid", "?", "too few to segment"),))
    given = Inputs(1, inputs.extracts, {"segmentation.hybrid": refused})
    (claim,) = ideas.asking(given).claims
    assert claim.verdict == "cannot be answered"
    assert "oo few to segment" in claim.reason


def test_too_small_a_part_is_answered_in_words(small_sample: Path) -> None:
    source = DuckDBFile(small_sample, threads=1)
    needs = ideas.NEEDS
    found = {name: extracts.get(name).run(source, PARAMETERS).table for name in needs}
    source.close()
    features = found["author_features"].to_pandas().query("IN_AUTHORS")
    authors = pd.DataFrame(
        {
            "author_index": features["AUTHOR_INDEX"],
            "segment": ["one", "two"] * (len(features) // 2) + ["one"] * (len(features) % 2),
            "probability": 1.0,
            "second": "",
            "abstains": False,
        }
    )
    given = Inputs(1, found, {"segmentation.hybrid": Result({"authors": authors})})
    (claim,) = ideas.asking(given).claims
    assert "too few to label" in claim.reason


def test_segments_sharpen_hand_labels_as_far_as_they_are_right() -> None:
    codes = np.repeat([0, 1, 2], [1200, 600, 200])
    styles = pd.Index(["one", "two", "three"])
    good, poor = (
        ideas._shares(codes, np.full(len(codes), sure), styles, seed=3).set_index("style")
        for sure in (0.95, 0.4)
    )
    assert good.loc["one", "worth"] > 2
    assert poor["worth"].max() < good["worth"].min()
    assert good["worth"].min() >= 1 - 1e-9
    # a person who is right 19 times of 20 calls 58 % one, whatever the segments say
    assert good.loc["one", "low"] < 0.95 * 0.6 + 0.05 * 0.5 * 0.4 < good.loc["one", "high"]
    assert "each is worth" in idea_tables.sharpened(Result({"shares": good.reset_index()}))
    assert idea_tables.sharpened(Result()) == ""
