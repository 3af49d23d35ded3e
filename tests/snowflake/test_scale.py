"""Correspondence analysis from cross-products summed in the warehouse, here and in Snowflake."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import extracts
from analysis.contingency.ca_bootstrap import CrossProductBlocks, bootstrap_axes
from analysis.contingency.correspondence import correspondence_analysis
from analysis.contingency.counts import AuthorLabelCounts
from analysis.extracts.refresh import refresh
from analysis.resources import sql_file
from analysis.warehouse.batches import frame
from analysis.warehouse.duckdb_file import DuckDBFile
from tests.warehouse.small import PARAMETERS

BLOCKS, DAMPING = 16, 300.0
VALUES = PARAMETERS | {"blocks": BLOCKS, "damping": DAMPING}


@pytest.fixture(scope="module")
def file(small):
    source = DuckDBFile(small)
    yield source
    source.close()


@pytest.fixture(scope="module")
def counts(file):
    """Counts of the authors of the mart by label, fetched."""
    long = frame(extracts.get("author_label_counts").run(file, VALUES).table)
    long["N_IMAGES"] = long["N_IMAGES_1"] + long["N_IMAGES_2"]
    long = long.assign(LABEL=long["LABEL_INDEX"].map("{:03d}".format))
    return AuthorLabelCounts.from_long(long, count="N_IMAGES")


def products(source: Any) -> pd.DataFrame:
    extract = extracts.read(sql_file("scale", "label_products.sql"))
    frame: pd.DataFrame = extract.run(source, VALUES).table.to_pandas()
    return frame


def blocks(source: Any, counts: AuthorLabelCounts) -> CrossProductBlocks:
    return CrossProductBlocks.from_long(products(source), counts.labels, n_blocks=BLOCKS)


def test_snowflake_sums_the_same_products(snowflake, file):
    here, there = products(file), products(snowflake)
    keys = ["BLOCK", "LABEL_A", "LABEL_B"]
    pd.testing.assert_frame_equal(there[keys], here[keys])
    np.testing.assert_allclose(there["PRODUCT"], here["PRODUCT"], rtol=1e-12)


def test_axes_from_the_warehouse_are_those_of_the_fetched_table(snowflake, counts):
    whole = blocks(snowflake, counts).weighted(np.ones(BLOCKS))
    fetched = correspondence_analysis(counts, 4, damping=DAMPING)
    found = bootstrap_axes(blocks(snowflake, counts), 4, replicates=50).fit
    np.testing.assert_allclose(found.eigenvalues, fetched.eigenvalues, rtol=1e-8)
    np.testing.assert_allclose(
        np.abs(found.columns.coordinates), np.abs(fetched.columns.coordinates), atol=1e-7
    )
    assert whole.totals.sum() == pytest.approx(counts.damped(DAMPING).sum())


def test_replicates_by_block_are_those_of_the_fetched_table(file, counts):
    ours = bootstrap_axes(blocks(file, counts), 3, replicates=200, seed=1)
    theirs = bootstrap_axes(
        CrossProductBlocks.of(counts, n_blocks=BLOCKS, damping=DAMPING), 3, replicates=200, seed=1
    )
    own, other = (np.nanstd(found.eigenvalues, axis=0) for found in (ours, theirs))
    assert np.all(own < 3 * other)
    assert np.all(other < 3 * own)


def test_pairs_outside_the_blocks_are_refused(file, counts):
    with pytest.raises(ValueError, match="do not fit 2 blocks"):
        CrossProductBlocks.from_long(products(file), counts.labels, n_blocks=2)


def test_weeks_are_the_same_in_snowflake(snowflake, file):
    here, there = refresh(file, VALUES), refresh(snowflake, VALUES)
    assert there.state.equals(here.state)
    assert there.counts.equals(here.counts)
