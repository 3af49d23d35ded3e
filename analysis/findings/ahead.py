"""Do edgy or fashion-forward accounts wear trends before the others do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from analysis.claims import Claim, Verdict
from analysis.contingency.counts import Floats
from analysis.contingency.multiplicity import adjust_p_values
from analysis.extracts.trends import named
from analysis.findings.step import Inputs, Result, Step
from analysis.trends.author_weeks import author_weeks
from analysis.trends.crosscorrelation import granger_table
from analysis.trends.forecast import value_of_lead
from analysis.trends.leadlag import LAGS, LeadLag, lead_lag, permutation_null
from analysis.trends.season import harmonics
from analysis.trends.visibility import WeeklyCounts, visibility, weekly_counts

NEEDS = ("author_features", "author_trend_counts", "weekly_trend_counts", "weekly_activity")
_ALPHA = 0.05
_FEWEST_WEEKS = 26  # half a year: below it a season cannot be told from a lead
_WORTH = 1.0  # weeks: a shorter lead is over before a weekly series shows it
_REPLICATES = 199
_ORDER = 4  # weeks of the past in Granger's test
_WORDS = {
    "edgy": ("edgy accounts", "mainstream ones"),
    "forward": ("fashion-forward accounts", "all others"),
}


def edgy(inputs: Inputs) -> Result:
    """Estimate the lead of edgy over mainstream accounts."""
    return _lead(inputs, "edgy", "BAND", "edgy", "mainstream")


def forward(inputs: Inputs) -> Result:
    """Estimate the lead of fashion-forward accounts over all others."""
    return _lead(inputs, "forward", "FLAG", "True", "False")


def _lead(inputs: Inputs, name: str, column: str, first: str, second: str) -> Result:
    leaders, others = _WORDS[name]
    question = f"Do {leaders} wear trends before {others}?"
    identifier = f"today.{name}_lead"
    try:
        counts = panels(
            named(inputs.extract("weekly_trend_counts")),
            inputs.extract("weekly_activity"),
            column,
        )
        if len(counts.weeks) < _FEWEST_WEEKS:
            raise ValueError(f"{len(counts.weeks)} weeks are too few to date a lead")
        found = lead_lag(counts, first, second, replicates=_REPLICATES, seed=inputs.seed)
    except (ValueError, np.linalg.LinAlgError) as error:
        return Result(claims=(Claim.unanswerable(identifier, question, error),))
    trends = found.trends.reset_index()
    known = trends[trends["IDENTIFIED"].astype(bool)]
    null, p = _shuffled(inputs, column, first, second)
    tables = {"trends": trends, "null": pd.DataFrame({"value": null})}
    values: dict[str, Any] = {
        "trends": len(trends),
        "identified": len(known),
        "leading": int((known["LOW"] > 0).sum()),
        "following": int((known["HIGH"] < 0).sum()),
        "ahead": int((known["LEAD"] > 0).sum()),
        "p": p,
    }
    if known.empty:
        reason = "No trend rises or falls sharply enough for its date to be known in both panels."
        return Result(tables, values, (Claim.unanswerable(identifier, question, reason),))
    tables["series"] = _pair(counts, found, first, second)
    tables["granger"], granger = _granger(counts, first, second, list(known["TREND"]), name)
    worth, claim = _forecasts(counts, first, second, list(trends["TREND"]), name)
    tables["forecasts"] = worth
    return Result(tables, values, (_claim(identifier, question, found, p), granger, claim))


def panels(items: pd.DataFrame, activity: pd.DataFrame, column: str) -> WeeklyCounts:
    """Return weekly counts by panel: follower bands (``BAND``) or the flag (``FLAG``).

    Raises
    ------
    ValueError
        If there are no items or no images.
    """
    key = ["WEEK", "GROUP", "BLOCK"]
    shown = activity.assign(GROUP=activity[column].astype(str))
    images = shown.groupby(key, as_index=False)[["N_LABELLED_IMAGES"]].sum()
    images = images[images["N_LABELLED_IMAGES"] > 0]
    worn = items.assign(GROUP=items[column].astype(str))
    return weekly_counts(
        worn.groupby(["TREND", *key], as_index=False)[["N_ITEMS"]].sum(),
        images.rename(columns={"N_LABELLED_IMAGES": "N_IMAGES"}),
    )


def _shuffled(
    inputs: Inputs, column: str, first: str, second: str
) -> tuple[list[float], float | None]:
    """Return pooled leads of panels shuffled over authors of like activity, and the p-value."""
    features = inputs.extract("author_features")
    features = features[features["IS_DRAWN"]]
    try:
        authors = author_weeks(
            named(inputs.extract("author_trend_counts")),
            features,
            inputs.extract("weekly_activity"),
        )
        group = features.set_index("AUTHOR_INDEX")[column].astype(str)
        units = authors.units.assign(GROUP=group.loc[authors.units["BLOCK"]].to_numpy())
        single = WeeklyCounts(authors.trends, authors.weeks, units, authors.items, authors.images)
        found = permutation_null(
            single,
            first,
            second,
            lags=LAGS[::2],
            strata=50,
            permutations=_REPLICATES,
            seed=inputs.seed,
        )
    except (ValueError, np.linalg.LinAlgError):
        return [], None
    return [float(value) for value in found.null], float(found.p)


def _claim(identifier: str, question: str, found: LeadLag, p: float | None) -> Claim:
    by_chance = p is not None and p >= _ALPHA
    verdict: Verdict
    if found.low > 0 and p is not None and not by_chance:
        verdict, reason = "yes", "All trends together date them earlier, by more than chance does."
    elif found.high < _WORTH:
        verdict, reason = "no", "A lead of a week or more is ruled out."
    else:
        verdict = "undecided"
        reason = (
            "Panels shuffled over authors of like activity reach as large a lead."
            if found.low > 0 and by_chance
            else "No shuffled panels could be made to compare with."
            if found.low > 0
            else "The dates are not known well enough to tell a lead from none."
        )
    return Claim(
        identifier,
        question,
        float(found.lead),
        "weeks of lead, all trends together",
        (float(min(found.low, found.lead)), float(max(found.high, found.lead))),
        p,
        verdict,
        reason,
    )


def _pair(counts: WeeklyCounts, found: LeadLag, first: str, second: str) -> pd.DataFrame:
    """Return both panels' series of the best dated trends with intervals, relative to the mean."""
    width = (found.trends["HIGH"] - found.trends["LOW"]).sort_values()
    chosen = tuple(str(trend) for trend in width.index[:4])
    member = counts.in_group(first) | counts.in_group(second)
    # four weeks at a time, or the eye follows the noise
    several = WeeklyCounts(
        chosen,
        counts.weeks,
        counts.units[member].reset_index(drop=True),
        csr_array(np.hstack([_several(counts.of_trend(trend)[member]) for trend in chosen])),
        _several(counts.images[member]),
    )
    series = visibility(several)
    mean = series.groupby(["TREND", "GROUP"])["VISIBILITY"].transform("mean").clip(lower=1e-12)
    return pd.DataFrame(
        {
            "week": series["WEEK"],
            "trend": series["TREND"],
            "panel": series["GROUP"],
            "relative": series["VISIBILITY"] / mean,
            "low": series["LOW"] / mean,
            "high": series["HIGH"] / mean,
        }
    )


