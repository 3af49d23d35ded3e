"""Correspondence analysis: what no rearrangement of the table may change, and odd tables."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse, stats

from analysis.contingency.correspondence import (
    CrossProduct,
    correspondence_analysis,
    correspondence_analysis_from,
)
from analysis.contingency.counts import AuthorLabelCounts, as_sparse
from analysis.contingency.svd import axis_signs, procrustes_rotation

TABLES = hnp.arrays(
    np.int64,
    st.tuples(st.integers(3, 7), st.integers(3, 6)),
    elements=st.integers(1, 60),
).filter(lambda t: stats.chi2_contingency(t).statistic > 1)


def _frame(table: np.ndarray) -> pd.DataFrame:
    rows, columns = (list("rstuvwx")[: table.shape[0]], list("abcdef")[: table.shape[1]])
    return pd.DataFrame(table.astype(float), index=rows, columns=columns)


@settings(max_examples=30, deadline=None)
@given(TABLES, st.randoms(use_true_random=False), st.floats(0.01, 100))
def test_invariances(table: np.ndarray, random: object, scale: float) -> None:
    frame = _frame(table)
    ca = correspondence_analysis(frame)
    assert ca.total_inertia == pytest.approx(stats.chi2_contingency(table).statistic / table.sum())
    assert ca.eigenvalues.sum() == pytest.approx(ca.total_inertia)
    assert ca.columns.inertia.sum() == pytest.approx(ca.total_inertia)
    np.testing.assert_allclose(ca.rows.contributions.sum(), 1, rtol=1e-6)
    np.testing.assert_allclose(ca.columns.cos2.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(ca.reconstitute(), frame, rtol=1e-6, atol=1e-6)

    rows, columns = list(frame.index), list(frame.columns)
    random.shuffle(rows)
    random.shuffle(columns)
    shuffled = correspondence_analysis(frame.loc[rows, columns] * scale)
    np.testing.assert_allclose(shuffled.eigenvalues, ca.eigenvalues, rtol=1e-7, atol=1e-12)

    transposed = correspondence_analysis(frame.T)
    np.testing.assert_allclose(transposed.eigenvalues, ca.eigenvalues, rtol=1e-7, atol=1e-12)

    doubled = pd.concat([frame, 3 * frame.iloc[[0]].rename(index=lambda name: name + "'")])
    merged = frame.copy()
    merged.iloc[0] *= 4
    apart, together = correspondence_analysis(doubled), correspondence_analysis(merged)
    np.testing.assert_allclose(apart.total_inertia, together.total_inertia)
    weights = np.r_[4.0, np.ones(len(frame) - 1)]
    weighted = correspondence_analysis(frame, row_weights=weights)
    np.testing.assert_allclose(weighted.total_inertia, together.total_inertia)


def test_signs_and_names_survive_any_order(world: AuthorLabelCounts) -> None:
    ca = correspondence_analysis(world, 4)
    rng = np.random.default_rng(1)
    order = rng.permutation(world.n_authors)
    labels = list(rng.permutation(world.labels))
    other = correspondence_analysis(world.select_authors(order).select_labels(labels), 4)
    for side in ("rows", "columns"):
        ours, theirs = getattr(ca, side).coordinates, getattr(other, side).coordinates
        np.testing.assert_allclose(theirs.loc[ours.index], ours, atol=1e-9)


def test_cross_product_alone_gives_the_columns(world: AuthorLabelCounts) -> None:
    for damping in (np.inf, 0.0, 50.0):
        whole = correspondence_analysis(world, 5, damping=damping)
        columns = correspondence_analysis_from(CrossProduct.of(world, damping=damping), 5)
        assert columns.total_inertia == pytest.approx(whole.total_inertia, rel=1e-10)
        np.testing.assert_allclose(columns.eigenvalues, whole.eigenvalues, rtol=1e-9)
        np.testing.assert_allclose(
            columns.columns.coordinates, whole.columns.coordinates, atol=1e-9
        )
        rows = columns.project_rows(world)
        np.testing.assert_allclose(rows.coordinates, whole.rows.coordinates, atol=1e-9)


def test_wide_and_tall_routes_agree(world: AuthorLabelCounts) -> None:
    """A wide table goes through a dense SVD, its transpose through the cross-product."""
    wide = pd.DataFrame(
        world.matrix.toarray()[:12], index=[f"r{k}" for k in range(12)], columns=world.labels
    )
    a, b = correspondence_analysis(wide), correspondence_analysis(wide.T)
    np.testing.assert_allclose(a.eigenvalues, b.eigenvalues, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(
        a.rows.coordinates.abs().iloc[:, :5], b.columns.coordinates.abs().iloc[:, :5], atol=1e-7
    )


def test_supplementary_labels_do_not_shape_axes(world: AuthorLabelCounts) -> None:
    aside = world.labels[3:6]
    cross = correspondence_analysis_from(CrossProduct.of(world, supplementary=aside), 3)
    alone = world.select_labels(name for name in world.labels if name not in aside)
    kept = correspondence_analysis(alone, 3)
    np.testing.assert_allclose(cross.eigenvalues, kept.eigenvalues, rtol=1e-9)
    here = np.isin(world.authors, kept.rows.mass.index)
    extra = pd.DataFrame(
        world.select_labels(aside).matrix.toarray()[here],
        index=world.authors[here],
        columns=aside,
    )
    placed = kept.project_columns(extra)
    np.testing.assert_allclose(cross.supplementary.coordinates, placed.coordinates, atol=1e-9)
    np.testing.assert_allclose(cross.supplementary.cos2, placed.cos2, atol=1e-9)
    assert cross.supplementary.cos2.to_numpy().max() > 0
    with pytest.raises(ValueError, match="supplementary"):
        CrossProduct.of(world, supplementary=["nobody"])


def test_cross_product_from_a_query(world: AuthorLabelCounts) -> None:
    cross = CrossProduct.of(world)
    upper = np.triu_indices(world.n_labels)
    pairs = pd.DataFrame(
        {
            "LABEL_A": np.array(world.labels)[upper[0]],
            "LABEL_B": np.array(world.labels)[upper[1]],
            "PRODUCT": cross.matrix[upper],
        }
    )
    totals = pd.Series(cross.totals, index=world.labels)
    again = CrossProduct.from_long(pairs.sample(frac=1, random_state=1), totals)
    np.testing.assert_allclose(again.matrix, cross.matrix, rtol=1e-12)
    with pytest.raises(ValueError, match="totals"):
        CrossProduct.from_long(pairs, totals.iloc[1:])


def test_axes_separate_known_tastes() -> None:
    """Three blocks of labels, three kinds of authors: two axes of inertia 1, then nothing."""
    table = pd.DataFrame(np.kron(np.eye(3), np.full((4, 5), 2.0)))
    ca = correspondence_analysis(table)
    np.testing.assert_allclose(ca.eigenvalues.iloc[:2], 1)
    assert len(ca.eigenvalues) == 2
    assert ca.rows.coordinates.round(6).drop_duplicates().shape[0] == 3


def test_empty_lines_are_dropped_by_name() -> None:
    frame = pd.DataFrame(
        [[3, 0, 1], [0, 0, 0], [1, 0, 5]], index=["r", "nothing", "t"], columns=["a", "void", "c"]
    )
    ca = correspondence_analysis(frame)
    assert ca.dropped == ("nothing", "void")
    cross = CrossProduct(np.diag([1.0, 0, 2]), np.array([1.0, 0, 2]), ("a", "void", "c"))
    assert correspondence_analysis_from(cross).dropped == ("void",)


@pytest.mark.parametrize(
    ("table", "word"),
    [
        (pd.DataFrame([[1.0, 2.0]]), "fewer than two"),
        (pd.DataFrame([[1.0, 2.0], [2.0, 4.0]]), "no inertia"),
        (pd.DataFrame([[1.0, -2.0], [2.0, 4.0]]), "negative"),
        (pd.DataFrame([[1.0, np.nan], [2.0, 4.0]]), "missing"),
    ],
)
def test_bad_tables_are_named(table: pd.DataFrame, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        correspondence_analysis(table)


def test_projection_refuses_what_it_cannot_place() -> None:
    frame = _frame(np.array([[5, 1, 2], [1, 6, 2], [2, 2, 9]]))
    ca = correspondence_analysis(frame)
    with pytest.raises(ValueError, match="lacks"):
        ca.project_rows(frame[["a", "b"]])
    with pytest.raises(ValueError, match="empty"):
        ca.project_rows(frame.mul([0, 1, 1], axis=0))
    columns_only = correspondence_analysis_from(CrossProduct.of(AuthorLabelCounts.from_wide(frame)))
    with pytest.raises(ValueError, match="rows are unknown"):
        columns_only.reconstitute()


def test_no_dense_authors_by_labels_array() -> None:
    """60,000 authors x 400 labels would take 183 MiB dense; the fit must stay far below."""
    rng = np.random.default_rng(0)
    matrix = sparse.random_array((60_000, 400), density=0.01, rng=rng, format="csr")
    matrix.data = np.ceil(5 * matrix.data)
    counts = AuthorLabelCounts(
        as_sparse(matrix), np.arange(60_000), tuple(f"l{k}" for k in range(400))
    ).without_empty()
    tracemalloc.start()
    correspondence_analysis(counts, 4)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 90 * 2**20


def test_sign_ties_go_to_the_first_name() -> None:
    vectors = np.array([[0.6], [-0.6], [0.5]])
    assert axis_signs(vectors, ["b", "a", "c"]) == -1
    assert axis_signs(vectors[[1, 0, 2]], ["a", "b", "c"]) == -1


def test_procrustes_undoes_rotation_flip_and_swap() -> None:
    rng = np.random.default_rng(4)
    fixed, mass = rng.normal(size=(20, 3)), rng.uniform(size=20)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0] @ np.diag([1, -1, 1])
    moved = fixed @ turn
    np.testing.assert_allclose(moved @ procrustes_rotation(moved, fixed, mass), fixed)
