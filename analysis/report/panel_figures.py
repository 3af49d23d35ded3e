"""Figures of the chapters that judge panels and segmentations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotnine as p9

from analysis.report.theme import (
    ABSENT,
    BAND_COLOURS,
    BLUE,
    GREEN,
    INK,
    LITTLE,
    MUCH,
    MUTED,
    OCHRE,
    RULE,
    VERMILION,
    in_words,
    theme,
)

PANEL_COLOURS = {**BAND_COLOURS, "fashion-forward": VERMILION, "all others": BLUE}
VERDICT_COLOURS = {
    "pass": GREEN,
    "fail": VERMILION,
    "undecided": OCHRE,
    "not measured": ABSENT,
}


def weekly_series(weekly: pd.DataFrame, title: str, subtitle: str) -> Any:
    """Draw weekly visibility by trend (rows) and band (columns), with intervals.

    Parameters
    ----------
    weekly : DataFrame
        Columns ``week``, ``trend``, ``band``, ``visibility``, ``low``, ``high``, all in percent.
    title, subtitle : str
        The takeaway, and what band and line are.
    """
    rows = weekly["trend"].nunique()
    # a week of few images must not set the scale of all others
    top = weekly.groupby("trend")["high"].transform(lambda high: high.quantile(0.98))
    weekly = weekly.assign(
        high=weekly["high"].clip(upper=top), visibility=weekly["visibility"].clip(upper=top)
    )
    return (
        p9.ggplot(weekly, p9.aes("week", "visibility"))
        + p9.geom_ribbon(p9.aes(ymin="low", ymax="high", fill="band"), alpha=0.25)
        + p9.geom_line(p9.aes(colour="band"), size=0.5)
        + p9.facet_grid("trend ~ band", scales="free_y")
        + p9.scale_colour_manual(values=BAND_COLOURS)
        + p9.scale_fill_manual(values=BAND_COLOURS)
        + p9.scale_x_date(date_breaks="1 year", date_labels="%Y")
        + p9.labs(
            title=title, subtitle=subtitle, x="", y="items per hundred labelled images, by week"
        )
        + theme(1.2 + 1.35 * rows)
        + p9.theme(
            legend_position="none",
            panel_spacing_x=0.045,
            panel_spacing_y=0.02,
            strip_text_y=p9.element_text(angle=0),
        )
    )


def intervals(
    frame: pd.DataFrame, title: str, subtitle: str, x: str, *, reference: float = 0.0
) -> Any:
    """Draw estimates with intervals, one line each, in the order of the frame.

    Parameters
    ----------
    frame : DataFrame
        Columns ``name``, ``estimate``, ``low``, ``high`` and ``group`` for the colour.
    title, subtitle, x : str
        Takeaway, how to read it, name of the axis.
    reference : float
        Where nothing would lie.
    """
    order = list(dict.fromkeys(frame["name"]))[::-1]
    shown = frame.assign(name=pd.Categorical(frame["name"], order, ordered=True))
    groups = list(dict.fromkeys(shown["group"]))
    shown["group"] = pd.Categorical(shown["group"], groups, ordered=True)
    dodge = p9.position_dodge(width=0.5 if len(shown) > len(order) else 0.0)
    return (
        p9.ggplot(shown, p9.aes("name", "estimate", colour="group"))
        + p9.geom_hline(yintercept=reference, colour=INK, size=0.5)
        + p9.geom_linerange(p9.aes(ymin="low", ymax="high"), size=0.8, position=dodge)
        + p9.geom_point(size=2.2, position=dodge)
        + p9.coord_flip()
        + p9.labs(title=title, subtitle=subtitle, x="", y=x)
        + theme(1.3 + 0.24 * max(len(order), len(shown) * 0.6))
        + in_words(shown["group"], [BLUE, VERMILION, OCHRE, GREEN, MUTED])
        + (p9.theme(legend_position="none") if len(groups) == 1 else p9.theme())
    )


def explained_shares(shares: pd.DataFrame, title: str, subtitle: str) -> Any:
    """Draw how much of the repeatable taste groupings tell apart, by number of groups.

    Parameters
    ----------
    shares : DataFrame
        Columns ``grouping``, ``groups``, ``share``, ``low``, ``high`` in percent.
    title, subtitle : str
    """
    curve = shares[shares["grouping"] == "best, any sizes"]
    points = shares[shares["grouping"] != "best, any sizes"].copy()
    points["x"] = points["groups"] + np.linspace(-0.12, 0.12, len(points))
    return (
        p9.ggplot(curve, p9.aes("groups", "share"))
        + p9.geom_ribbon(p9.aes(ymin="low", ymax="high"), fill=RULE, alpha=0.8)
        + p9.geom_line(colour=MUTED, size=0.8)
        + p9.geom_linerange(
            p9.aes(x="x", ymin="low", ymax="high", colour="grouping"), data=points, size=0.9
        )
        + p9.geom_point(p9.aes(x="x", colour="grouping"), data=points, size=2.6)
        + p9.scale_x_continuous(breaks=sorted(shares["groups"].unique().tolist()))
        + p9.scale_y_continuous(expand=(0.03, 0, 0.06, 0))
        + p9.expand_limits(y=0)
        + p9.labs(
            title=title,
            subtitle=subtitle,
            x="number of groups",
            y="share of repeatable taste, %",
        )
        + theme(3.6)
        + in_words(points["grouping"], [OCHRE, VERMILION])
    )


def cut_pairs(pairs: pd.DataFrame, title: str, subtitle: str) -> Any:
    """Draw the association that each pair of thresholds gives.

    Parameters
    ----------
    pairs : DataFrame
        Columns ``LOW_CUT``, ``HIGH_CUT``, ``CRAMERS_V``, ``chosen``.
    title, subtitle : str
    """
    house = pairs[pairs["chosen"]]
    return (
        p9.ggplot(pairs[~pairs["chosen"]], p9.aes("LOW_CUT", "HIGH_CUT"))
        + p9.geom_point(p9.aes(fill="CRAMERS_V"), shape="s", size=4.2, colour="white", stroke=0.1)
        + p9.geom_point(data=house, shape="D", size=4.2, fill="white", colour=VERMILION, stroke=1.0)
        + p9.annotate(
            "text",
            x=float(house["LOW_CUT"].iloc[0]),
            y=float(house["HIGH_CUT"].iloc[0]) * 0.35,
            label="today's rule",
            colour=VERMILION,
            size=9,
            ha="left",
        )
        + p9.scale_fill_gradient(low=LITTLE, high=MUCH, name="Cramér's V", guide="legend")
        + p9.scale_x_log10(labels=_followers)
        + p9.scale_y_log10(labels=_followers)
        + p9.labs(
            title=title,
            subtitle=subtitle,
            x="lower threshold, followers (log scale)",
            y="upper threshold (log scale)",
        )
        + theme(4.6)
        + p9.theme(legend_title=p9.element_text(size=8.5), legend_position="right")
    )


def density_jumps(density: pd.DataFrame, title: str, subtitle: str) -> Any:
    """Draw jumps of the density of followers at the thresholds and at placebo cuts.

    Parameters
    ----------
    density : DataFrame
        Columns ``CUT`` (log followers), ``ESTIMATE``, ``LOW``, ``HIGH``, ``place``.
    title, subtitle : str
    """
    shown = density.assign(followers=np.exp(density["CUT"]))
    return (
        p9.ggplot(shown, p9.aes("followers", "ESTIMATE", colour="place"))
        + p9.geom_hline(yintercept=0, colour=INK, size=0.5)
        + p9.geom_linerange(p9.aes(ymin="LOW", ymax="HIGH"), size=0.6)
        + p9.geom_point(size=1.8)
        + p9.scale_x_log10(labels=_followers)
        + p9.labs(
            title=title, subtitle=subtitle, x="followers (log scale)", y="jump of the density"
        )
        + theme(3.2)
        + in_words(shown["place"], {"placebo": MUTED, "threshold": VERMILION})
    )


def paired_series(series: pd.DataFrame, title: str, subtitle: str) -> Any:
    """Draw the series of two panels, each relative to its own mean, one trend a pane.

    Parameters
    ----------
    series : DataFrame
        Columns ``week``, ``trend``, ``panel``, ``relative``, ``low``, ``high``.
    title, subtitle : str
    """
    return (
        p9.ggplot(series, p9.aes("week", "relative", colour="panel"))
        + p9.geom_hline(yintercept=1, colour=RULE, size=0.6)
        + p9.geom_ribbon(p9.aes(ymin="low", ymax="high", fill="panel"), colour="none", alpha=0.22)
        + p9.geom_line(size=0.7)
        + p9.scale_fill_manual(values=PANEL_COLOURS, guide=None)
        + p9.facet_wrap("trend", ncol=2, scales="free_y")
        + p9.scale_x_date(date_breaks="1 year", date_labels="%Y")
        + p9.labs(title=title, subtitle=subtitle, x="", y="visibility relative to its mean")
        + theme(1.4 + 1.6 * int(np.ceil(series["trend"].nunique() / 2)))
        + in_words(series["panel"], PANEL_COLOURS)
    )


def verdict_tiles(verdicts: pd.DataFrame, title: str, subtitle: str) -> Any:
    """Draw the verdict of each criterion for each segmentation.

    Parameters
    ----------
    verdicts : DataFrame
        Columns ``segmentation``, ``criterion``, ``verdict``.
    title, subtitle : str
    """
    rows = list(dict.fromkeys(verdicts["criterion"]))[::-1]
    columns = list(dict.fromkeys(verdicts["segmentation"]))
    shown = verdicts.assign(
        criterion=pd.Categorical(verdicts["criterion"], rows, ordered=True),
        segmentation=pd.Categorical(verdicts["segmentation"], columns, ordered=True),
    )
    # the word stands in every tile, so that colour carries nothing alone
    return (
        p9.ggplot(shown, p9.aes("segmentation", "criterion"))
        + p9.geom_tile(p9.aes(fill="verdict"), colour="white", size=1.5, show_legend=False)
        + p9.geom_text(
            p9.aes(label="verdict"),
            colour="white",
            size=8.5,
            fontweight="bold",
            va="center_baseline",
        )
        + p9.scale_fill_manual(values={**VERDICT_COLOURS, "not measured": MUTED})
        + p9.labs(title=title, subtitle=subtitle, x="", y="")
        + theme(1.1 + 0.36 * len(rows))
        + p9.theme(panel_grid_major=p9.element_blank())
    )


def _followers(values: Sequence[Any]) -> Sequence[str]:
    return [f"{value:,.0f}" for value in values]


def lead_dots(series: pd.DataFrame, title: str, subtitle: str) -> Any:
    """Draw the lead of every series with its interval, from follow to lead.

    Parameters
    ----------
    series : DataFrame
        Columns ``LEAD``, ``LOW``, ``HIGH`` and ``kind`` for the colour.
    title, subtitle : str
    """
    shown = series.sort_values("LEAD").assign(rank=np.arange(len(series)))
    return (
        p9.ggplot(shown, p9.aes("rank", "LEAD", colour="kind"))
        + p9.geom_hline(yintercept=0, colour=INK, size=0.5)
        + p9.geom_linerange(p9.aes(ymin="LOW", ymax="HIGH"), size=0.6, alpha=0.7)
        + p9.geom_point(size=1.5)
        + p9.labs(title=title, subtitle=subtitle, x="series, in order of their lead", y="weeks")
        + theme(3.6)
        + in_words(shown["kind"], {"leads": VERMILION, "follows": BLUE, "open": MUTED})
        + p9.theme(axis_text_x=p9.element_blank(), panel_grid_major_x=p9.element_blank())
    )


def correlogram(news: pd.DataFrame, title: str, subtitle: str) -> Any:
    """Draw mean cross-correlations by lag with intervals.

    Parameters
    ----------
    news : DataFrame
        Columns ``LAG``, ``CORRELATION``, ``LOW``, ``HIGH``.
    title, subtitle : str
    """
    return (
        p9.ggplot(news, p9.aes("LAG", "CORRELATION"))
        + p9.geom_hline(yintercept=0, colour=INK, size=0.5)
        + p9.geom_linerange(p9.aes(ymin="LOW", ymax="HIGH"), colour=BLUE, size=0.9)
        + p9.geom_point(colour=BLUE, size=2.0)
        + p9.expand_limits(y=(-0.1, 0.1))
        + p9.labs(
            title=title,
            subtitle=subtitle,
            x="weeks by which fashion-forward news is later (negative: earlier)",
            y="correlation",
        )
        + theme(3.0)
    )
