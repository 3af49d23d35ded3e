"""Every planted bias is found, and its correction holds what was planted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis import extracts
from analysis.evaluation import biases as planted
from analysis.findings import bias_estimates
from analysis.findings.step import Inputs, Result
from analysis.report import bias_tables
from analysis.warehouse.connect import open_source
from analysis.warehouse.sample_file import ensure_sample

NAMES = ("author_features", "author_label_counts", "label_vocabulary", "author_halves", "dirt")
PARAMETERS = {"pseudonym_key": "k", "coreset": 40_000}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    path: Path = tmp_path_factory.mktemp("biased") / "sample.duckdb"
    ensure_sample(path, seed=2025, world="calibrated", scale=0.15)
    source = open_source(str(path), sample_file=path)
    tables = {name: extracts.get(name).run(source, PARAMETERS).table for name in NAMES}
    source.close()
    frames = {
        bias_estimates.MARGINS: planted.population_margins(path),
        bias_estimates.AUDIT: planted.simulated_audit(path),
        bias_estimates.PLANTED: planted.planted_sizes(
            path, tables["author_features"].to_pandas(), tables["dirt"].to_pandas(), "k"
        ),
    }
    tables |= {name: pa.Table.from_pandas(frame) for name, frame in frames.items()}
    return Inputs(2025, tables, {})


@pytest.fixture(scope="module")
def results(inputs: Inputs) -> dict[str, Result]:
    found: dict[str, Result] = {}
    for step in bias_estimates.STEPS:
        given = Inputs(inputs.seed, inputs.extracts, found)
        found[step.name] = Result.from_entry(step.compute(given).to_entry())
    return found


def test_every_interval_holds_what_was_planted(results: dict[str, Result]) -> None:
    table = results["biases.planted"].tables["compared"]
    assert table["holds"].all(), table.loc[~table["holds"], ["bias", "planted", "corrected"]]
    assert {"look_ahead", "sellers", "likes", "population", "detectors"} <= set(table["bias"])
    assert results["biases.planted"].values == {"biases": len(table), "held": len(table)}


def test_corrections_remove_most_of_a_bias_that_is_large(results: dict[str, Result]) -> None:
    table = results["biases.planted"].tables["compared"].set_index("bias")
    for bias in ("look_ahead", "sellers", "likes", "engagement", "population", "duplicates"):
        assert abs(table.loc[bias, "left"]) < abs(table.loc[bias, "before"]) / 2, bias


def test_the_panel_is_moved_to_the_margins(results: dict[str, Result], inputs: Inputs) -> None:
    bands = results["biases.population"].tables["bands"].set_index("band")
    assert bands["population"].sum() == pytest.approx(1.0)
    assert bands.loc["edgy", "panel"] > 2 * bands.loc["edgy", "population"]
    reached = results["biases.population"].values["reached"]
    margins = inputs.extract(bias_estimates.MARGINS)
    assert reached == pytest.approx(margins.loc[margins["ZONE"] == "us", "SHARE"].sum())


def test_ways_of_weighting_agree_and_cost_accounts(results: dict[str, Result]) -> None:
    ways = results["biases.population"].tables["ways"].set_index("way")
    assert len(ways) == 5
    plain, weighted = ways.iloc[0], ways.iloc[1:]
    assert (weighted["effective"] < plain["effective"]).all()
    assert np.ptp(weighted["share"]) < abs(weighted["share"] - plain["share"]).max()
    assert weighted["share"].between(weighted["low"], weighted["high"]).all()
    words = bias_tables.ways_words(results["biases.population"])
    assert "raked and trimmed" in words


def _changed(inputs: Inputs, name: str, frame: pd.DataFrame) -> Inputs:
    tables = inputs.extracts | {name: pa.Table.from_pandas(frame, preserve_index=False)}
    return Inputs(inputs.seed, tables, {})


def test_what_a_source_lacks_is_said_in_words(inputs: Inputs) -> None:
    features = inputs.extract("author_features")
    bare = features.assign(
        FLAG=pd.Series(None, index=features.index, dtype="boolean"),
        BAND="mainstream",
        FOLLOWERS_AUTHORS=500.0,
        FOLLOWERS_SEGMENTATIONS=500.0,
    )
    given = _changed(inputs, "author_features", bare)
    one = inputs.extract("author_halves")
    given = _changed(given, "author_halves", one[one["HALF"] == 1])
    found = bias_estimates.insights(given).tables["insights"].set_index("bias")
    for bias in ("look_ahead", "missing_edgy", "activity", "like_active", "handpicked"):
        assert np.isnan(found.loc[bias, "corrected"]), bias
        assert "too few" in found.loc[bias, "reason"], bias
    assert np.isfinite(found.loc["sellers", "corrected"])


def test_accounts_of_a_band_without_users_stand_for_nobody(inputs: Inputs) -> None:
    margins = inputs.extract(bias_estimates.MARGINS)
    margins.loc[margins["BAND"] == "edgy", "SHARE"] = 0.0
    margins["SHARE"] /= margins["SHARE"].sum()
    found = bias_estimates.population(_changed(inputs, bias_estimates.MARGINS, margins))
    others = _changed(inputs, bias_estimates.MARGINS, margins[margins["SHARE"] > 0])
    assert np.isfinite(found.tables["insights"]["corrected"].iloc[0])
    assert found.tables["ways"].equals(bias_estimates.population(others).tables["ways"])


def test_margins_of_another_zone_and_audits_of_other_labels_say_so(inputs: Inputs) -> None:
    margins = inputs.extract(bias_estimates.MARGINS).assign(ZONE="nowhere")
    found = bias_estimates.population(_changed(inputs, bias_estimates.MARGINS, margins))
    assert "no zone and band" in found.tables["insights"]["reason"].iloc[0]
    assert found.values["reached"] == 0
    assert bias_tables.ways_words(found) == ""
    assert Result.from_entry(found.to_entry()).tables["ways"].empty  # the cache can hold it
    audit = inputs.extract(bias_estimates.AUDIT).assign(LABEL_NAME="unheard of")
    found = bias_estimates.detectors(_changed(inputs, bias_estimates.AUDIT, audit))
    assert "No label of the audit" in found.tables["insights"]["reason"].iloc[0]
