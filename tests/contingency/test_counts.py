"""Author x label counts: building, selecting, dropping, damping, summing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis.contingency.counts import (
    AuthorLabelCounts,
    Grouping,
    as_sparse,
    contingency_table,
    damping_factors,
)

LONG = pd.DataFrame(
    {
        "AUTHOR_INDEX": [7, 7, 3, 9, 9],
        "LABEL": ["b", "a", "a", "c", "c"],
        "N": [2, 1, 4, 1, 2],
    }
)


@pytest.mark.parametrize("table", [LONG, pa.Table.from_pandas(LONG)], ids=["pandas", "arrow"])
def test_from_long_sums_and_sorts(table: object) -> None:
    counts = AuthorLabelCounts.from_long(table, weights=pd.Series({3: 0.5, 7: 1.0, 9: 2.0}))
    np.testing.assert_array_equal(counts.authors, [3, 7, 9])
    assert counts.labels == ("a", "b", "c")
    np.testing.assert_array_equal(counts.matrix.toarray(), [[4, 0, 0], [1, 2, 0], [0, 0, 3]])
    np.testing.assert_array_equal(counts.weights, [0.5, 1, 2])
    np.testing.assert_array_equal(counts.totals, [4, 3, 3])
    np.testing.assert_array_equal(counts.authors_by_label, [2, 1, 1])
    assert counts.summary()["counts"] == 10


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"LABEL": ["b", "a", None, "c", "c"]}, "nulls"),
        ({"N": [2, -1, 4, 1, 2]}, "negative"),
        ({"N": [2, 1, np.inf, 1, 2]}, "missing counts"),
    ],
)
def test_bad_long_tables_are_named(change: dict[str, list[object]], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        AuthorLabelCounts.from_long(LONG.assign(**change))


def test_bad_shapes_names_and_weights_are_named() -> None:
    matrix = as_sparse(np.ones((2, 2)))
    with pytest.raises(ValueError, match="shape"):
        AuthorLabelCounts(matrix, np.arange(3), ("a", "b"))
    with pytest.raises(ValueError, match="labels repeat"):
        AuthorLabelCounts(matrix, np.arange(2), ("a", "a"))
    with pytest.raises(ValueError, match="authors repeat"):
        AuthorLabelCounts(matrix, np.zeros(2), ("a", "b"))
    with pytest.raises(ValueError, match="weights"):
        AuthorLabelCounts(matrix, np.arange(2), ("a", "b"), np.array([1.0, -1.0]))
    with pytest.raises(ValueError, match="weights lack 1"):
        AuthorLabelCounts.from_long(LONG, weights=pd.Series({3: 1.0, 7: 1.0}))
    with pytest.raises(ValueError, match="lacks"):
        AuthorLabelCounts.from_long(LONG.drop(columns="N"))
    with pytest.raises(ValueError, match="not among"):
        AuthorLabelCounts.from_long(LONG).select_labels(["a", "z"])


def test_empty_rows_and_columns_are_dropped_by_name_and_counted() -> None:
    wide = pd.DataFrame([[1, 0, 2], [0, 0, 0], [3, 0, 0]], columns=["a", "b", "c"])
    counts = AuthorLabelCounts.from_wide(wide).without_empty()
    assert counts.labels == ("a", "c")
    assert counts.dropped_labels == ("b",)
    assert counts.dropped_authors == 1
    np.testing.assert_array_equal(counts.authors, [0, 2])
    unweighted = AuthorLabelCounts.from_wide(wide, weights=pd.Series([0.0, 1.0, 1.0]))
    assert unweighted.without_empty().labels == ("a",)


@pytest.mark.parametrize("damping", [0.0, 1.0, 300.0, np.inf])
def test_damping_caps_an_authors_mass(damping: float) -> None:
    n = np.array([0.0, 1.0, 10.0, 1e6])
    mass = n * damping_factors(n, damping)
    assert mass[0] == 0
    assert mass[1] == pytest.approx(1)
    assert (np.diff(mass) >= -1e-9).all()
    assert (mass <= 1 + damping + 1e-9).all()
    with pytest.raises(ValueError, match="damping"):
        damping_factors(n, -1.0)


def test_profiles_stay_sparse_and_sum_to_one(world: AuthorLabelCounts) -> None:
    profiles = world.profiles()
    assert profiles.nnz == world.matrix.nnz
    np.testing.assert_allclose(profiles.sum(axis=1), 1)
    np.testing.assert_allclose(world.damped(0.0).toarray(), profiles.toarray())


def test_contingency_table_sums_groups_and_leaves_out_the_ungrouped() -> None:
    counts = AuthorLabelCounts.from_long(LONG)
    grouping = Grouping.of(["x", None, "y"])
    table = contingency_table(counts, grouping)
    expected = pd.DataFrame(
        [[4.0, 0.0, 0.0], [0.0, 0.0, 3.0]], index=["x", "y"], columns=["a", "b", "c"]
    )
    pd.testing.assert_frame_equal(table, expected)
    assert grouping.sizes.tolist() == [1, 1]
    ordered = pd.Categorical(["high", "low", "high"], ["low", "mid", "high"], ordered=True)
    assert Grouping.of(ordered).names == ("low", "high")
    with pytest.raises(ValueError, match="values for"):
        contingency_table(counts, Grouping.of(["x", "y"]))
    with pytest.raises(ValueError, match="fewer than two"):
        Grouping.of(["x", "x", None]).check(3)
