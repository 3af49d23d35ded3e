"""Frames made ready for a page: names for people, numbers aligned, words for who cannot see."""

from __future__ import annotations

import great_tables as gt
import pandas as pd

from analysis.claims import Claim
from analysis.findings.step import Result
from analysis.names import label_of, label_words, type_words
from analysis.report.prose import count, decimal, listing, percent
from analysis.report.provenance import moment, source_name
from analysis.study import Study

_ONE_AXIS = 0.9  # of the inertia
_TREATMENTS = {
    "else_edgy": "Missing called edgy",
    "filled": "Missing filled from the other table",
}


def edgy_lifts(lifts: pd.DataFrame) -> pd.DataFrame:
    """Return lifts with names and a group for the colour; without labels of no edgy author."""
    shown = lifts[lifts["inside"] > 0].copy()
    shown["name"] = [
        label_words(kind, label) for kind, label in zip(shown["type"], shown["label"], strict=True)
    ]
    shown["group"] = shown["type"].map({"pattern": "pattern", "shoe_brand": "shoe brand"})
    return shown


def describe_lifts(lifts: pd.DataFrame) -> str:
    """Say in words what the figure of lifts shows."""
    ordered = lifts.sort_values("lift", ascending=False)
    top = [label_words(row.type, row.label) for row in ordered.head(3).itertuples()]
    bottom = ordered[ordered["lift"] > 0].iloc[-1]
    return (
        f"Dot plot of the edgy lift of {len(lifts)} labels with intervals. Highest are "
        f"{listing(top)} at {decimal(ordered['lift'].iloc[0], 1)} and below; lowest is "
        f"{label_words(bottom['type'], bottom['label'])} at {decimal(bottom['lift'], 1)}."
    )


def lifts_title(lifts: pd.DataFrame, reference: float) -> str:
    """Say how many lifts exceed a reference with their whole interval, and which most."""
    beyond = lifts[lifts["low"] > reference].sort_values("lift", ascending=False)
    if beyond.empty:
        return "No label exceeds what activity alone gives"
    return f"{len(beyond)} of {len(lifts)} labels are more edgy than activity alone makes them"


def inertia_title(inertia: list[float]) -> str:
    """Say how many axes a map needs."""
    if inertia[0] > _ONE_AXIS:
        return "One axis carries nearly everything"
    return f"Two axes carry {percent(sum(inertia[:2]), 0)} of what differs"


def left_out_words(result: Result) -> str:
    """Say how many labels the map of bands leaves out, where it does."""
    number = int(result.values.get("left_out", 0))
    return f"The {count(number)} labels that fewest authors wear are left out." if number else ""


def describe_published_map(points: pd.DataFrame) -> str:
    """Say in words what the map of the published table shows."""
    labels = points[points["kind"] == "label"].sort_values("axis1")
    edgy = points.loc[points["name"] == "edgy", "axis1"].iloc[0]
    if edgy < 0:
        labels = labels[::-1]
    near = map_points(labels.tail(3))["name"].tolist()
    far = map_points(labels.head(3))["name"].tolist()
    return (
        f"Correspondence map of {len(labels)} labels and three bands. On the side of edgy lie "
        f"{listing(near)}; on the side of mainstream {listing(far)}."
    )


def map_points(points: pd.DataFrame) -> pd.DataFrame:
    """Return points of a correspondence map under the names that people use."""
    return points.assign(name=points["name"].map(label_of))


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


def published_conclusions(found: pd.DataFrame) -> gt.GT:
    """Return which public conclusions survive their intervals."""
    return (
        gt.GT(found, rowname_col="conclusion")
        .cols_label(printed="As printed", certain="With whole interval", survives="Survives")
        .cols_align("right", ["printed", "certain"])
    )


def describe_source(study: Study) -> str:
    """Say in two sentences what this copy of the report was computed from."""
    source = study.source
    first = f"This copy was computed from {source_name(source)}, as of {moment(source.as_of)}."
    if source.is_sample:
        return (
            f"{first} It is a stand-in for the real marts: the same tables, size, dirt and "
            "structure, with a known truth planted in it, so that every method can be judged."
        )
    return f"{first} The extracts hold counts by author and label; no bio, caption or account id."


