"""Tables and sentences of the bands asked in every way."""

from __future__ import annotations

import great_tables as gt
import numpy as np
import pandas as pd

from analysis.names import label_words
from analysis.report.prose import around, count, decimal, listing, noun, p_value, percent


def tests(found: pd.DataFrame) -> gt.GT:
    """Return every test with its unit, statistic and p-value."""
    shown = pd.DataFrame(
        {
            "test": found["test"],
            "unit": found["unit"],
            "statistic": found["statistic"].map(lambda value: decimal(value, 1)),
            "p": found["p_value"].map(p_value),
        }
    )
    return (
        gt.GT(shown, rowname_col="test", groupname_col="unit")
        .cols_label(statistic="Statistic", p="p-value")
        .cols_align("right", ["statistic", "p"])
    )


def measures(found: pd.DataFrame) -> gt.GT:
    """Return measures of association, with intervals where authors are the unit."""
    shown = pd.DataFrame(
        {
            "measure": found["measure"],
            "unit": found["unit"],
            "value": found["value"].map(lambda value: decimal(value, 4)),
            "interval": [
                "–" if pd.isna(low) else f"{decimal(low, 4)} to {decimal(high, 4)}"
                for low, high in zip(found["low"], found["high"], strict=True)
            ],
        }
    )
    return (
        gt.GT(shown, rowname_col="measure", groupname_col="unit")
        .cols_label(value="Value", interval="95 % interval")
        .cols_align("right", ["value", "interval"])
    )


def labels_answer(found: pd.DataFrame) -> str:
    """Say what becomes of the labels that naive residuals pick."""
    group = found["group"].iloc[0]
    kept = found["q"] < 0.05
    same = kept & (np.sign(found["naive"]) == np.sign(found["careful"]))
    return (
        f"Naive residuals of label rows would call {noun(len(found), 'label')} of {group} accounts "
        f"far from chance (the smallest is {decimal(found['naive'].abs().min(), 1)} standard "
        "deviations). Among authors of like activity, with one (damped) voice each, "
        f"{count(same.sum())} of them {'differs' if same.sum() == 1 else 'differ'} still."
    )


def labels(found: pd.DataFrame) -> gt.GT:
    """Return the labels with the largest naive residuals, and their careful counterparts."""
    names = [label_words(*str(label).split("/", 1)) for label in found["label"]]
    shown = pd.DataFrame(
        {
            "label": names,
            "naive": found["naive"].map(lambda value: decimal(value, 1)),
            "careful": found["careful"].map(lambda value: decimal(value, 1)),
            "q": found["q"].map(p_value),
            "lift": found["lift"].map(decimal),
            "odds": [
                "–" if pd.isna(low) else around(odds, low, high)
                for odds, low, high in zip(
                    found["odds_ratio"], found["low"], found["high"], strict=True
                )
            ],
        }
    )
    return (
        gt.GT(shown, rowname_col="label")
        .cols_label(
            naive="Label rows",
            careful="Authors",
            q="Adjusted p",
            lift="Lift of presence",
            odds="Odds ratio given activity",
        )
        .tab_spanner("Residual", ["naive", "careful"])
        .cols_align("right", ["naive", "careful", "q", "lift", "odds"])
    )


def bands(found: pd.DataFrame) -> gt.GT:
    """Return diversity and inequality of each band."""
    shown = pd.DataFrame(
        {
            "band": found["band"],
            "authors": found["authors"].map(count),
            "labels": found["labels"].map(count),
            "labels_equal": found["labels_equal"].map(count),
            "common": found["common"].map(lambda value: decimal(value, 1)),
            "common_equal": found["common_equal"].map(lambda value: decimal(value, 1)),
            "gini": found["gini"].map(decimal),
            "capped": [
                around(value, low, high)
                for value, low, high in zip(
                    found["gini_capped"], found["low"], found["high"], strict=True
                )
            ],
            "top": found["top"].map(lambda value: percent(value, 0)),
            "half": found["lower_half"].map(lambda value: percent(value, 0)),
        }
    )
    numbers = [str(name) for name in shown if name != "band"]
    return (
        gt.GT(shown, rowname_col="band")
        .cols_label(
            authors="Authors",
            labels="All",
            labels_equal="Equal coverage",
            common="All rows",
            common_equal="Equal coverage",
            gini="Gini",
            capped="Gini, capped",
            top="Top 1 %",
            half="Lower half",
        )
        .tab_spanner("Labels", ["labels", "labels_equal"])
        .tab_spanner("Common labels", ["common", "common_equal"])
        .tab_spanner("Share of label rows", ["top", "half"])
        .cols_align("right", numbers)
    )


def axes_answer(found: pd.DataFrame) -> str:
    """Say how many axes carry more than chance."""
    above = {of: part["above"].iloc[0] for of, part in found.groupby("of")}
    tried = int((found["of"] == "authors").sum())
    carry = "carries" if above["bands"] == 1 else "carry"
    return (
        f"Between bands, {noun(above['bands'], 'axis', 'axes')} of "
        f"{count((found['of'] == 'bands').sum())} {carry} more than exchanging authors of like "
        f"activity does. Between authors, {count(above['authors'])} of the first {count(tried)} "
        "carry more than authors who all share one taste would show."
    )


def numbers_answer(found: pd.DataFrame) -> str:
    """Say how many clusters of authors three indices ask for."""
    densest = found["clusters"].iloc[int(found["calinski"].argmax())]
    strong = found.loc[found["strength"] >= 0.8, "clusters"]
    by_strength = count(strong.max()) if len(strong) else "fewer than two"
    return (
        "How many clusters of authors there are, indices alone do not settle: the gap statistic "
        f"asks for {count(found['by_gap'].iloc[0])}, the index of Calinski and Harabasz for "
        f"{count(densest)}, prediction strength for {by_strength}, of at most "
        f"{count(found['clusters'].max())}."
    )


def attributes_answer(found: pd.DataFrame) -> str:
    """Say which attributes of authors hang together on the first axis."""
    leading = found.sort_values("first", ascending=False)
    text = (
        "Multiple correspondence analysis of what is known of the authors puts "
        f"{percent(found['share_first'].iloc[0], 0)} of the adjusted inertia on one axis; it "
        "explains "
        + listing(
            [f"{percent(r, 0)} of {n}" for n, r in leading[["attribute", "first"]].to_numpy()]
        )
        + "."
    )
    flag = found["p_flag"].iloc[0]
    if pd.notna(flag):
        text += (
            " Within tenths of activity the band and the fashion flag go together with p "
            f"{p_value(flag)} (Cochran-Mantel-Haenszel)."
        )
    return text