def _several(weekly: Floats, weeks: int = 4) -> Floats:
    """Return sums over weeks in a row (units, T), around each week."""
    summed = [np.convolve(row, np.ones(weeks), "same") for row in weekly]
    return np.asarray(summed, dtype=np.float64)


def _visibility(counts: WeeklyCounts, panel: str, trend: str) -> Floats:
    """Return the logarithm of a panel's weekly visibility of a trend."""
    member = counts.in_group(panel)
    items = counts.of_trend(trend)[member].sum(axis=0)
    images = counts.images[member].sum(axis=0)
    # half an item keeps the logarithm of an empty week finite
    return np.asarray(np.log((items + 0.5) / np.maximum(images, 1.0)))


def _granger(
    counts: WeeklyCounts, first: str, second: str, trends: list[str], name: str
) -> tuple[pd.DataFrame, Claim]:
    """Ask, trend by trend, whose past tells of the other beyond line, season and own past."""
    leaders, others = _WORDS[name]
    week = np.arange(len(counts.weeks))
    known = np.column_stack([np.ones(week.size), week, harmonics(week, 2)])
    series: list[dict[str, Floats]] = []
    for panel in (first, second):
        logs = np.stack([_visibility(counts, panel, trend) for trend in trends], axis=1)
        rest = logs - known @ np.linalg.lstsq(known, logs, rcond=None)[0]
        series.append(dict(zip(trends, rest.T, strict=True)))
    table = granger_table(series[0], series[1], _ORDER)
    found = table[table["P_ADJUSTED"] < _ALPHA].groupby("DIRECTION").size()
    leads, follows = (int(found.get(side, 0)) for side in ("leads", "follows"))
    verdict: Verdict = "no" if not leads else "undecided" if follows else "yes"
    claim = Claim(
        f"today.{name}_granger",
        f"Does the past of {leaders} tell of {others}, trend by trend?",
        leads,
        f"of {len(trends)} trends, by Granger's test",
        None,
        float(table.loc[table["DIRECTION"] == "leads", "P_ADJUSTED"].min()),
        verdict,
        f"The other way round it does for {follows}. Noise makes each of two panels that move "
        "together tell of the other: this describes, it does not date.",
    )
    return table.rename(columns=str.lower), claim


