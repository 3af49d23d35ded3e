"""Hierarchical clustering on principal components: against HCPC, scipy and known partitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.cluster import hierarchy
from sklearn.metrics import adjusted_rand_score

from analysis.contingency.correspondence import correspondence_analysis
from analysis.contingency.hcpc import hierarchical_partition, ward_tree
from tests.reference.cases import load


def _same(found: pd.Series, expected: dict[str, int]) -> float:
    found = found.rename(index=str).loc[list(expected)]
    return float(adjusted_rand_score(list(expected.values()), found))


@pytest.mark.parametrize(
    "case_id", ["hcpc_children", "hcpc_authors_synth", "hcpc_authors_synth_equalmass"]
)
def test_hcpc(case_id: str) -> None:
    case = load(case_id)
    table = case.files["table.csv"]
    table = table.set_index(table.columns[0])
    weights = 1 / table.sum(axis=1).to_numpy() if case_id.endswith("equalmass") else None
    ca = correspondence_analysis(table, case.value("ncp"), row_weights=weights)
    points, mass, k = ca.rows.coordinates, ca.rows.mass, case.value("k")
    case.agree("row_mass", mass.to_dict())
    free = hierarchical_partition(points, mass, k, consolidation="unweighted")
    case.agree("total_inertia_kept", free.total)
    case.agree("inertia_gain", free.gains[: len(case.value("inertia_gain"))])
    within = case.value("within_inertia_by_k")
    case.agree("within_inertia_by_k", free.within[: len(within)])
    assert _same(free.ward, case.value("cluster_ward")) == 1
    case.agree("ward_between_inertia", free.ward_between)
    assert _same(free.consolidated, case.value("cluster_lloyd_unweighted")) == 1
    assert _same(free.consolidated, case.value("cluster_consolidated")) >= 0.98
    values = points.to_numpy()
    wss = sum(
        ((values[free.consolidated == c] - values[free.consolidated == c].mean(axis=0)) ** 2).sum()
        for c in range(1, k + 1)
    )
    case.agree("lloyd_unweighted_tot_withinss", wss)
    case.agree("consolidated_unweighted_tot_withinss", wss, rtol=1e-4)
    weighted = hierarchical_partition(points, mass, k)
    assert _same(weighted.consolidated, case.value("cluster_lloyd_weighted")) == 1
    case.agree("lloyd_weighted_between_inertia", weighted.consolidated_between)
    automatic = hierarchical_partition(points, mass)
    assert automatic.n_clusters == case.value("auto_k_min3_max10")
    case.agree("auto_quot", automatic.within[2:10] / automatic.within[1:9])
    heights = ward_tree(values, np.ones(len(values)))[::-1, 2]
    stated = case.value("ward_unweighted_heights")
    case.agree("ward_unweighted_heights", np.sqrt(2 * heights[: len(stated)]))
    equal = pd.Series(1.0, index=points.index)
    unweighted = hierarchical_partition(points, equal, k).ward
    assert _same(unweighted, case.value("ward_unweighted_cluster")) == 1


@pytest.mark.parametrize("seed", range(5))
def test_equal_masses_give_scipys_tree(seed: int) -> None:
    points = np.random.default_rng(seed).normal(size=(40, 3))
    ours, theirs = ward_tree(points, np.ones(40)), hierarchy.linkage(points, "ward")
    np.testing.assert_allclose(np.sqrt(2 * ours[:, 2]), theirs[:, 2], rtol=1e-9)
    np.testing.assert_array_equal(ours[:, :2], theirs[:, :2])
    np.testing.assert_array_equal(ours[:, 3], theirs[:, 3])


def test_a_point_twice_is_a_point_of_double_mass() -> None:
    rng = np.random.default_rng(1)
    points = rng.normal(size=(12, 2))
    double = np.concatenate([points, points[:3]])
    heavy = np.r_[np.full(3, 2.0), np.ones(9)]
    apart, merged = ward_tree(double, np.ones(15)), ward_tree(points, heavy)
    np.testing.assert_allclose(apart[:3, 2], 0, atol=1e-12)
    np.testing.assert_allclose(apart[3:, 2], merged[:, 2], rtol=1e-9)


def test_pre_step_finds_separate_clouds_and_relabelling_changes_nothing() -> None:
    rng = np.random.default_rng(2)
    truth = np.repeat([0, 1, 2, 3], 500)
    points = pd.DataFrame(rng.normal(size=(2000, 3)) + 20 * np.eye(4)[truth][:, :3])
    mass = pd.Series(rng.uniform(0.5, 2.0, 2000))
    found = hierarchical_partition(points, mass, leaves=100, seed=4)
    assert found.n_clusters == 4
    assert found.leaves.nunique() <= 100
    assert adjusted_rand_score(truth, found.ward) == 1
    assert adjusted_rand_score(truth, found.consolidated) == 1
    assert found.within[0] == pytest.approx(found.total)
    order = rng.permutation(2000)
    again = hierarchical_partition(points.iloc[order], mass.iloc[order], leaves=100, seed=4)
    pd.testing.assert_series_equal(again.consolidated.sort_index(), found.consolidated)


@pytest.mark.parametrize(
    ("points", "clusters"), [(2, 1), (2, 2), (3, 2)], ids=["one cluster", "each its own", "three"]
)
def test_tiny_inputs(points: int, clusters: int) -> None:
    frame = pd.DataFrame(np.arange(points, dtype=float)[:, None])
    found = hierarchical_partition(frame, pd.Series(1.0, index=frame.index), clusters)
    assert found.consolidated.nunique() == clusters


def test_bad_input_is_named() -> None:
    frame = pd.DataFrame([[0.0], [1.0]])
    with pytest.raises(ValueError, match="n_clusters"):
        hierarchical_partition(frame, pd.Series([1.0, 1.0]), 3)
    with pytest.raises(ValueError, match="mass"):
        hierarchical_partition(frame, pd.Series([1.0, 0.0]), 2)
    with pytest.raises(ValueError, match="too few"):
        hierarchical_partition(frame, pd.Series([1.0, 1.0]))
