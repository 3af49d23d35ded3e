from __future__ import annotations

import numpy as np
import pytest

from analysis.warehouse.cost import Shape, estimate, inputs

SHAPE = Shape(labels=800, posts=110, pairs=460, cells=70, products=4000, vocabulary=245)


def test_rows_and_credits_grow_with_the_authors_and_the_answer_does_not():
    small, large = (estimate(SHAPE, n, inputs(), kinds=300) for n in (10**7, 10**9))
    np.testing.assert_allclose(large["rows"] / small["rows"], 100)
    np.testing.assert_allclose(large["credits"] / small["credits"], 100)
    assert large["answer"].equals(small["answer"])
    assert large["answer"].max() == 512 * 245 * 246 / 2


def test_a_week_reads_its_part_and_prunes_the_rest():
    found = estimate(SHAPE, 10**7, inputs(), kinds=300).set_index("query")
    whole, week = found.iloc[0], found.iloc[1]
    assert week["pruned"] == pytest.approx(whole["partitions"] * 106 / 107, rel=1e-3)
    assert week["bytes"] < 0.1 * whole["bytes"]
    assert week["credits"] < 0.15 * whole["credits"]


def test_the_least_that_is_billed_is_a_minute():
    given = inputs()
    np.testing.assert_allclose(estimate(SHAPE, 1, given, kinds=300)["credits"], 1 / 60)
    given["warehouse"]["credits_per_hour"] = 8.0
    np.testing.assert_allclose(estimate(SHAPE, 1, given, kinds=300)["credits"], 8 / 60)


def test_scoring_costs_in_proportion_to_the_kinds():
    few, many = (estimate(SHAPE, 10**9, inputs(), kinds=n).set_index("query") for n in (9, 270))
    assert many["rows"].iloc[-1] == 30 * few["rows"].iloc[-1]
    assert many["rows"].iloc[:-1].equals(few["rows"].iloc[:-1])


def test_no_author_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        estimate(SHAPE, 0, inputs(), kinds=300)
