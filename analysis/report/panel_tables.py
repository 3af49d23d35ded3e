"""Frames and words of the chapters that judge panels and segmentations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import great_tables as gt
import numpy as np
import pandas as pd

from analysis.claims import Claim
from analysis.findings.step import Result
from analysis.names import label_of, words
from analysis.report.prose import count, decimal, evidence, listing, noun, percent, verdict

_BANDS = ("mainstream", "trendy", "edgy")
_SAME_SIZES, _ANY_SIZES = "best, same sizes", "best, any sizes"


def said(claim: Claim, digits: int = 2) -> str:
    """Return verdict, evidence and reason of a claim as sentences, each of them once."""
    if claim.estimate is None:
        return f"{verdict(claim)}: {claim.reason}"
    return f"{verdict(claim)} ({evidence(claim, digits)}). {claim.reason}"


def briefly(claim: Claim, digits: int = 2) -> str:
    """Return verdict and evidence of a claim, without its reason."""
    if claim.estimate is None:
        return verdict(claim)
    return f"{verdict(claim)} ({evidence(claim, digits)})"


def shortly(claim: Claim, digits: int = 2) -> str:
    """Return the same as the end of a sentence that has begun."""
    text = briefly(claim, digits)
    return text[0].lower() + text[1:]


def attributes(found: pd.DataFrame) -> gt.GT:
    """Return which attributes of a trend the labels name."""
    shown = pd.DataFrame(
        {
            "attribute": found["attribute"],
            "example": found["example"],
            "held": np.where(found["labels"] > 0, "yes", "no"),
            "labels": found["labels"].map(count),
            "such_as": [_said(text, ", ") or "–" for text in found["such_as"]],
        }
    )
    return (
        gt.GT(shown, rowname_col="attribute")
        .cols_label(example="Example", held="Held", labels="Labels", such_as="Such as")
        .cols_align("right", ["labels"])
    )


def counted_trends(found: pd.DataFrame) -> gt.GT:
    """Return the trends that the study follows, with the items counted for each."""
    shown = pd.DataFrame(
        {
            "trend": found["trend"],
            "labels": [_said(text, " + ") for text in found["labels"]],
            "items": found["items"].map(count),
        }
    )
    return (
        gt.GT(shown, rowname_col="trend")
        .cols_label(labels="Labels on one item", items="Items")
        .cols_align("right", ["items"])
    )


def band_order(bands: pd.Series[Any]) -> pd.Series[Any]:
    """Return bands as an ordered category, small accounts first."""
    known = [band for band in _BANDS if (bands == band).any()]
    return pd.Series(pd.Categorical(bands, known, ordered=True), index=bands.index)


def weekly_percent(weekly: pd.DataFrame) -> pd.DataFrame:
    """Return weekly series in percent, ready to draw."""
    return pd.DataFrame(
        {
            "week": pd.to_datetime(weekly["WEEK"]),
            "trend": weekly["TREND"],
            "band": band_order(weekly["GROUP"]),
            **{name.lower(): 100 * weekly[name] for name in ("VISIBILITY", "LOW", "HIGH")},
        }
    )


def series_title(weekly: pd.DataFrame) -> str:
    """Return the takeaway of the weekly series: which band can be read best."""
    width = ((weekly["HIGH"] - weekly["LOW"]) / weekly["VISIBILITY"]).groupby(weekly["GROUP"])
    bands = width.median().sort_values().index.tolist()
    if len(bands) < 2:
        return "Weekly visibility of trends"
    return f"Trends are read best among {bands[0]} accounts, worst among {bands[-1]} ones"


def smallest_changes(found: pd.DataFrame) -> gt.GT:
    """Return what each band's series can show, by trend."""
    wide = found.pivot_table(index="TREND", columns="GROUP", values="smallest_change")
    items = found.pivot_table(index="TREND", columns="GROUP", values="items")
    bands = [band for band in _BANDS if band in wide]
    shown = pd.DataFrame({"trend": wide.index})
    for band in bands:
        shown[f"items_{band}"] = [_known(value, count) for value in items[band]]
        shown[f"change_{band}"] = [_known(value, lambda v: percent(v, 0)) for value in wide[band]]
    table = gt.GT(shown, rowname_col="trend")
    for band in bands:
        table = table.tab_spanner(band, [f"items_{band}", f"change_{band}"])
    names: dict[str, Any] = {f"items_{band}": "Items" for band in bands} | {
        f"change_{band}": "Least change" for band in bands
    }
    return table.cols_label(**names).cols_align("right", list(names))


