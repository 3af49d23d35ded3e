"""Frames and words of the chapter on weekly series of two panels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.claims import Claim
from analysis.names import series_words
from analysis.report.prose import count, decimal, listing, noun, percent


def source(values: dict[str, Any]) -> str:
    """Say whose series were read, how many, and what of them was mended or left out."""
    size = f"{noun(values['series'], 'series', 'series')} over {count(values['weeks'])} weeks"
    text = (
        f"This chapter rests on {size}: real, anonymised trends that Heuritech published with the "
        "HERMES model. It stays the same whatever source the rest of the report is computed from."
        if values["is_published"]
        else f"This chapter rests on {size} from a folder that was named for this report, in the "
        "place of those that Heuritech published."
    )
    if values["filled"]:
        missing = noun(values["filled"], "missing value")
        text += f" Filled by the line between their neighbours: {missing}."
    if values["left_out"]:
        out = noun(values["left_out"], "series", "series")
        text += f" Left out because one panel hardly moves: {out}."
    return text


def benchmark(values: dict[str, Any]) -> str:
    """Set the published errors on the same series beside these, where they are known."""
    known = values["published"]
    if not known:
        return "No published benchmark is known for these series."
    tbats, signal = (decimal(known[name], 3) for name in ("TBATS", "HERMES with signal"))
    return (
        f"The published benchmark on these series gives {tbats} for TBATS and {signal} for HERMES "
        "with the signal: a gain of the same small order, from a model that learns across all "
        "series."
    )


def news_title(claim: Claim) -> str:
    """Return the takeaway of the correlations of weekly news."""
    return {
        "yes": "News of fashion-forward accounts comes first",
        "no": "No weekly news comes first among fashion-forward accounts",
    }.get(claim.verdict, "Whether weekly news comes first stays open")


def describe_news(news: pd.DataFrame) -> str:
    """Say in words what the figure of correlations of weekly news shows."""
    top = news.iloc[int(news["CORRELATION"].abs().argmax())]
    return (
        f"Mean correlation at {count(len(news))} lags with intervals; the largest is "
        f"{decimal(top['CORRELATION'], 2)}, at lag {decimal(top['LAG'], 0)}."
    )


def dated_series(series: pd.DataFrame) -> pd.DataFrame:
    """Return the series that can be dated, with what their interval says."""
    known = series[series["IDENTIFIED"].astype(bool)]
    kind = np.where(known["LOW"] > 0, "leads", np.where(known["HIGH"] < 0, "follows", "open"))
    return known[["SERIES", "LEAD", "LOW", "HIGH"]].assign(kind=kind)


def lead_groups(groups: pd.DataFrame, claim: Claim) -> pd.DataFrame:
    """Return pooled leads of zones and categories that can be dated, and the median of all."""
    known = groups[groups["IDENTIFIED"].astype(bool)]
    names = {"ZONE": "zone", "CATEGORY": "category"}
    shown = pd.DataFrame(
        {
            "name": [
                f"{series_words(row['VALUE'])} ({count(row['SERIES'])})"
                for row in known.to_dict("records")
            ],
            "estimate": known["LEAD"].to_numpy(),
            "low": known["LOW"].to_numpy(),
            "high": known["HIGH"].to_numpy(),
            "group": known["TRAIT"].map(names).to_numpy(),
        }
    )
    if claim.estimate is None or claim.interval is None:
        return shown
    low, high = claim.interval
    median = pd.DataFrame(
        [("median of all series", claim.estimate, low, high, "all")], columns=shown.columns
    )
    return pd.concat([median, shown], ignore_index=True)


def forecast_errors(models: pd.DataFrame) -> pd.DataFrame:
    """Return scaled forecast errors by model, ready to draw, best first."""
    shown = models.sort_values("MASE")
    return pd.DataFrame(
        {
            "name": shown["MODEL"],
            "estimate": shown["MASE"],
            "low": shown["LOW"],
            "high": shown["HIGH"],
            "group": np.where(shown["MODEL"] == "with signal", "with signal", "without"),
        }
    )


def errors_title(shown: pd.DataFrame) -> str:
    """Return the takeaway of the forecast errors: the best model, and what the signal gains."""
    error = shown.set_index("name")["estimate"]
    gain = 1 - error["with signal"] / error["own past"]
    what = "lowers" if gain > 0 else "raises"
    return (
        f"The signal {what} the error by {percent(abs(gain))}; {shown['name'].iloc[0]} comes first"
    )


def dated_title(shown: pd.DataFrame) -> str:
    """Return the takeaway of the leads of single series."""
    leads, follows = ((shown["kind"] == kind).any() for kind in ("leads", "follows"))
    if leads and follows:
        return "Some trends start among fashion-forward accounts, some end there"
    if leads or follows:
        where = "start" if leads else "end"
        return f"Where a series can be dated for certain, trends {where} among the fashion-forward"
    return "No single series leads or follows for certain"


def describe_dated(shown: pd.DataFrame) -> str:
    """Say in words what the figure of single series shows."""
    sizes = shown["kind"].value_counts()
    return (
        f"Leads of {count(len(shown))} series in order, with intervals: "
        f"{count(sizes.get('leads', 0))} surely above zero, "
        f"{count(sizes.get('follows', 0))} surely below."
    )


def describe_errors(shown: pd.DataFrame) -> str:
    """Say in words what the figure of forecast errors shows."""
    parts = [f"{row['name']} {decimal(row['estimate'], 3)}" for row in shown.to_dict("records")]
    return f"Dot plot of scaled forecast errors with intervals: {listing(parts)}."


def groups_title(p: float) -> str:
    """Return the takeaway of pooled leads by zone and category, by the smallest adjusted p."""
    if p < 0.05:
        return "Some zones or categories lead for certain"
    return "No zone or category leads for certain"