def source_card(study: Study) -> gt.GT:
    """Return source, moment, seed and versions, one a line."""
    versions = study.manifest["versions"]
    lines = {
        "Source": source_name(study.source),
        "As of": moment(study.source.as_of),
        "Prepared": moment(study.manifest["started"]),
        "Seed": str(study.seed),
        "Study": versions["author-panels"],
        "Python": versions["python"],
        "DuckDB": versions["duckdb"],
    }
    shown = pd.DataFrame({"what": list(lines), "value": list(lines.values())})
    return gt.GT(shown, rowname_col="what").tab_options(column_labels_hidden=True)


def mart_sizes(sizes: pd.DataFrame) -> gt.GT:
    """Return rows and columns of the marts."""
    shown = pd.DataFrame(
        {
            "table": sizes["TABLE_NAME"],
            "rows": sizes["rows"].map(count),
            "columns": sizes["columns"].map(count),
        }
    )
    return (
        gt.GT(shown, rowname_col="table")
        .cols_label(rows="Rows", columns="Columns")
        .cols_align("right", ["rows", "columns"])
    )


def label_types(types: pd.DataFrame) -> gt.GT:
    """Return labels and detections by type of detector."""
    shown = pd.DataFrame(
        {
            "type": types["TYPE"].map(type_words),
            "labels": types["labels"].map(count),
            "detections": types["detections"].map(count),
        }
    )
    return (
        gt.GT(shown, rowname_col="type")
        .cols_label(labels="Labels", detections="Detections")
        .cols_align("right", ["labels", "detections"])
    )


def dirt(found: pd.DataFrame) -> gt.GT:
    """Return the kinds of dirt that occur, by table."""
    there = found[found["N_AFFECTED"] > 0]
    shares = there["N_AFFECTED"] / there["N_LOOKED_AT"]
    shown = pd.DataFrame(
        {
            "kind": there["KIND"],
            "table": there["TABLE_NAME"],
            "affected": there["N_AFFECTED"].map(count),
            "unit": there["UNIT"],
            "share": shares.map(
                lambda share: percent(share, 2) if share >= 5e-5 else f"below {percent(1e-4, 2)}"
            ),
        }
    ).sort_values("table", kind="stable")
    return (
        gt.GT(shown, rowname_col="kind", groupname_col="table")
        .cols_label(affected="Affected", unit="Unit", share="Share")
        .cols_align("right", ["affected", "share"])
    )


def monthly_images(monthly: pd.DataFrame) -> pd.DataFrame:
    """Return image rows per month over all bands."""
    sums = monthly.groupby("MONTH", as_index=False)["N_IMAGE_ROWS"].sum()
    return pd.DataFrame({"month": pd.to_datetime(sums["MONTH"]), "images": sums["N_IMAGE_ROWS"]})


def volume_title(monthly: pd.DataFrame) -> str:
    """Say how the volume of the last whole months compares with the first."""
    inner = monthly["images"].iloc[1:-1]
    if len(inner) < 6:
        return "Image rows per month"
    change = inner.iloc[-3:].mean() / inner.iloc[:3].mean() - 1
    if abs(change) < 0.05:
        return "The volume stays level"
    direction = "falls" if change < 0 else "rises"
    return f"The volume {direction} by {percent(abs(change), 0)} over the window"


def volume_words(monthly: pd.DataFrame) -> str:
    """Say how many rows the figure of monthly volume counts."""
    return f"{count(monthly['images'].sum())} image rows of all authors; the ends may be partial."


def describe_volume(monthly: pd.DataFrame) -> str:
    """Say in words what the figure of monthly volume shows."""
    top = monthly.nlargest(1, "images").iloc[0]
    return (
        f"Bar chart of image rows over {len(monthly)} months; the highest bar is "
        f"{top['month']:%B %Y} with {count(top['images'])} rows. {volume_title(monthly)}."
    )