def changes_words(result: Result) -> str:
    """Say which change the median trend of each band can show from one week to the next."""
    found = result.tables.get("trends")
    known = pd.Series(dtype=float)
    if found is not None:
        told = found.dropna(subset=["smallest_change"])
        known = told.groupby("GROUP")["smallest_change"].median()
    if known.empty:
        return "No band of this source shows enough items for its errors to be told."
    parts = [f"{percent(float(known[band]), 0)} for {band}" for band in _BANDS if band in known]
    text = f"In the median trend it is {listing(parts)} accounts."
    widest = str(known.idxmax())
    if known[widest] <= 1:
        return text
    return (
        f"{text} A rise within one week that the {widest} panel reports is, for most trends, noise "
        "until the next weeks confirm it."
    )


def scores(found: pd.DataFrame, segmentation: str) -> gt.GT:
    """Return the scorecard of one segmentation."""
    found = found[found["segmentation"] == segmentation]
    shown = pd.DataFrame(
        {
            "criterion": found["criterion"],
            "measure": found["measure"],
            "estimate": [_three(value) for value in found["estimate"]],
            "interval": [
                f"{_three(low)} to {_three(high)}" if np.isfinite(low) else ""
                for low, high in zip(found["low"], found["high"], strict=True)
            ],
            "threshold": [
                f"{'at most' if most else 'at least'} {_three(value)}" if np.isfinite(value) else ""
                for most, value in zip(found["most"], found["threshold"], strict=True)
            ],
            "verdict": found["verdict"],
        }
    )
    return (
        gt.GT(shown, rowname_col="measure", groupname_col="criterion")
        .cols_label(
            estimate="Estimate", interval="95 % interval", threshold="Threshold", verdict="Verdict"
        )
        .cols_align("right", ["estimate", "interval", "threshold"])
    )


def reasons(found: pd.DataFrame, segmentation: str) -> gt.GT:
    """Return why each measure has the threshold it has."""
    found = found[found["segmentation"] == segmentation]
    shown = found[["criterion", "measure", "reason"]]
    return gt.GT(shown, rowname_col="measure", groupname_col="criterion").cols_label(reason="Why")


def quality_title(claim: Claim) -> str:
    """Return the takeaway of the scorecard."""
    return {
        "yes": "The follower bands pass what was measured",
        "no": "The follower bands fail where it matters",
        "undecided": "The follower bands neither surely pass nor fail",
        "cannot be answered": "Verdicts by criterion",
    }[claim.verdict]


def describe_verdicts(verdicts: pd.DataFrame) -> str:
    """Say in words what the figure of verdicts shows."""
    parts = []
    for name, own in verdicts.groupby("segmentation", sort=False):
        failed = own.loc[own["verdict"] == "fail", "criterion"].tolist()
        parts.append(f"{name} fail on {listing(failed)}")
    return f"Table of verdicts, criteria by segmentations: {'; '.join(parts)}."


def telling(found: pd.DataFrame, band: str, most: int = 8) -> pd.DataFrame:
    """Return a band's surest over- and under-represented labels, ready to draw."""
    own = found[(found["group"] == band) & (found["q"] < 0.05)]
    up = own[own["lift"] > 1].nlargest(most, "shrunk")
    down = own[own["lift"] < 1].nsmallest(most, "shrunk")
    both = pd.concat([up, down]).sort_values("shrunk", ascending=False)
    return pd.DataFrame(
        {
            "name": [label_of(name) for name in both["label"]],
            "estimate": np.log2(both["lift"]).to_numpy(),
            "low": np.log2(both["low"]).to_numpy(),
            "high": np.log2(both["high"]).to_numpy(),
            "group": np.where(both["lift"] > 1, "worn more", "worn less"),
        }
    )


