from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from analysis.findings.every_way import bands_in_every_way
from analysis.findings.step import Inputs, Result
from analysis.prepare import Run
from analysis.report import every_way_tables
from analysis.settings import Settings
from analysis.study import Study

NAMES = ("author_features", "author_label_counts", "label_vocabulary")


@pytest.fixture(scope="module")
def inputs(prepared: tuple[Settings, Run]) -> Inputs:
    study = Study.open(prepared[0])
    return Inputs(2025, {name: study._entry(name)[1].tables[name] for name in NAMES}, {})


@pytest.fixture(scope="module")
def result(inputs: Inputs) -> Result:
    return Result.from_entry(bands_in_every_way(inputs).to_entry())


def test_naive_tests_see_far_more_than_authors_do(result: Result) -> None:
    p = result.tables["tests"].set_index(["test", "unit"])["p_value"]
    assert p["Pearson", "label rows"] < 1e-10
    assert p["permutation", "authors of like activity"] > p["Pearson", "label rows"]
    claim = result.claim("validation.clustering")
    assert claim.verdict == "no"
    assert claim.estimate is not None
    assert claim.estimate > 1.5
    measures = result.tables["measures"].set_index("measure")["value"]
    assert measures["Cramér's V, centred"] < measures["Cramér's V"]


def test_bands_are_compared_at_equal_coverage(result: Result) -> None:
    bands = result.tables["bands"]
    assert (bands["labels_equal"] <= bands["labels"] + 1e-9).all()
    assert np.ptp(bands["coverage"]) < 0.01
    assert bands["gini_capped"].between(bands["low"], bands["high"]).all()


def test_tables_and_sentences_can_be_printed(result: Result) -> None:
    for name in ("tests", "measures", "labels", "bands"):
        table = getattr(every_way_tables, name)(result.tables[name])
        assert "<table" in table.as_raw_html()
    for say, name in (
        (every_way_tables.labels_answer, "labels"),
        (every_way_tables.axes_answer, "axes"),
        (every_way_tables.attributes_answer, "attributes"),
        (every_way_tables.numbers_answer, "numbers"),
    ):
        assert say(result.tables[name]).endswith(".")


def test_one_band_is_answered_in_words(inputs: Inputs) -> None:
    features = inputs.extract("author_features").assign(BAND="mainstream")
    found = bands_in_every_way(
        Inputs(2025, {**inputs.extracts, "author_features": pa.Table.from_pandas(features)}, {})
    )
    assert found.claims[0].verdict == "cannot be answered"
    assert found.tables == {}
