from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.panels.thresholds import density_jump, jump, placebo_cuts, robust_jump
from analysis.randomness import stream
from tests.reference.cases import load


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("kernel", ["triangular", "uniform"])
@pytest.mark.parametrize("width", ["0.2", "0.35", "0.6"])
def test_jumps_at_fixed_bandwidths_are_those_of_r(order: int, kernel: str, width: str) -> None:
    case = load("rd_fixed_synth")
    data = case.files["data.csv"]
    key = ("estimates", f"h{width}_{kernel}_p{order}")
    options = {"order": order, "kernel": kernel}
    for errors in ("HC0", "HC1", "HC2", "HC3"):
        found = jump(data["x"], data["y"], 0, float(width), errors=errors, **options)  # type: ignore[arg-type]
        case.agree((*key, f"se_{errors.lower()}"), found.se)
    case.agree((*key, "tau"), found.estimate)
    case.agree((*key, "n_left"), found.n_left)
    case.agree((*key, "n_right"), found.n_right)
    clustered = jump(
        data["x"],
        data["y"],
        0,
        float(width),
        clusters=data["cluster"],
        **options,  # type: ignore[arg-type]
    )
    case.agree((*key, "se_cluster_cr1"), clustered.se)


def _authors() -> tuple[np.ndarray, np.ndarray]:
    rng = stream(1, "thresholds")
    x = np.round(rng.normal(7.6, 1.6, 4000), 6)
    noise = 0.3 * rng.normal(size=4000) * (1 + 0.1 * x)
    return x, np.round(np.sin(x) + noise + 0.2 * (x >= 9), 6)


def test_robust_interval_is_that_of_rdrobust() -> None:
    # rdrobust 2.1.1 for Python: rdrobust(y, x, c=9, h=0.9, rho=1, vce="hc3", masspoints="off")
    found = robust_jump(*_authors(), 9, bandwidth=0.9)
    assert found.conventional == pytest.approx(0.19654292776294402, rel=1e-9)
    assert found.estimate == pytest.approx(0.26616072990084527, rel=1e-9)
    assert found.se == pytest.approx(0.10799461628921316, rel=1e-9)
    assert found.p == pytest.approx(0.013717621162401841, rel=1e-7)
    assert (found.low, found.high) == pytest.approx((0.05449517144976482, 0.47782628835192575))
    # its own choice of bandwidth, mserd: 0.796
    assert robust_jump(*_authors(), 9).bandwidth == pytest.approx(0.7963, rel=0.2)


def test_density_jump_is_that_of_rddensity() -> None:
    # rddensity 3.0 for Python: rddensity(x, c=9, h=[0.8, 0.8], massPoints=False), jackknife errors;
    # it centres the distribution of each side a little differently
    found = density_jump(_authors()[0], 9, bandwidth=0.8)
    assert found.estimate == pytest.approx(-0.04239676453121177, rel=0.01)
    assert found.se == pytest.approx(0.0367273134607731, rel=0.03)


def test_planted_jumps_are_found_and_smooth_curves_are_not() -> None:
    found, false, covered = 0, 0, 0
    for r in range(60):
        rng = stream(r, "jumps")
        x = rng.normal(7.6, 1.5, 3000)
        smooth = np.sin(x) + rng.normal(size=3000) * 0.5
        with_jump = robust_jump(x, smooth + 0.5 * (x >= 8), 8)
        found += with_jump.p < 0.05
        covered += with_jump.low <= 0.5 <= with_jump.high
        false += robust_jump(x, smooth, 8).p < 0.05
    assert found >= 45
    assert covered >= 51
    assert false <= 9


def test_bunching_is_found_and_a_smooth_density_is_not() -> None:
    rng = stream(3, "bunching")
    smooth = rng.normal(7.6, 1.5, 6000)
    near = (smooth > 7.7) & (smooth < 8) & (rng.random(6000) < 0.5)
    assert density_jump(smooth, 8).p > 0.05
    assert density_jump(np.where(near, smooth + 0.3, smooth), 8).p < 0.001


def test_placebo_cuts_leave_out_the_other_side_of_the_true_cut() -> None:
    rng = stream(4, "placebo")
    x = rng.normal(7.6, 1.5, 4000)
    y = 2.0 * (x >= 8) + rng.normal(size=4000) * 0.3
    table = placebo_cuts(x, [6.5, 7.5, 8.0, 8.5, 30.0], robust_jump, true_cut=8.0, y=y)
    assert table["P"].iloc[2] < 1e-6
    assert (table["P"].iloc[[0, 1, 3]] > 0.01).all()
    assert table["N_RIGHT"].iloc[1] < (x >= 7.5).sum()
    assert np.isnan(table["P"].iloc[4])
    density = placebo_cuts(x, [7.0, 8.0], density_jump)
    assert (density["DETECTABLE"] > 0).all()


@settings(deadline=None, max_examples=25)
@given(st.floats(-5, 5), st.floats(0.1, 10), st.integers(0, 500))
def test_jump_follows_shifts_and_scales_of_the_outcome(
    shift: float, scale: float, seed: int
) -> None:
    rng = stream(seed, "jump")
    x, y = rng.normal(size=300), rng.normal(size=300)
    plain = robust_jump(x, y, 0.2)
    moved = robust_jump(x + 3, shift + scale * y, 3.2)
    assert moved.bandwidth == pytest.approx(plain.bandwidth, rel=1e-5)
    assert moved.estimate == pytest.approx(scale * plain.estimate, rel=1e-4, abs=1e-6)
    assert moved.se == pytest.approx(scale * plain.se, rel=1e-4)
    line = jump(x, 2 + 3 * x, 0.2, 1.0)
    assert line.estimate == pytest.approx(0, abs=1e-9)


def test_a_side_without_authors_is_refused() -> None:
    with pytest.raises(ValueError, match="one side of the cut"):
        robust_jump(np.linspace(0, 1, 100), np.zeros(100), 2.0)
    with pytest.raises(ValueError, match="missing"):
        robust_jump([1.0, np.nan], [0.0, 1.0], 1.0)