def telling_title(shown: pd.DataFrame, band: str) -> str:
    """Return the takeaway of the figure of telling labels: the surest on either side."""
    more = shown.loc[shown["group"] == "worn more", "name"]
    less = shown.loc[shown["group"] == "worn less", "name"]
    parts = [f"more {more.iloc[0]}"] if len(more) else []
    parts += [f"less {less.iloc[-1]}"] if len(less) else []
    return f"{band.capitalize()} accounts surely show {listing(parts)} than others"


def describe_telling(shown: pd.DataFrame, band: str) -> str:
    """Say in words what the figure of telling labels shows."""
    more = shown.loc[shown["group"] == "worn more", "name"].tolist()
    less = shown.loc[shown["group"] == "worn less", "name"].tolist()
    return (
        f"Dot plot with intervals. Worn more by {band} accounts: {listing(more[:4])}; "
        f"worn less: {listing(less[-4:])}."
    )


def readable_shares(shares: pd.DataFrame) -> pd.DataFrame:
    """Return shares of repeatable taste in percent."""
    shown = shares.copy()
    shown[["share", "low", "high"]] = 100 * shown[["share", "low", "high"]]
    return shown


def capture_title(claim: Claim) -> str:
    """Return the takeaway of the figure of shares."""
    if claim.estimate is None:
        return "What groups could tell apart"
    if claim.verdict == "no":
        return f"The bands reach {percent(claim.estimate / 100, 0)} of what their sizes allow"
    return "The bands tell apart much of what their sizes allow"


def describe_shares(shares: pd.DataFrame) -> str:
    """Say in words what the figure of shares shows."""
    parts = [
        f"{row['grouping']} with {row['groups']} groups: {percent(row['share'])}"
        for row in shares.to_dict("records")
    ]
    return f"Share of repeatable taste between groups, a rising curve. {'; '.join(parts)}."


def capture_words(result: Result) -> str:
    """Say which share of repeatable taste the bands hold, and what other groups could."""
    shares = result.tables.get("shares")
    if shares is None or shares.empty:
        return result.claims[0].reason
    reason = " ".join(claim.reason for claim in result.claims)
    last = shares.sort_values("groups").groupby("grouping").last()
    held, same = (percent(float(last["share"][n])) for n in ("follower bands", _SAME_SIZES))
    text = (
        f"The bands hold {held} of the taste that authors repeat from one half of the window to "
        f"the other. Groups of the same sizes could hold {same}"
    )
    if _ANY_SIZES not in last.index:
        return f"{text}. {reason}".rstrip()
    groups, share = (float(last[name][_ANY_SIZES]) for name in ("groups", "share"))
    return f"{text}, and {count(groups)} groups of any size {percent(share)}. {reason}".rstrip()


def jumps(found: pd.DataFrame) -> pd.DataFrame:
    """Return jumps at the thresholds, ready to draw."""
    return pd.DataFrame(
        {
            "name": found["outcome"],
            "estimate": found["jump"],
            "low": found["low"],
            "high": found["high"],
            "group": [f"at {count(value)} followers" for value in found["threshold"]],
        }
    )


def jumps_title(claim: Claim) -> str:
    """Return the takeaway of the figure of jumps."""
    return {
        "yes": "Wardrobes change as an account passes a threshold",
        "no": "Wardrobes do not change as an account passes a threshold",
    }.get(claim.verdict, "No sure change of wardrobe at a threshold")


def density_title(claim: Claim) -> str:
    """Return the takeaway of the figure of density jumps."""
    return {
        "yes": "Accounts are spread smoothly across both thresholds",
        "no": "Accounts bunch at a threshold",
    }.get(claim.verdict, "No sure jump at a threshold, nor proof that there is none")


def jump_words(result: Result) -> str:
    """Say which outcomes jump, after correction for having looked at several."""
    found = result.tables.get("jumps")
    closed = any(claim.verdict == "cannot be answered" for claim in result.claims)
    if found is None or found.empty or closed:
        return ""
    sure = found[found["p_adjusted"] < 0.05]
    if sure.empty:
        return "Nothing that was looked at jumps at either threshold."
    parts = [
        f"{row['outcome']} at {count(row['threshold'])} "
        f"({decimal(row['jump'])} standard deviations)"
        for row in sure.to_dict("records")
    ]
    return f"What jumps, after correction for having looked at all of these: {listing(parts)}."


