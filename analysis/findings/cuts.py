"""Is there anything special about the two thresholds of the house rule."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.claims import Claim, Verdict
from analysis.contingency.correspondence import correspondence_analysis
from analysis.contingency.multiplicity import adjust_p_values
from analysis.contingency.permutation import activity_blocks
from analysis.findings.evidence import THRESHOLDS, followers
from analysis.findings.step import Inputs, Result, Step
from analysis.findings.wardrobe import NEEDS, wardrobe
from analysis.panels.cuts import pairs_of_cuts
from analysis.panels.thresholds import density_jump, placebo_cuts, robust_jump

_ALPHA = 0.05
_DAMPING = 300.0
_LABELS = 20  # an author's place on an axis rests on at least so many labels
_JUMP = "Do wardrobes change as accounts pass a threshold?"
_SMOOTH = "Are accounts spread smoothly across the thresholds?"
_PAIRS = "Do the two thresholds divide wardrobes nearly as well as any two could?"


def jumps(inputs: Inputs) -> Result:
    """Look for jumps of what accounts wear and get at the two thresholds."""
    worn = wardrobe(inputs)
    features = worn.authors
    x = np.log(np.maximum(followers(features), 0.5))
    outcomes = _outcomes(worn.counts, features)
    rows = []
    for threshold in THRESHOLDS:
        for name, y in outcomes.items():
            known = np.isfinite(x) & np.isfinite(y)
            if known.sum() < 100:
                continue
            spread = float(y[known].std())
            try:
                # the rule says "at most": the first count above belongs to the right
                found = robust_jump(x[known], y[known] / max(spread, 1e-12), _after(threshold))
            except (ValueError, np.linalg.LinAlgError):
                continue
            numbers = (found.estimate, found.low, found.high, found.p, found.detectable)
            if np.isfinite(numbers).all():
                rows.append((threshold, name, *numbers, found.n_left, found.n_right))
    columns = ["threshold", "outcome", "jump", "low", "high", "p", "detectable", "left", "right"]
    table = pd.DataFrame(rows, columns=columns)
    if table.empty:
        reason = "Too few accounts lie on both sides of the thresholds."
        return Result(claims=(Claim.unanswerable("today.jumps", _JUMP, reason),))
    table["p_adjusted"] = adjust_p_values(table["p"].to_numpy(dtype=np.float64), "holm")
    worn_only = table[table["outcome"].str.contains("wardrobes")]
    if worn_only.empty:
        reason = "Too few accounts with labels lie on both sides of the thresholds."
        return Result({"jumps": table}, claims=(Claim.unanswerable("today.jumps", _JUMP, reason),))
    top = worn_only.sort_values("p").iloc[0]
    blind = float(worn_only["detectable"].max())
    verdict: Verdict = "yes" if top["p_adjusted"] < _ALPHA else "no" if blind < 1 else "undecided"
    claim = Claim(
        "today.jumps",
        _JUMP,
        float(top["jump"]),
        f"standard deviations, the surest jump ({top['outcome']})",
        (float(top["low"]), float(top["high"])),
        float(top["p_adjusted"]),
        verdict,
        "Accounts just above a threshold are compared with those just below it.",
    )
    return Result({"jumps": table}, {"largest_undetected": blind}, (claim,))


def density(inputs: Inputs) -> Result:
    """Look for bunching at the thresholds, and at other places to compare with."""
    features = inputs.extract("author_features")
    counts = followers(features[features["IN_AUTHORS"]])
    x = np.log(counts[np.isfinite(counts) & (counts > 0)])
    true = np.array([_after(threshold) for threshold in THRESHOLDS])
    placebos = np.arange(np.log(2_000), np.log(200_000), 0.1)
    placebos = placebos[(np.abs(placebos[:, None] - true) > 0.15).all(axis=1)]
    table = _densities(x, np.concatenate([true, placebos]))
    table["place"] = np.where(np.isin(table["CUT"], true), "threshold", "placebo")
    table = table.dropna()
    here = table[table["place"] == "threshold"]
    elsewhere = table[table["place"] == "placebo"]
    if here.empty or len(elsewhere) < 5:
        reason = "Too few accounts to compare the density on both sides."
        return Result(
            {"density": table}, claims=(Claim.unanswerable("today.smooth", _SMOOTH, reason),)
        )
    strength = _z(here).max()
    # as strange as the strangest of two out of so many places
    rank = (1 + int((_z(elsewhere) >= strength).sum())) / (1 + len(elsewhere))
    p = min(1.0, len(here) * float(here["P"].min()))
    rough = p < _ALPHA
    top = here.sort_values("P").iloc[0]
    claim = Claim(
        "today.smooth",
        _SMOOTH,
        float(top["ESTIMATE"]),
        f"jump of the density of log followers at {np.exp(top['CUT']):,.0f}",
        (float(top["LOW"]), float(top["HIGH"])),
        p,
        "no" if rough else "undecided",
        (
            "The density is rough there; other places without any threshold are as rough, so this "
            "is no sign that accounts steer for it."
            if rank > _ALPHA
            else "The density is rougher there than at other places: accounts bunch, for a reason "
            "the tables do not hold."
        )
        if rough
        else "No jump was found; a smaller one than the tables can show stays possible.",
    )
    return Result({"density": table}, {"rank": rank, "placebos": len(elsewhere)}, (claim,))


def pairs(inputs: Inputs) -> Result:
    """Compare the two thresholds with all other pairs."""
    worn = wardrobe(inputs)
    counts = followers(worn.authors)
    known = np.isfinite(counts)
    x, blocks = counts[known], activity_blocks(worn.counts.totals[known])
    if known.sum() < 200 or not (x > THRESHOLDS[1]).any() or not (x <= THRESHOLDS[0]).any():
        reason = "Too few accounts, or none beyond a threshold."
        return Result(claims=(Claim.unanswerable("today.pairs", _PAIRS, reason),))
    least, most = (float(np.quantile(x[x > 0], q)) for q in (0.05, 0.99))
    cuts = np.unique(np.round(np.geomspace(least, most, 26)))
    try:
        found = pairs_of_cuts(
            worn.counts.select_authors(known),
            x,
            cuts,
            THRESHOLDS,
            blocks=blocks,
            damping=_DAMPING,
            fewest=min(100, len(x) // 50),
            seed=inputs.seed,
        )
    except ValueError as error:
        return Result(claims=(Claim.unanswerable("today.pairs", _PAIRS, error),))
    table = found.table.assign(chosen=np.arange(len(found.table)) == found.chosen)
    best = table.sort_values("CRAMERS_V").iloc[-1]
    low, high = found.ratio_interval
    verdict: Verdict = "yes" if low > 0.75 else "no" if high < 0.75 else "undecided"
    nothing = found.p_value >= _ALPHA
    claim = Claim(
        "today.pairs",
        _PAIRS,
        100 * found.ratio,
        "% of what the best two cuts tell apart",
        None if nothing else (100 * low, 100 * high),
        found.p_value,
        "no" if nothing else verdict,
        "No two cuts divide wardrobes better than chance."
        if nothing
        else f"The best two cuts are {best['LOW_CUT']:,.0f} and {best['HIGH_CUT']:,.0f} followers.",
    )
    return Result(
        {"pairs": table}, {"beaten": found.beaten, "best_v": float(best["CRAMERS_V"])}, (claim,)
    )


def _outcomes(counts: Any, features: pd.DataFrame) -> dict[str, npt.NDArray[np.float64]]:
    found = {}
    with suppress(ValueError):  # where all wear the same there is no axis
        fitted = correspondence_analysis(counts, 3, damping=_DAMPING)
        axes = fitted.project_rows(counts).coordinates.to_numpy(dtype=np.float64)
        few = counts.totals < _LABELS
        for k, name in enumerate(("first", "second", "third")[: axes.shape[1]]):
            found[f"{name} axis of wardrobes"] = np.where(few, np.nan, axes[:, k])
    for name, words in (("COMMENTS_MEAN", "log comments"), ("LIKES_MEAN", "log likes")):
        found[words] = np.log1p(np.asarray(features[name].astype("float64"), dtype=np.float64))
    found["log posts"] = np.log1p(features["N_POSTS"].to_numpy(dtype=np.float64))
    flag = np.asarray(features["FLAG"].astype("float64"), dtype=np.float64)
    if np.nansum(flag) >= _LABELS:
        found["fashion-forward flag"] = flag
    return found


def _densities(x: npt.NDArray[np.float64], cuts: npt.NDArray[np.float64]) -> pd.DataFrame:
    return placebo_cuts(x, cuts, lambda values, cut: density_jump(values, cut))


def _z(table: pd.DataFrame) -> pd.Series[float]:
    return (table["ESTIMATE"] / (table["HIGH"] - table["LOW"])).abs()


def _after(threshold: float) -> float:
    """Return the logarithm of a place between the threshold and the next whole count."""
    return float(np.log(threshold + 0.5))


STEPS = (
    Step("today.jumps", "Jumps at the thresholds", jumps, NEEDS),
    Step("today.density", "Bunching at the thresholds", density, ("author_features",)),
    Step("today.pairs", "All pairs of thresholds", pairs, NEEDS),
)
