from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.panels.inequality import gini, gini_interval, lorenz, top_share
from analysis.panels.weights import kish
from analysis.randomness import stream
from tests.reference.cases import load

volumes = st.lists(st.integers(0, 1000), min_size=2, max_size=60).filter(lambda v: sum(v) > 0)


@pytest.mark.parametrize("name", ["ineq_author_volumes", "ineq_phdpubs"])
def test_inequality_is_that_of_r(name: str) -> None:
    case = load(name)
    x, w = (case.files["data.csv"][c].to_numpy(float) for c in ("x", "weight"))
    case.agree("gini_unweighted", gini(x))
    case.agree("gini_weighted", gini(x, w))
    shares = {f"p{p}": p / 100 for p in (10, 25, 50, 75, 90, 95, 99)}
    for key, weights in [("lorenz_unweighted", None), ("lorenz_weighted", w)]:
        curve = lorenz(list(shares.values()), x, weights)
        case.agree(key, dict(zip(shares, curve, strict=True)))
    tops = {"top1pct": 0.01, "top5pct": 0.05, "top10pct": 0.1, "top20pct": 0.2}
    case.agree("top_shares", {k: top_share(x, t) for k, t in tops.items()})
    case.agree("effective_number_hhi", kish(x).effective_n)


@given(volumes, st.integers(1, 5), st.floats(0.1, 10))
def test_gini_ignores_scale_and_cloning_and_lies_in_its_range(
    values: list[int], copies: int, scale: float
) -> None:
    x = np.array(values, dtype=float)
    g = gini(x)
    assert -1e-12 <= g <= 1 - 1 / x.size + 1e-12
    assert gini(np.repeat(x, copies)) == pytest.approx(g, abs=1e-12)
    assert gini(x * scale) == pytest.approx(g, abs=1e-9)
    assert gini(x, np.full(x.size, 3.0)) == pytest.approx(g, abs=1e-12)
    brute = np.abs(x[:, None] - x).mean() / (2 * x.mean())
    assert g == pytest.approx(brute, abs=1e-12)


@given(volumes, st.integers(1, 1000))
def test_a_cap_never_raises_inequality(values: list[int], cap: int) -> None:
    assert gini(values, cap=cap) <= gini(values) + 1e-12


def test_interval_holds_the_capped_population_value() -> None:
    rng = stream(5, "volumes")
    population = rng.lognormal(4, 1.3, 400_000)
    truth = gini(population, cap=1000)
    hits = 0
    for r in range(60):
        found = gini_interval(rng.choice(population, 800), cap=1000, replicates=199, seed=r)
        hits += found.low <= truth <= found.high
    assert hits >= 51  # 60 x 0.95 less three standard errors


def test_no_volume_is_refused() -> None:
    with pytest.raises(ValueError, match="add up to 0"):
        gini([0, 0])