def flags(found: pd.DataFrame) -> gt.GT:
    """Return fashion-forward accounts by band, read both ways."""
    shares = found["flagged"] / found["authors"].clip(lower=1)
    of_flagged = found["flagged"] / max(int(found["flagged"].sum()), 1)
    shown = pd.DataFrame(
        {
            "band": found["band"],
            "authors": found["authors"].map(count),
            "flagged": found["flagged"].map(count),
            "share": shares.map(percent),
            "of_flagged": of_flagged.map(percent),
        }
    )
    return (
        gt.GT(shown, rowname_col="band")
        .cols_label(
            authors="Accounts",
            flagged="Fashion-forward",
            share="Of the band",
            of_flagged="Of all fashion-forward",
        )
        .cols_align("right", ["authors", "flagged", "share", "of_flagged"])
    )


def flag_words(result: Result) -> str:
    """Say how far the edgy band and the hand-picked flag meet."""
    found = result.tables["flags"].set_index("band")
    edgy, flagged = float(found["authors"].get("edgy", 0)), float(found["flagged"].sum())
    if not edgy or not flagged:
        return f"This source has {noun(edgy, 'edgy account')} and {noun(flagged, 'flag')}."
    if found["flagged"].isna().any():  # withheld
        return "In at least one band too few accounts carry the flag to say how the two meet."
    both = float(found["flagged"]["edgy"])
    return (
        f"Of the edgy accounts {percent(both / edgy)} carry the flag, and of the flagged accounts "
        f"{percent(both / flagged)} are edgy."
    )


def reach_words(result: Result) -> str:
    """Say whether the bands go with engagement, from their scorecard."""
    scores = result.tables.get("scores", pd.DataFrame())
    if len(scores):
        scores = scores[scores["measure"].str.startswith("R² of log comments")]
        scores = scores[scores["segmentation"] == "follower bands"].dropna(subset="estimate")
    if scores.empty:
        return "Whether bands go with comments could not be measured on this source."
    row = scores.iloc[0]
    known = f"Of the differences in comments, the bands explain {percent(row['estimate'], 0)}"
    if row["verdict"] == "pass":
        return f"{known}: for questions about reach they are a fair choice."
    return f"{known}: even for questions about reach they say little."


def dated_words(result: Result, leaders: str) -> str:
    """Say how many trends can be dated, and who is ahead in them."""
    found = result.values
    if not found.get("trends"):
        return ""
    return (
        f"Of {noun(found['trends'], 'trend')}, {count(found['identified'])} have a rise or fall "
        f"sharp enough to be dated; {leaders} surely lead in {count(found['leading'])} of them "
        f"and surely follow in {count(found['following']) if found['following'] else 'none'}."
    )


def telling_words(result: Result) -> str:
    """Say from how many labels the surest were taken."""
    looked = result.values.get("labels", 0)
    return f"The surest among {noun(looked, 'label')} that enough authors show." if looked else ""


def placebo_words(result: Result) -> str:
    """Say at how many other places the density was tested."""
    places = result.values.get("placebos", 0)
    return (
        f"The same test was made at {noun(places, 'place')} without a threshold." if places else ""
    )


def pair_words(result: Result) -> str:
    """Say how strong the best pair of thresholds is."""
    if "best_v" not in result.values:
        return ""
    return (
        f"The best pair reaches a Cramér's V of {decimal(result.values['best_v'], 3)}: no pair of "
        "follower thresholds makes a strong segmentation if even the best is weak."
    )


def pairs_title(found: pd.DataFrame) -> str:
    """Return the takeaway of the figure of pairs of thresholds."""
    own, best = found.loc[found["chosen"].astype(bool), "CRAMERS_V"], found["CRAMERS_V"].max()
    if own.empty:
        return f"The best pair of thresholds reaches a Cramér's V of {decimal(best, 3)}"
    return (
        f"Today's thresholds reach a Cramér's V of {decimal(own.iloc[0], 3)}, "
        f"the best pair {decimal(best, 3)}"
    )


def pair_title(trends: pd.DataFrame, shown: Sequence[str], leaders: str) -> str:
    """Return the takeaway of series side by side: in how many of them a panel turns first."""
    first = trends.loc[trends["TREND"].isin(shown), "LEAD"] > 0
    whole = "all" if first.all() else f"{count(first.sum())} of the"
    return f"{leaders} turn first in {whole} {count(len(first))} trends dated best"


