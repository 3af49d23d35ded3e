"""Hill numbers and coverage-based rarefaction: against vegan, by counting, by what must hold."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.contingency.diversity import (
    equal_coverage,
    hill_numbers,
    rarefied_coverage,
    rarefied_hill,
    sample_coverage,
)
from tests.reference.cases import load

FREQUENCIES = st.lists(st.integers(0, 12), min_size=2, max_size=8).filter(lambda x: sum(x) > 2)


@pytest.mark.parametrize("case_id", ["diversity_dune", "diversity_authors_synth"])
def test_vegan(case_id: str) -> None:
    case = load(case_id)
    counts = case.files["counts.csv"].set_index("unit").rename(index=str)
    hill = case.value("hill")
    orders = [float(name[1:].replace("Inf", "inf")) for name in hill.columns]
    found = hill_numbers(counts, orders)
    found.columns = hill.columns
    case.agree("hill", found)
    plain = hill_numbers(counts)
    case.agree("richness", plain[0].to_dict())
    case.agree("shannon_nats", np.log(plain[1]).to_dict())
    case.agree("shannon_bits", np.log2(plain[1]).to_dict())
    case.agree("inv_simpson", plain[2].to_dict())
    case.agree("simpson", (1 - 1 / plain[2]).to_dict())
    gamma = hill_numbers(counts.sum().to_frame().T, orders).iloc[0]
    case.agree("gamma_hill", dict(zip(hill.columns, gamma, strict=True)))
    n = case.value("rarefaction_n")
    rarefied = {
        unit: rarefied_hill(x, n, 0)
        for unit, x in zip(counts.index, counts.to_numpy(), strict=False)
    }
    case.agree("rarefied_richness", rarefied)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_rarefaction_by_counting_all_subsamples(order: int) -> None:
    """Expected label-frequency counts, averaged over every subsample, give the Hill number."""
    x, m = np.array([4, 2, 1]), 4
    tokens = np.repeat(np.arange(3), x)
    seen = np.array([np.bincount(tokens[list(s)], minlength=3) for s in combinations(range(7), m)])
    share = seen / m
    if order == 0:
        expected = (seen > 0).sum(axis=1).mean()
    elif order == 1:
        logs = np.log(share, out=np.zeros_like(share), where=share > 0)
        expected = np.exp(-(share * logs).sum(axis=1).mean())
    else:
        expected = 1 / (share**2).sum(axis=1).mean()
    assert rarefied_hill(x, m, order) == pytest.approx(expected)
    covered = np.array([((s > 0) * (x - s)).sum() for s in seen]) / (x.sum() - m)
    assert rarefied_coverage(x, m) == pytest.approx(covered.mean())


@settings(max_examples=40, deadline=None)
@given(FREQUENCIES)
def test_what_must_hold(frequencies: list[int]) -> None:
    x = np.array(frequencies, dtype=float)
    n = int(x.sum())
    whole = hill_numbers(pd.DataFrame([x]))
    for order in (0, 1, 2):
        curve = [rarefied_hill(x, m, order) for m in range(1, n + 1)]
        assert curve[0] == pytest.approx(1)
        assert (np.diff(curve) >= -1e-9).all()
        assert curve[-1] == pytest.approx(whole[order].iloc[0])
    assert whole[0].iloc[0] >= whole[1].iloc[0] - 1e-9 >= whole[2].iloc[0] - 2e-9
    assert 0 <= sample_coverage(x) <= 1
    shuffled = np.roll(x, 1)
    assert rarefied_hill(shuffled, max(1, n // 2), 1) == pytest.approx(
        rarefied_hill(x, max(1, n // 2), 1)
    )


def test_activity_does_not_pass_for_diversity() -> None:
    """One taste, tenfold activity: richness doubles, at equal coverage it stays."""
    rng = np.random.default_rng(6)
    taste = rng.dirichlet(np.full(300, 0.3))
    table = pd.DataFrame([rng.multinomial(n, taste) for n in (400, 4000)])
    raw, equal = hill_numbers(table), equal_coverage(table)
    assert raw[0].iloc[1] > 1.5 * raw[0].iloc[0]
    for order in (0, 1, 2):
        ratio = equal[f"hill_{order}"].iloc[1] / equal[f"hill_{order}"].iloc[0]
        assert 0.85 < ratio < 1.15
    assert (equal["coverage"] <= equal["sample_coverage"].min() + 1e-12).all()


def test_authors_as_sampling_units() -> None:
    """All authors with all labels: one author is enough to see everything."""
    used = np.full(6, 50.0)
    assert sample_coverage(used, 50) == 1
    assert rarefied_hill(used, 1, 0, 50) == pytest.approx(6)
    assert rarefied_hill(used, 10, 1, 50) == pytest.approx(6)
    found = equal_coverage(
        pd.DataFrame([used, [1, 1, 1, 2, 2, 9]], index=["a", "b"]),
        sizes=pd.Series({"a": 50, "b": 12}),
    )
    assert (found["coverage"] <= found["sample_coverage"].min() + 1e-12).loc["b"]


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="frequencies"):
        sample_coverage(np.array([0.5, 1.0]))
    with pytest.raises(ValueError, match="m is"):
        rarefied_hill(np.array([2.0, 1.0]), 4, 0)
    with pytest.raises(ValueError, match="empty"):
        hill_numbers(pd.DataFrame([[0, 0]]))


@pytest.mark.parametrize(
    ("frequencies", "size", "expected"),
    [
        # two labels once, one twice, nine counts: by hand from the estimator of Chao and Jost
        ([1, 1, 2, 5], None, 1 - 2 / 9 * (8 * 2 / (8 * 2 + 2 * 1))),
        # nothing twice: the bias-corrected form
        ([1, 1, 3], None, 1 - 2 / 5 * (4 * 1 / (4 * 1 + 2))),
        # authors as units: their number, not that of the counts
        ([1, 1, 2, 5], 6, 1 - 2 / 9 * (5 * 2 / (5 * 2 + 2 * 1))),
        ([2, 3, 4], None, 1.0),
    ],
)
def test_coverage_by_hand(frequencies: list[int], size: int | None, expected: float) -> None:
    assert sample_coverage(np.array(frequencies, dtype=float), size) == pytest.approx(expected)
