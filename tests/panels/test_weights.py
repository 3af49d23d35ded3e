from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.panels.weights import (
    Design,
    calibrate,
    kish,
    post_stratify,
    propensity,
    rake,
    trim,
)
from analysis.randomness import stream
from tests.reference.cases import Case, load


def _case(name: str) -> tuple[Case, Design, pd.DataFrame, dict[str, str]]:
    case = load(name)
    data = case.files["data.csv"]
    if name == "weights_apiclus1":
        design = Design.of(data["pw"], data["dnum"], data["dnum"].nunique() / 757)
        names = {"mean": "api00", "total": "enroll", "by": "stype"}
    else:
        design = Design.of(data["base"], data["author"])
        names = {"mean": "share1", "total": "posts", "by": "region"}
    return case, design, data, names


def _margins(case: Case, data: pd.DataFrame) -> list[Any]:
    margins = []
    for file in sorted(case.files, reverse="margin_stype.csv" not in case.files):
        if file.startswith("margin_"):
            table = case.files[file]
            margins.append((data[table.columns[0]], dict(zip(*table.to_numpy().T, strict=True))))
    return margins


def _auxiliary(case: Case, data: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    totals = case.files["calibration_totals.csv"].set_index("term")["total"]
    columns = []
    for term in totals.index:
        if term == "(Intercept)":
            columns.append(np.ones(len(data)))
        elif term in data:
            columns.append(data[term].to_numpy(float))
        else:
            name = next(c for c in data.columns if term.startswith(c))
            columns.append((data[name] == term.removeprefix(name)).to_numpy(float))
    return np.stack(columns, axis=1), totals.to_numpy(float)


def _compare(case: Case, key: str, design: Design, data: pd.DataFrame, names: Any) -> None:
    mean = design.ratio(data[names["mean"]])
    total = design.total(data[names["total"]])
    by = {
        group: design.ratio(data[names["mean"]], domain=data[names["by"]] == group)
        for group in data[names["by"]].unique()
    }
    case.agree((key, "mean"), mean.estimate)
    case.agree((key, "mean_se"), mean.se)
    case.agree((key, "mean_ci95_t"), [mean.low, mean.high])
    case.agree((key, "total"), total.estimate)
    case.agree((key, "total_se"), total.se)
    case.agree((key, "by_mean"), {g: e.estimate for g, e in by.items()})
    case.agree((key, "by_se"), {g: e.se for g, e in by.items()})
    if "weights" in case.value(key):
        case.agree((key, "weights"), design.weights)
    if "kish" in case.value(key):
        found = kish(design.weights)
        case.agree((key, "kish", "n_eff"), found.effective_n)
        case.agree((key, "kish", "deff_kish"), found.design_effect)


@pytest.mark.parametrize("name", ["weights_apiclus1", "weights_authors_synth"])
def test_weights_and_standard_errors_are_those_of_r_survey(name: str) -> None:
    case, design, data, names = _case(name)
    _compare(case, "base", design, data, names)
    margins = _margins(case, data)
    by = next(m for m in margins if m[0].name == names["by"])
    _compare(case, "poststratify", post_stratify(design, by), data, names)
    raked = rake(design, margins)
    _compare(case, "rake", raked, data, names)
    _compare(case, "rake_via_calibrate", raked, data, names)
    X, totals = _auxiliary(case, data)
    for distance, key in [
        ("linear", "calibrate_linear"),
        ("raking", "calibrate_raking"),
        ("logit", "calibrate_logit_0.2_4"),
    ]:
        _compare(case, key, calibrate(design, X, totals, distance=distance), data, names)
    limits = case.value("trimmed")
    trimmed = trim(raked, limits["lower"], limits["upper"])
    case.agree(("trimmed", "weights"), trimmed.weights)
    case.agree(("trimmed", "mean"), trimmed.ratio(data[names["mean"]]).estimate)


def test_clustered_proportions_are_those_of_r_survey() -> None:
    case = load("weighted_props_posts_synth")
    data = case.files["data.csv"]
    design = Design.of(data["weight"], data["author"])
    overall = design.proportion(data["shared"])
    case.agree("mean", overall.estimate)
    case.agree("mean_se", overall.se)
    case.agree("degf", design.df)
    case.agree("ciprop_logit", [overall.low, overall.high])
    parties = sorted(data["party"].unique())
    by = {p: design.ratio(data["shared"], domain=data["party"] == p) for p in parties}
    share = {p: design.ratio(data["party"] == p) for p in parties}
    case.agree("by_mean", {p: e.estimate for p, e in by.items()})
    case.agree("by_se", {p: e.se for p, e in by.items()})
    case.agree("group_share", {p: e.estimate for p, e in share.items()})
    case.agree("group_share_se", {p: e.se for p, e in share.items()})


def test_linearised_and_bootstrap_errors_agree_when_each_replicate_is_raked() -> None:
    _, design, data, names = _case("weights_authors_synth")
    margins = _margins(load("weights_authors_synth"), data)
    raked = rake(design, margins)
    y = data[names["mean"]].to_numpy()

    found = raked.bootstrap(
        lambda w: float(w @ y / w.sum()),
        reweight=lambda w: rake(Design(w, design.clusters), margins, tolerance=1e-6),
        replicates=400,
        seed=3,
    )
    assert found.se == pytest.approx(raked.ratio(y).se, rel=0.15)
    assert found.low < raked.ratio(y).estimate < found.high


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.floats(0.1, 10)), min_size=30),
    st.floats(0.2, 5),
)
def test_raking_meets_its_margins_and_ignores_the_scale_of_the_base(
    rows: list[tuple[int, int, float]], scale: float
) -> None:
    rows = rows + [(a, b, 1.0) for a in range(3) for b in range(2)]
    a, b, w = (np.array(column) for column in zip(*rows, strict=True))
    margins = [(a, {0: 50.0, 1: 30.0, 2: 20.0}), (b, {0: 60.0, 1: 40.0})]
    raked = rake(Design.of(w), margins, tolerance=1e-10)
    for categories, totals in margins:
        sums = [raked.weights[categories == c].sum() for c in totals]
        np.testing.assert_allclose(sums, list(totals.values()), rtol=1e-9)
    again = rake(Design.of(w * scale), margins, tolerance=1e-10)
    np.testing.assert_allclose(again.weights, raked.weights, rtol=1e-7)
    assert (raked.weights > 0).all()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_logit_calibration_keeps_factors_inside_its_bounds(seed: int) -> None:
    rng = stream(seed, "calibration")
    base = rng.uniform(1, 3, 200)
    X = np.column_stack([np.ones(200), rng.normal(size=200)])
    totals = base @ X + np.array([0.0, 30.0])
    design = calibrate(Design.of(base), X, totals, distance="logit", bounds=(0.3, 3))
    np.testing.assert_allclose(X.T @ design.weights, totals, atol=1e-6)
    factor = design.weights / base
    assert factor.min() > 0.3
    assert factor.max() < 3


