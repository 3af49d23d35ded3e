"""Correspondence analysis from cross-products summed in the warehouse, here and in Snowflake."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import extracts
from analysis.contingency.ca_bootstrap import CrossProductBlocks, bootstrap_axes
from analysis.extracts.refresh import refresh
from analysis.findings import products, wardrobe
from analysis.findings.step import Inputs
from analysis.warehouse.duckdb_file import DuckDBFile
from tests.warehouse.small import PARAMETERS

VALUES = PARAMETERS | {"coreset": 50}
"""Fewer authors are drawn than there are, so that the warehouse sums over all of them."""
NEEDS = (*wardrobe.NEEDS, "label_products")


@pytest.fixture(scope="module")
def file(small):
    source = DuckDBFile(small)
    yield source
    source.close()


def inputs(source: Any, values: dict[str, Any]) -> Inputs:
    return Inputs(0, {name: extracts.get(name).run(source, values).table for name in NEEDS}, {})


@pytest.fixture(scope="module")
def summed(file, monkeypatch_module):
    """Products that the warehouse summed over all authors."""
    monkeypatch_module.setattr(products, "BLOCKS", VALUES["blocks"])
    return products.products_of_labels(inputs(file, VALUES))


@pytest.fixture(scope="module")
def fetched(file, monkeypatch_module):
    """Products summed here, from the counts of all authors."""
    monkeypatch_module.setattr(products, "FEWEST", VALUES["fewest"])
    return products.products_of_labels(inputs(file, PARAMETERS))


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def test_snowflake_sums_the_same_products(snowflake, file):
    extract = extracts.get("label_products")
    here, there = (extract.run(source, VALUES).table.to_pandas() for source in (file, snowflake))
    keys = ["BLOCK", "LABEL_A", "LABEL_B"]
    assert len(here)
    pd.testing.assert_frame_equal(there[keys], here[keys])
    np.testing.assert_allclose(there["PRODUCT"], here["PRODUCT"], rtol=0, atol=1e-11)


def test_nothing_is_summed_where_all_authors_are_drawn(file):
    assert extracts.get("label_products").run(file, PARAMETERS).table.num_rows == 0


def test_products_from_the_warehouse_are_those_of_all_authors(summed, fetched):
    """Bands, rare labels and spellings of brands included."""
    ours, theirs = (blocks.weighted(np.ones(len(blocks.totals))) for blocks in (summed, fetched))
    order = [theirs.labels.index(label) for label in ours.labels]
    assert set(ours.labels) == set(theirs.labels)
    assert {"mainstream", "edgy"} < {
        name for name, spans in zip(ours.labels, ours.active, strict=True) if not spans
    }
    np.testing.assert_array_equal(ours.active, theirs.active[order])
    np.testing.assert_allclose(ours.totals, theirs.totals[order], atol=1e-9)
    spans = ours.active
    np.testing.assert_allclose(
        ours.matrix[:, spans], theirs.matrix[np.ix_(order, order)][:, spans], atol=1e-9
    )


def test_axes_and_errors_are_those_of_all_authors(summed, fetched):
    ours = bootstrap_axes(summed, 3, replicates=200, seed=1)
    theirs = bootstrap_axes(fetched, 3, replicates=200, seed=1)
    np.testing.assert_allclose(ours.fit.eigenvalues, theirs.fit.eigenvalues, rtol=1e-8)
    own, other = (np.nanstd(found.eigenvalues, axis=0) for found in (ours, theirs))
    assert np.all(own < 3 * other)
    assert np.all(other < 3 * own)


def test_pairs_outside_the_blocks_are_refused(file):
    pairs = extracts.get("label_products").run(file, VALUES).table.to_pandas()
    with pytest.raises(ValueError, match="do not fit 2 blocks"):
        CrossProductBlocks.from_long(pairs, tuple("abc"), n_blocks=2)


def test_weeks_are_the_same_in_snowflake(snowflake, file):
    here, there = refresh(file, VALUES), refresh(snowflake, VALUES)
    assert there.state.equals(here.state)
    assert there.counts.equals(here.counts)