def _forecasts(
    counts: WeeklyCounts, first: str, second: str, trends: list[str], name: str
) -> tuple[pd.DataFrame, Claim]:
    """Forecast the follow panel four weeks ahead with and without the lead panel's past."""
    leaders, others = _WORDS[name]
    question = f"Does knowing {leaders} improve the forecast of {others}?"
    rows = []
    for trend in trends:
        try:
            found = value_of_lead(*(_visibility(counts, panel, trend) for panel in (first, second)))
        except (ValueError, np.linalg.LinAlgError):
            continue
        rows.append((trend, found.gain, found.test.p))
    table = pd.DataFrame(rows, columns=["trend", "gain", "p"])
    identifier = f"today.{name}_forecast"
    if len(table) < 3:
        reason = "The window is too short to learn from one part and forecast another."
        return table, Claim.unanswerable(identifier, question, reason)
    table["p_adjusted"] = adjust_p_values(table["p"].to_numpy(dtype=np.float64), "holm")
    gain = float(table["gain"].median())
    # how sure the median is, trends taken as they come
    ordered = np.sort(table["gain"].to_numpy())
    reach = int(np.floor(len(ordered) / 2 - 0.98 * np.sqrt(len(ordered))))
    low, high = ordered[max(reach, 0)], ordered[len(ordered) - 1 - max(reach, 0)]
    p = float(table["p_adjusted"].min())
    better = low > 0 and p < _ALPHA
    return table, Claim(
        identifier,
        question,
        100 * gain,
        "% of the forecast error saved, median trend",
        (100 * float(low), 100 * float(high)),
        p,
        "yes" if better else "no" if high < _SAVED else "undecided",
        "The panel's past enters a regression that already knows the season and the series' own "
        "past; four weeks ahead.",
    )


_SAVED = 0.02


STEPS = (
    Step("today.edgy_lead", "Lead of edgy accounts", edgy, NEEDS),
    Step("today.forward_lead", "Lead of fashion-forward accounts", forward, NEEDS),
)
