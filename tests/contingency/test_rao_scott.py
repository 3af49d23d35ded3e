"""Rao-Scott tests: what they must equal where the answer is known, and clustering."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.contingency.association import pearson_test
from analysis.contingency.counts import AuthorLabelCounts, Grouping, as_sparse, contingency_table
from analysis.contingency.rao_scott import rao_scott, rao_scott_cells


def test_one_label_per_author_is_pearsons_test() -> None:
    """Authors with a single label are independent rows: no correction, up to n - 1."""
    rng = np.random.default_rng(1)
    labels = rng.choice(4, 3000, p=[0.4, 0.3, 0.2, 0.1])
    counts = AuthorLabelCounts.from_wide(pd.DataFrame(np.eye(4)[labels]))
    grouping = Grouping.of(rng.choice(["a", "b", "c"], 3000))
    test = rao_scott(counts, grouping)
    naive = pearson_test(contingency_table(counts, grouping))
    assert test.statistic == pytest.approx(naive.statistic)
    assert test.mean_design_effect == pytest.approx(1, abs=0.02)
    assert test.p_value == pytest.approx(naive.p_value, abs=0.01)
    assert test.F_df1 == pytest.approx(test.df, rel=0.01)


def test_repeating_each_authors_labels_changes_nothing_but_the_statistic() -> None:
    """Tenfold labels, same information: the corrected test stays, Pearson's explodes."""
    rng = np.random.default_rng(2)
    wide = rng.multinomial(np.full(300, 6), rng.dirichlet(np.full(5, 4.0), 300))
    grouping = Grouping.of(rng.choice(["a", "b"], 300))
    once, tenfold = (
        rao_scott(AuthorLabelCounts.from_wide(pd.DataFrame(k * wide)), grouping, damping=np.inf)
        for k in (1, 10)
    )
    assert tenfold.statistic == pytest.approx(10 * once.statistic)
    assert tenfold.p_value == pytest.approx(once.p_value)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="one cluster"):
        rao_scott_cells(as_sparse(np.ones((1, 4))), (2, 2))
    with pytest.raises(ValueError, match="empty row"):
        rao_scott_cells(as_sparse([[1.0, 1, 0, 0], [2, 1, 0, 0]]), (2, 2))
    with pytest.raises(ValueError, match="too many empty"):
        rao_scott_cells(as_sparse([np.eye(3).ravel(), 2 * np.eye(3).ravel()]), (3, 3))
    counts = AuthorLabelCounts.from_wide(pd.DataFrame(np.ones((3, 2))))
    with pytest.raises(ValueError, match="fewer than two authors"):
        rao_scott(counts, Grouping.of(["a", "a", "b"]))
