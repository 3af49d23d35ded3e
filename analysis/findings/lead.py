"""Do fashion-forward accounts lead in the series that Heuritech published itself.

The figures are computed by :mod:`analysis.trends.hermes` from one hundred real pairs of series and
committed as data with their source; they do not depend on the source of the report. A user who
names a folder of such series gets the figures of these instead.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.claims import Claim, Verdict
from analysis.findings.step import Inputs, Result, Step
from analysis.resources import data_file

FIGURES = "lead.figures"
"""Entry that holds the figures: those committed, or those of the folder that the user named."""

_ALPHA = 0.05
_WORTH = 1.0  # weeks: a shorter lead is over before a weekly series shows it
_WEAK = 0.1  # correlation: below it one series says nothing of use about the next week of another
_SIGNAL = "Does the fashion-forward signal improve a forecast made from the series' own past?"
_BEST = "Is the forecast with the signal better than the best simple forecast without it?"
_BASELINES = ("seasonal naive", "exponential smoothing", "own past")


def committed() -> dict[str, Any]:
    """Return the committed figures of the published series."""
    found: dict[str, Any] = json.loads(
        data_file("published", "hermes.json").read_text(encoding="utf-8")
    )
    return found


def published(inputs: Inputs) -> Result:
    """Turn the figures of the published series into claims and tables."""
    found = inputs.results[FIGURES].values
    whole, slow = (found[f"leads_{season}"] for season in ("shifted", "common"))
    series = pd.DataFrame(whole["series"])
    groups = pd.DataFrame(whole["groups"])
    news = pd.DataFrame(found["innovations"])
    forecasts = found["forecasts"]
    models = pd.DataFrame(forecasts["summary"] if forecasts else [])
    overall = whole["overall"]
    values = {
        "source": found["source"],
        "is_published": found["published"],
        "series": found["series"],
        "weeks": found["weeks"],
        "left_out": found["left_out"],
        "filled": found["filled"],
        "identified": overall["identified"],
        "significant": overall["significant"],
        "quartiles": overall["quartiles"],
        "share_lagging": overall["share_lagging"],
        "slow_identified": slow["overall"]["identified"],
        "published": found["published_mase"],
        "surest_group_p": float(groups["P_HOLM"].min()),
    }
    claims = (
        _median(overall),
        _share(overall),
        _slow(slow["overall"]),
        _news(news),
        _signal(forecasts["value"]) if forecasts else _too_short("signal", _SIGNAL),
        _baseline(models) if forecasts else _too_short("baseline", _BEST),
    )
    tables = {"series": series, "groups": groups, "news": news, "models": models}
    return Result(tables, values, claims)


def _median(overall: dict[str, Any]) -> Claim:
    low, high = overall["median_low"], overall["median_high"]
    verdict: Verdict = "no" if high < _WORTH else "undecided"
    return Claim(
        "lead.median",
        "Do fashion-forward accounts lead the general panel in Heuritech's published series?",
        overall["median"],
        "weeks, median series",
        (low, high),
        overall["p"],
        "yes" if low > 0 and overall["p"] < _ALPHA else verdict,
        "The interval allows for series of one zone and category moving together; the p-value is "
        "that of signed ranks, signs flipped by zone and category.",
    )


def _share(overall: dict[str, Any]) -> Claim:
    low, high = overall["share_leading_low"], overall["share_leading_high"]
    return Claim(
        "lead.share",
        "Do more of the published series lead than follow?",
        100 * overall["share_leading"],
        "% of the series have a positive lead",
        (100 * low, 100 * high),
        None,
        "yes" if low > 0.5 else "no" if high < 0.5 else "undecided",
        "A positive lead of a single series need not be a sure one.",
    )


def _slow(overall: dict[str, Any]) -> Claim:
    low, high, known = overall["pooled_low"], overall["pooled_high"], overall["identified"]
    sure = low > 0 and overall["pooled_p"] < _ALPHA
    return Claim(
        "lead.slow",
        "Beside a common season, do slow movements start among fashion-forward accounts?",
        overall["pooled"],
        "weeks, all series together",
        (low, high),
        overall["pooled_p"],
        "yes" if sure and known > 0.5 else "no" if high < _WORTH else "undecided",
        "Taken together they point to a lead, but most single series cannot be dated, so a few "
        "with long swings decide."
        if sure and known <= 0.5
        else "Most series can be dated."
        if sure
        else "The movements that remain beside the season do not date well.",
    )


def _news(news: pd.DataFrame) -> Claim:
    before = news[news["LAG"] < 0]
    z = before["CORRELATION"] / ((before["HIGH"] - before["LOW"]) / (2 * stats.norm.ppf(0.975)))
    top = before.loc[[z.idxmax()]].iloc[0]
    # one of several lags was picked
    p = float(min(1.0, len(before) * 2 * stats.norm.sf(abs(float(z.max())))))
    worth = float(top["LOW"]) > _WEAK and p < _ALPHA
    return Claim(
        "lead.news",
        "Does weekly news of fashion-forward accounts come before that of the general panel?",
        float(top["CORRELATION"]),
        f"correlation {abs(int(top['LAG']))} weeks earlier, the surest of {len(before)} lags",
        (float(top["LOW"]), float(top["HIGH"])),
        p,
        "yes" if worth else "no" if float(top["HIGH"]) < _WEAK else "undecided",
        "News is what season and slow movement leave of a series; so weak a link is of no use to "
        "a forecast.",
    )


def _signal(value: dict[str, float]) -> Claim:
    return Claim(
        "lead.signal",
        _SIGNAL,
        100 * value["gain"],
        "% of the error saved, a year ahead",
        (100 * value["low"], 100 * value["high"]),
        value["p"],
        "yes"
        if value["low"] > 0 and value["p"] < _ALPHA
        else "no"
        if value["high"] < 0
        else "undecided",
        "Both forecasts differ in the signal alone; errors of one zone and category are kept "
        "together.",
    )


def _baseline(models: pd.DataFrame) -> Claim:
    error = models.set_index("MODEL")["MASE"]
    best = str(error[list(_BASELINES)].idxmin())
    gain = 1 - float(error["with signal"]) / float(error[best])
    return Claim(
        "lead.baseline",
        _BEST,
        100 * gain,
        f"% of the error saved against {best}",
        None,
        None,
        "no" if gain <= 0 else "undecided",
        "A regression that borrows from the other panel pays for its coefficients; the smoothing "
        "does not."
        if gain <= 0
        else "It is ahead in the mean; no interval of this difference was computed.",
    )


def _too_short(name: str, question: str) -> Claim:
    reason = "The series are too short to learn from one part and judge a year of another."
    return Claim.unanswerable(f"lead.{name}", question, reason)


def spread(series: pd.DataFrame) -> dict[str, int]:
    """Return how many series surely lead, surely follow, are dated without, and are not dated."""
    known = series["IDENTIFIED"].astype(bool)
    leads, follows = known & (series["LOW"] > 0), known & (series["HIGH"] < 0)
    return {
        "leads": int(leads.sum()),
        "follows": int(follows.sum()),
        "open": int((known & ~leads & ~follows).sum()),
        "not dated": int(np.asarray(~known).sum()),
    }


STEPS = (Step("lead.published", "Leads in the published series", published, (FIGURES,)),)
