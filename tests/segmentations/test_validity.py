from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_array
from sklearn.cluster import KMeans
from sklearn.metrics import calinski_harabasz_score, silhouette_samples

from analysis.randomness import stream
from analysis.segmentations.validity import (
    agreement,
    calinski_harabasz,
    gap_statistic,
    prediction_strength,
    silhouette,
)
from tests.reference.cases import load

partitions = st.integers(2, 40).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 4), min_size=n, max_size=n),
        st.lists(st.integers(0, 4), min_size=n, max_size=n),
    )
)


def kmeans(data: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    state = int(rng.integers(2**31))
    return KMeans(k, n_init=20, random_state=state).fit_predict(data)


@pytest.mark.parametrize("name", ["external_authors_synth", "external_random", "external_ruspini"])
def test_agreement_is_that_of_r(name: str) -> None:
    case = load(name)
    a, b = (case.files["partitions.csv"][c].to_numpy() for c in case.files["partitions.csv"])
    found = agreement(a, b)
    case.agree("n", found.n)
    case.agree("adjusted_rand", found.adjusted_rand)
    case.agree("ami_arithmetic", found.adjusted_mutual_information)
    case.agree("vi_bits", found.variation_of_information)


@pytest.mark.parametrize(
    "name", ["validity_agriculture", "validity_authors_synth", "validity_ruspini"]
)
def test_separation_is_that_of_r(name: str) -> None:
    case = load(name)
    data = case.files["data.csv"]
    X, labels = data.drop(columns="partition").to_numpy(float), data["partition"].to_numpy()
    found = silhouette(X, labels)
    case.agree("silhouette_widths", found.widths)
    case.agree("silhouette_avg", found.mean)
    case.agree("silhouette_cluster_avg", found.by_cluster)
    case.agree("calinski_harabasz_euclid", calinski_harabasz(X, labels))


@pytest.mark.parametrize("name", ["gap_authors_synth", "gap_ruspini"])
@pytest.mark.parametrize("space", ["scaledPCA", "original"])
def test_gap_statistic_is_that_of_r(name: str, space: str) -> None:
    case = load(name)
    X = case.files["data.csv"].to_numpy(float)
    expected = case.value(space)
    most, references = len(expected["gap_mean"]), 40
    found = gap_statistic(X, most, kmeans, references=references, space=space, seed=11)  # type: ignore[arg-type]
    table = found.table
    excess = table["LOG_W"].to_numpy() - expected["logW_best_known"]
    assert (excess >= -1e-6).all()
    assert (excess < 0.02).all()
    allowed = (
        np.array(expected["tolerance_gap"])
        + 4 * np.array(expected["SE_sim_mean"]) / np.sqrt(references)
        + excess
    )
    case.within((space, "gap_mean"), table["GAP"], allowed)
    for rule, chosen in expected["chosen_k"].items():
        assert str(found.choose(rule)) in chosen.split(",")


@pytest.mark.parametrize("name", ["stability_authors_synth", "stability_ruspini"])
def test_prediction_strength_is_that_of_r(name: str) -> None:
    case = load(name)
    X = case.files["data.csv"].to_numpy(float)
    expected = case.value("prediction_strength")
    splits = 40
    found = prediction_strength(X, range(2, 7), kmeans, splits=splits, seed=2)
    # the stated tolerance is for as many splits as R made; widen it to ours
    allowed = np.array(expected["tolerance"][1:]) * np.sqrt(expected["M"] / splits)
    case.within(("prediction_strength", "mean"), [1.0, *found["STRENGTH"]], [0.003, *allowed])
    assert found.index[found["STRENGTH"] >= 0.8].max() == 4


def test_power_one_uses_plain_distances() -> None:
    X = np.array([[0.0], [1.0], [5.0], [9.0]])
    found = gap_statistic(
        X, 2, lambda data, k, rng: (data[:, 0] > 3).astype(int), references=3, power=1
    )
    assert found.table.loc[1, "LOG_W"] == pytest.approx(np.log(0.5 * (1 + 5 + 9 + 4 + 8 + 4) / 4))
    assert found.table.loc[2, "LOG_W"] == pytest.approx(np.log(0.5 * (1 / 2 + 4 / 2)))


@given(partitions)
def test_agreement_is_symmetric_and_blind_to_names(pair: tuple[list[int], list[int]]) -> None:
    a, b = (np.array(p) for p in pair)
    there, back = agreement(a, b), agreement(b, a)
    np.testing.assert_allclose(there, back, atol=1e-10)
    renamed = agreement(np.array(list("vwxyz"))[a], 4 - b)
    np.testing.assert_allclose(there, renamed, atol=1e-10)
    assert 0 <= there.variation_of_information <= 2 * np.log2(a.size) + 1e-9
    same = agreement(a, a)
    assert same.adjusted_rand == 1
    assert same.variation_of_information == pytest.approx(0, abs=1e-12)


def test_authors_without_a_segment_are_dropped_and_counted() -> None:
    found = agreement(
        np.array([0, 0, 1, 1, -1]), np.array(["a", "a", "b", None, "b"], dtype=object)
    )
    assert found.n == 3
    assert found.adjusted_rand == 1


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000))
def test_separation_agrees_with_scikit_learn(seed: int) -> None:
    rng = stream(seed, "validity")
    X, labels = rng.normal(size=(80, 3)), rng.integers(0, 4, 80)
    for metric in ("euclidean", "cityblock", "cosine"):
        found = silhouette(X, labels, metric=metric)
        expected = silhouette_samples(X, labels, metric=metric)
        np.testing.assert_allclose(found.widths, expected, atol=1e-12)
        sparse = silhouette(csr_array(X), labels, metric=metric)
        np.testing.assert_allclose(sparse.widths, expected, atol=1e-7)
    assert calinski_harabasz(X, labels) == pytest.approx(calinski_harabasz_score(X, labels))
    weights = rng.integers(1, 4, 80)
    within_copies = calinski_harabasz(np.repeat(X, weights, axis=0), np.repeat(labels, weights))
    scale = (80 - 4) / (weights.sum() - 4)
    assert calinski_harabasz(X, labels, weights) == pytest.approx(within_copies * scale)


def test_sampled_silhouette_keeps_exact_widths() -> None:
    rng = stream(1, "validity")
    X = np.vstack([rng.normal(m, 1, (300, 2)) for m in (0, 3, 9)])
    labels = np.repeat(["a", "b", "c"], 300)
    whole, part = silhouette(X, labels), silhouette(X, labels, sample=150, seed=4)
    np.testing.assert_allclose(part.widths, whole.widths[part.widths.index])
    assert part.mean == pytest.approx(whole.mean, abs=0.05)
    assert list(part.by_cluster.index) == ["a", "b", "c"]


def test_ward_and_kmeans_find_the_same_well_separated_clusters() -> None:
    rng = stream(2, "validity")
    X = np.vstack([rng.normal(m, 0.3, (40, 2)) for m in (0, 3, 9)])
    ward = fcluster(linkage(X, "ward"), 3, "maxclust")
    assert agreement(ward, kmeans(X, 3, rng)).adjusted_rand == 1
