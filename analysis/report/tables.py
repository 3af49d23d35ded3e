"""Frames made ready for a page: names for people, numbers aligned, words for who cannot see."""

from __future__ import annotations

import great_tables as gt
import pandas as pd

from analysis.report.prose import count, decimal, listing, percent

_TREATMENTS = {
    "else_edgy": "Missing called edgy",
    "filled": "Missing filled from the other table",
}


def label_name(kind: str, label: str) -> str:
    """Return a label as people say it: the type is named only where the label needs it."""
    words = label.replace("_", " ")
    suffix = {"shoe_brand": " (shoe brand)", "bag_brand": " (bag brand)"}.get(kind, "")
    return f"{words}{suffix}"


def edgy_lifts(lifts: pd.DataFrame) -> pd.DataFrame:
    """Return lifts with names and a group for the colour; without labels of no edgy author."""
    shown = lifts[lifts["inside"] > 0].copy()
    shown["name"] = [
        label_name(kind, label)
        for kind, label in zip(shown["type"], shown["label"], strict=True)
    ]
    shown["group"] = shown["type"].map({"pattern": "pattern", "shoe_brand": "shoe brand"})
    return shown


def describe_lifts(lifts: pd.DataFrame) -> str:
    """Say in words what the figure of lifts shows."""
    ordered = lifts.sort_values("lift", ascending=False)
    top = [label_name(row.type, row.label) for row in ordered.head(3).itertuples()]
    bottom = ordered[ordered["lift"] > 0].iloc[-1]
    return (
        f"Dot plot of the edgy lift of {len(lifts)} labels with intervals. Highest are "
        f"{listing(top)} at {decimal(ordered['lift'].iloc[0], 1)} and below; lowest is "
        f"{label_name(bottom['type'], bottom['label'])} at {decimal(bottom['lift'], 1)}."
    )


def map_points(points: pd.DataFrame) -> pd.DataFrame:
    """Return points of a correspondence map with the weight by which names are chosen."""
    shown = points.copy()
    shown["kind"] = shown["kind"].where(shown["kind"] == "label", "group")
    distance = shown["axis1"] ** 2 + shown["axis2"] ** 2
    shown["weight"] = shown["mass"] * distance
    shown["name"] = shown["name"].str.replace("shoe_brand ", "").str.replace("pattern ", "")
    shown["name"] = shown["name"].str.replace("_", " ")
    return shown


def published_flags(flags: pd.DataFrame) -> gt.GT:
    """Return the table of fashion-forward accounts per band under two treatments."""
    shown = pd.DataFrame(
        {
            "treatment": flags["treatment"].map(_TREATMENTS),
            "band": flags["tier"],
            "flagged": flags["flagged"].map(count),
            "authors": flags["authors"].map(count),
            "share": flags["share"].map(lambda share: percent(share, 2)),
            "interval": [
                f"{percent(low, 2)} to {percent(high, 2)}"
                for low, high in zip(flags["low"], flags["high"], strict=True)
            ],
        }
    )
    return (
        gt.GT(shown, rowname_col="band", groupname_col="treatment")
        .cols_label(flagged="Flagged", authors="Authors", share="Share", interval="95 % interval")
        .cols_align("right", ["flagged", "authors", "share", "interval"])
    )