def test_weighting_removes_a_planted_selection() -> None:
    rng = stream(1, "selection")
    followers = rng.normal(size=20_000)
    fashion = rng.random(20_000) < 0.2
    wears = rng.random(20_000) < 1 / (1 + np.exp(2 - followers))
    picked = rng.random(20_000) < 1 / (1 + np.exp(3 - 1.5 * followers - 1.0 * fashion))
    features = pd.DataFrame({"followers": followers, "fashion": fashion.astype(float)})
    naive = wears[picked].mean() - wears[~picked].mean()
    found = propensity(features, picked, target="overlap", trim_at=1.0)
    w = found.weights
    effect = w[picked] @ wears[picked] - w[~picked] @ wears[~picked]
    assert naive > 0.15
    assert abs(effect) < 0.03
    assert np.abs(found.balance["AFTER"]).max() < 0.01
    assert np.abs(found.balance["BEFORE"]).max() > 0.5


@pytest.mark.parametrize(
    ("margins", "mend"),
    [
        ([(np.array([0, 0, 1]), {0: 2.0, 1: 1.0, 2: 4.0})], "merge categories"),
        ([(np.array([0, 0, 3]), {0: 2.0, 1: 1.0})], "no population total"),
        (
            [
                (np.array([0, 0, 1]), {0: 2.0, 1: 1.0}),
                (np.array([0, 1, 1]), {0: 2.0, 1: 5.0}),
            ],
            "one total",
        ),
    ],
)
def test_margins_that_cannot_be_met_are_refused(margins: Any, mend: str) -> None:
    with pytest.raises(ValueError, match=mend):
        rake(Design.of(np.ones(3)), margins)


def test_unreachable_totals_are_refused() -> None:
    with pytest.raises(ValueError, match="widen bounds"):
        calibrate(Design.of(np.ones(10)), np.ones((10, 1)), [100.0], bounds=(0.5, 2))
