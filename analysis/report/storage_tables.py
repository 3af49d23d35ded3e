"""Tables and sentences about how segments and detections are stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import great_tables as gt
import pandas as pd

from analysis.claims import Claim
from analysis.report.prose import around, count, day, decimal, evidence, listing, percent, verdict
from analysis.resources import measured

_MENDS = {
    "storage.one_rule": "SEGMENTATION holds rule, version and query; AUTHOR_SEGMENT the outcome",
    "storage.history": "AUTHOR_SEGMENT has VALID_FROM and VALID_TO; AUTHOR_FOLLOWER_READING a time",
    "storage.one_count": "AUTHOR_FOLLOWER_READING names the source of each reading",
    "storage.keys": "Keys are declared, and checked before a publication ends",
    "storage.confidence": "DETECTED_ITEM and ITEM_LABEL have CONFIDENCE and MODEL_VERSION",
    "storage.item_identity": "DETECTED_ITEM gives each box an id and four numbers",
    "storage.item_queries": "ITEM_LABEL ties labels by the id of the item",
}
_FASTER = 1.1


def answer_sentence(claims: Sequence[Claim]) -> str:
    """Say for how many of the questions the tables fail, and for how many it is open."""
    failing = sum(claim.verdict == "no" for claim in claims)
    open_ones = sum(claim.verdict in ("undecided", "cannot be answered") for claim in claims)
    stay = "stays" if open_ones == 1 else "stay"
    rest = f", and {open_ones} {stay} open on this source" if open_ones else ""
    done = "is" if failing == 1 else "are"
    return f"Of {len(claims)} things that such tables should do, {failing} {done} not done{rest}."


def drawbacks(claims: Sequence[Claim]) -> gt.GT:
    """Return what the tables should do, whether they do, how that shows and what would mend it."""
    shown = pd.DataFrame(
        {
            "question": [claim.question for claim in claims],
            "verdict": [verdict(claim) for claim in claims],
            "evidence": [evidence(claim, 0 if claim.interval is None else 1) for claim in claims],
            "mend": [_MENDS[claim.id] for claim in claims],
        }
    )
    return (
        gt.GT(shown, rowname_col="question")
        .cols_label(verdict="Answer", evidence="Evidence", mend="In the proposed tables")
        .cols_width(question="28%", verdict="10%", evidence="32%", mend="30%")
    )


def readings(found: pd.DataFrame) -> gt.GT:
    """Return the sizes of the bands by reading of the rule."""
    bands = [name for name in found.columns if name != "reading"]
    shown = found.assign(**{band: found[band].map(count) for band in bands})
    return (
        gt.GT(shown, rowname_col="reading")
        .tab_spanner("Authors", bands)
        .cols_label({band: band.capitalize() for band in bands})
        .cols_align("right", bands)
    )


def trend_shares(trends: pd.DataFrame) -> pd.DataFrame:
    """Return shares of images on different items in per cent, as the figure draws them."""
    return pd.DataFrame(
        {
            "name": trends["trend"],
            "estimate": 100 * trends["share"],
            "low": 100 * trends["low"],
            "high": 100 * trends["high"],
            "group": "trend",
        }
    )


def trends_title(trends: pd.DataFrame) -> str:
    """Say how far a query by image can be wrong."""
    worst = trends.iloc[0]
    if not worst["share"]:
        return "Where all labels of a trend are seen, one item carries them"
    share = percent(worst["share"], 0)
    return f"Of the images with all labels of “{worst['trend']}”, {share} show none"


def describe_trends(trends: pd.DataFrame) -> str:
    """Say in words what the figure of shares shows."""
    never = int((trends["share"] == 0).sum())
    top = listing([str(name) for name in trends["trend"].head(3)])
    return (
        f"Dots with intervals for {len(trends)} trends: share of images that carry all labels, but "
        f"on different items. Highest are {top}; {never} trends have none."
    )


def text_sentence(values: dict[str, Any]) -> str:
    """Say how much of the label rows is two texts that repeat."""
    times = values["text_bytes"] / max(1, values["number_bytes"])
    return (
        f"{count(values['labels'])} distinct labels are written out in every row: "
        f"{count(values['text_bytes'] / 1e6)} million bytes of text before compression, "
        f"{decimal(times, 1)} times what a number would take."
    )


def benchmark() -> dict[str, Any] | None:
    """Return the figures of ``benchmarks/storage.py``; None where it has not been run."""
    figures: dict[str, Any] | None = measured("storage")
    return figures


def benchmark_sentence(figures: dict[str, Any] | None) -> str:
    """Say where the proposed tables are faster and where slower, or that nothing was measured."""
    if figures is None:
        return "It was not measured in this copy: run the benchmark named below."
    groups: dict[str, list[str]] = {"faster": [], "slower": [], "alike": []}
    for row in figures["questions"]:
        low, high = row["times_as_fast_range"]
        kind = "faster" if low > _FASTER else "slower" if high < 1 / _FASTER else "alike"
        groups[kind].append(f"“{row['question']}”")
    parts = [
        f"{kind} in every repetition for {listing(names)}"
        for kind, names in groups.items()
        if names and kind != "alike"
    ]
    if groups["alike"]:
        parts.append(f"not clearly either for {listing(groups['alike'])}")
    sizes = figures["bytes"]["parquet"]
    change = sizes["proposed"] / sizes["today"] - 1
    size = f"{percent(abs(change), 0)} {'more' if change > 0 else 'fewer'} bytes"
    return f"The proposed tables are {'; '.join(parts)}. They take {size} in compressed columns."


def benchmark_table(figures: dict[str, Any] | None) -> gt.GT:
    """Return seconds and bytes of both layouts, by question."""
    rows = figures["questions"] if figures else []
    shown = pd.DataFrame(
        {
            "question": [row["question"] for row in rows],
            "today": [_milliseconds(row["seconds"]["today"]) for row in rows],
            "proposed": [_milliseconds(row["seconds"]["proposed"]) for row in rows],
            "times": [_times(row) for row in rows],
            "bytes": [
                decimal(row["bytes_read"]["today"] / max(1, row["bytes_read"]["proposed"]), 1)
                for row in rows
            ],
        }
    )
    return (
        gt.GT(shown, rowname_col="question")
        .tab_spanner("Milliseconds", ["today", "proposed"])
        .cols_label(
            today="Today",
            proposed="Proposed",
            times="Times as fast (range)",
            bytes="Bytes read, today over proposed",
        )
        .cols_align("right", ["today", "proposed", "times", "bytes"])
    )


def benchmark_caption(figures: dict[str, Any] | None) -> str:
    """Say on what, when and with which versions the benchmark ran."""
    if figures is None:
        return "Nothing measured yet."
    rows = figures["rows"]["MART_IMAGES_LABELS"]
    machine = figures["machine"]
    return (
        f"Both layouts in one run on {figures['source']} ({count(rows)} label rows), "
        f"{day(figures['measured'])}, DuckDB {figures['versions']['duckdb']} on one thread of "
        f"{machine['processor']}; median of {figures['repetitions']} repetitions, warm."
    )


def _milliseconds(seconds: float) -> str:
    return decimal(1000 * seconds, 0)


def _times(row: dict[str, Any]) -> str:
    low, high = row["times_as_fast_range"]
    return around(row["times_as_fast"], low, high, 1)