def gaps(found: pd.DataFrame) -> pd.DataFrame:
    """Return distances from mainstream dress, ready to draw."""
    names = {"edgy": "edgy, not flagged", "fashion-forward": "fashion-forward, not edgy"}
    return pd.DataFrame(
        {
            "name": found["group"].map(names),
            "estimate": found["gap"],
            "low": found["low"],
            "high": found["high"],
            "group": "gap",
        }
    )


def replaced(result: Result, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Result:
    """Return a result with one table made ready for the page, if it is there."""
    if name not in result.tables:
        return result
    return replace(result, tables={**result.tables, name: change(result.tables[name])})


def leads(trends: pd.DataFrame, claim: Claim) -> pd.DataFrame:
    """Return leads of trends that can be dated, best dated first, and all together at the end."""
    known = trends[trends["IDENTIFIED"].astype(bool)]
    known = known.assign(width=known["HIGH"] - known["LOW"]).sort_values("width")
    shown = pd.DataFrame(
        {
            "name": known["TREND"],
            "estimate": known["LEAD"],
            "low": known["LOW"],
            "high": known["HIGH"],
            "group": "single trend",
        }
    )
    if claim.estimate is None or claim.interval is None:
        return shown
    low, high = claim.interval
    pooled = pd.DataFrame(
        [("all trends together", claim.estimate, low, high, "pooled")], columns=shown.columns
    )
    return pd.concat([shown, pooled], ignore_index=True)


def lead_title(claim: Claim, leaders: str) -> str:
    """Return the takeaway of a figure of leads."""
    return {
        "yes": f"{leaders} are ahead by weeks, all trends together",
        "no": f"{leaders} are not ahead",
        "undecided": f"Whether {leaders[0].lower()}{leaders[1:]} are ahead stays open",
        "cannot be answered": "No trend can be dated",
    }[claim.verdict]


def describe_leads(shown: pd.DataFrame) -> str:
    """Say in words what the figure of leads shows."""
    ahead = int((shown["low"] > 0).sum())
    return (
        f"Dot plot of leads in weeks with intervals, {len(shown)} lines; "
        f"{ahead} intervals lie wholly above zero."
    )


def panel_names(series: pd.DataFrame) -> pd.DataFrame:
    """Return paired series with panels named for people."""
    names = {"True": "fashion-forward", "False": "all others"}
    return series.assign(panel=series["panel"].replace(names), week=pd.to_datetime(series["week"]))


def describe_series(weekly: pd.DataFrame) -> str:
    """Say in words what the figure of weekly series shows."""
    width = ((weekly["HIGH"] - weekly["LOW"]) / weekly["VISIBILITY"]).groupby(weekly["GROUP"])
    bands = width.median().sort_values().index.tolist()
    return (
        f"Weekly visibility of {listing(sorted(weekly['TREND'].unique()))} by follower band. "
        f"Intervals are narrowest for {bands[0]} and widest for {bands[-1]}."
    )


def readings(found: pd.DataFrame) -> gt.GT:
    """Return bands by the follower column that is read."""
    bands: Sequence[str] = [band for band in _BANDS if band in found]
    shown = pd.DataFrame(
        {"mart": found["mart"], **{band: found[band].map(count) for band in bands}}
    )
    return (
        gt.GT(shown, rowname_col="mart")
        .tab_spanner("Band by MART_AUTHORS_SEGMENTATIONS", list(bands))
        .tab_stubhead("Band by MART_AUTHORS")
        .cols_align("right", list(bands))
    )


def _three(value: float) -> str:
    """Return a number with three meaningful digits."""
    if not np.isfinite(value):
        return "–"
    if value == 0 or abs(value) >= 100:
        return count(value)
    digits = max(0, 2 - int(np.floor(np.log10(abs(value)))))
    return decimal(value, min(digits, 4))


def _known(value: float, shown: Any) -> str:
    return str(shown(value)) if np.isfinite(value) else "–"


def _said(labels: str, sign: str) -> str:
    """Return labels that a sign joins as people say them, without their types."""
    return sign.join(words(label.rpartition("/")[2]) for label in labels.split(sign))