def band_sizes(sizes: pd.DataFrame) -> gt.GT:
    """Return size and activity of each band."""
    shown = pd.DataFrame(
        {
            "band": sizes["band"],
            "authors": sizes["authors"].map(count),
            "share": sizes["share"].map(percent),
            "labelled": sizes["labelled"].map(count),
            "detections": sizes["detections_per_labelled"].map(count),
            "flagged": sizes["flagged"].map(count),
        }
    )
    return (
        gt.GT(shown, rowname_col="band")
        .tab_spanner("Authors", ["authors", "share", "labelled", "flagged"])
        .cols_label(
            authors="All",
            share="Share",
            labelled="With labels",
            flagged="Fashion-forward",
            detections="Detections per author with labels",
        )
        .cols_align("right", ["authors", "share", "labelled", "flagged", "detections"])
    )


def naive_words(association: Result) -> str:
    """Say what a chi-squared test of label rows gives, where there is a table to test."""
    if "naive_chi2" not in association.values:
        return "Bands and labels make no table here that a chi-squared test could take."
    return (
        "Taken row by row, the table of bands and labels gives a chi-squared of "
        f"{count(association.values['naive_chi2'])} on {count(association.values['naive_df'])} "
        "degrees of freedom, as if all rows were independent."
    )


def map_title(claim: Claim) -> str:
    """Return the takeaway of the map of bands and labels."""
    return {
        "yes": "The bands stand apart in what their authors wear",
        "no": "The bands sit together: followers say little about wardrobe",
        "undecided": "The bands differ a little; how much is open",
        "cannot be answered": "Labels that are worn together lie together",
    }[claim.verdict]


def describe_map(points: pd.DataFrame) -> str:
    """Say in words what a correspondence map shows."""
    labels = map_points(points[points["kind"] == "label"].nlargest(6, "weight"))
    left = [name for name, x in zip(labels["name"], labels["axis1"], strict=True) if x < 0]
    right = [name for name, x in zip(labels["name"], labels["axis1"], strict=True) if x >= 0]
    groups = points[points["kind"] == "group"]["name"].tolist()
    marked = (
        f"The bands {listing(groups)} are marked with ellipses."
        if len(groups) > 1
        else f"The band {groups[0]} is marked with an ellipse."
        if groups
        else "No band is marked."
    )
    return (
        f"Correspondence map of {int((points['kind'] == 'label').sum())} labels. Far left: "
        f"{listing(left)}; far right: {listing(right)}. {marked}"
    )


def sent_words(found: pd.DataFrame) -> str:
    """Say how much the extracts of a run brought back, from the passports of all its entries."""
    sent = found[found["kind"] == "extract"]
    return (
        f"Together the {count(len(sent))} extracts of this run hold {count(sent['rows'].sum())} "
        f"rows in {count(sent['bytes'].sum())} bytes."
    )


def passports(found: pd.DataFrame) -> gt.GT:
    """Return where every extract and result of a run came from."""
    shown = pd.DataFrame(
        {
            "name": found["name"],
            "kind": found["kind"],
            "as_of": found["as_of"].map(lambda iso: _unbroken(moment(iso).removesuffix(" UTC"))),
            "query": found["query_id"].replace("", "–").map(_unbroken),
            "rows": found["rows"].map(count),
            "bytes": found["bytes"].map(count),
            "seconds": found["seconds"].map(lambda seconds: decimal(seconds, 1)),
            "content": found["content_hash"].str[:8],
        }
    )
    return (
        gt.GT(shown, rowname_col="name", groupname_col="kind")
        .cols_label(
            as_of="As of (UTC)",
            query="Query",
            rows="Rows",
            bytes="Bytes",
            seconds="Seconds",
            content="Content",
        )
        .cols_align("right", ["rows", "bytes", "seconds"])
    )


def _unbroken(text: str) -> str:
    """Return a text that no column breaks."""
    return text.replace(" ", "\N{NO-BREAK SPACE}").replace("-", "\N{NON-BREAKING HYPHEN}")
