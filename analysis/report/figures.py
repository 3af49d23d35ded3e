"""The figures of the book: frames in, plots out; the look comes from the theme."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
import plotnine as p9

from analysis.report.placement import place, text_size
from analysis.report.theme import (
    BAND_COLOURS,
    BLUE,
    FAINT,
    INK,
    MUTED,
    RULE,
    VERMILION,
    in_words,
    theme,
)

#: Sizes of the names on a map in points, and of the space inside its axes in inches.
LABEL_POINTS, GROUP_POINTS = 7.5, 9.5
MAP_PANEL = (6.4, 4.2)
SEGMENT_COLOURS = {"named": BLUE, "proposed": VERMILION, "unresolved": MUTED}


def monthly_volume(monthly: pd.DataFrame, title: str, subtitle: str) -> Any:
    """Draw image rows per month, one bar each.

    Parameters
    ----------
    monthly : DataFrame
        Columns ``month`` (date) and ``images``.
    title, subtitle : str
        The takeaway, and how many rows there are.
    """
    return (
        p9.ggplot(monthly, p9.aes("month", "images"))
        + p9.geom_col(fill=BLUE, width=24)
        + p9.scale_x_date(date_breaks="3 months", date_labels="%b %Y")
        + p9.scale_y_continuous(labels=_thousands, expand=(0, 0, 0.05, 0))
        + p9.labs(title=title, subtitle=subtitle, x="", y="image rows per month")
        + theme(3.2)
        + p9.theme(panel_grid_major_x=p9.element_blank())
    )


def lift_forest(lifts: pd.DataFrame, reference: float, title: str, subtitle: str) -> Any:
    """Draw lifts with their intervals, one label a line, on a logarithmic axis.

    Parameters
    ----------
    lifts : DataFrame
        Columns ``name``, ``lift``, ``low``, ``high``, ``group``.
    reference : float
        A second line beside 1, to compare with.
    title, subtitle : str
        The takeaway and what the lines mean.
    """
    order = lifts.sort_values("lift")["name"].tolist()
    frame = lifts.assign(name=pd.Categorical(lifts["name"], order, ordered=True))
    frame["low"] = frame["low"].clip(lower=0.2)
    return (
        p9.ggplot(frame, p9.aes("lift", "name", colour="group"))
        + p9.geom_vline(xintercept=1, colour=INK, size=0.5)
        + p9.geom_vline(xintercept=reference, colour=MUTED, size=0.5, linetype="dashed")
        + p9.geom_errorbarh(p9.aes(xmin="low", xmax="high"), height=0.0, size=0.7)
        + p9.geom_point(size=2.0)
        + p9.scale_x_log10(breaks=[0.25, 0.5, 1, 2, 4, 8], labels=lambda x: [f"{v:g}" for v in x])
        + p9.labs(title=title, subtitle=subtitle, x="lift, logarithmic scale", y="")
        + theme(0.9 + 0.19 * len(frame))
        + in_words(frame["group"], [BLUE, VERMILION, MUTED])
    )


def correspondence_map(
    points: pd.DataFrame,
    inertia: list[float],
    title: str,
    subtitle: str,
    ellipses: pd.DataFrame | None = None,
    labelled: int = 34,
) -> Any:
    """Draw a correspondence map in principal coordinates of rows and columns.

    Parameters
    ----------
    points : DataFrame
        Columns ``name``, ``kind`` ("group" or "label"), ``axis1``, ``axis2`` and ``weight``, by
        which the labels to be named are chosen.
    inertia : list of float
        Share of inertia of the first two axes.
    title, subtitle : str
        The takeaway, and what points and ellipses are.
    ellipses : DataFrame, optional
        Outlines: columns ``name``, ``axis1``, ``axis2``, in drawing order; those of groups in
        their colour, those of labels in grey.
    labelled : int
        How many labels carry their name, as far as there is room.
    """
    groups = points[points["kind"] == "group"]
    labels = points[points["kind"] == "label"]
    named = pd.concat([groups, labels.nlargest(labelled, "weight")], ignore_index=True)
    x_limits, y_limits = _limits(points, ellipses)
    names, lines = _named(named, points, x_limits, y_limits)
    plot = (
        p9.ggplot(labels, p9.aes("axis1", "axis2"))
        + p9.geom_hline(yintercept=0, colour=RULE, size=0.6)
        + p9.geom_vline(xintercept=0, colour=RULE, size=0.6)
        + p9.geom_point(colour=MUTED, size=0.9, alpha=0.7)
    )
    if ellipses is not None:
        own = ellipses["name"].isin(groups["name"])
        plot += p9.geom_path(
            p9.aes(group="name"), data=ellipses[~own], colour=FAINT, size=0.25, alpha=0.8
        )
        plot += p9.geom_polygon(
            p9.aes(fill="name", group="name"), data=ellipses[own], alpha=0.18, show_legend=False
        )
        plot += p9.geom_path(
            p9.aes(colour="name", group="name"), data=ellipses[own], size=0.6, show_legend=False
        )
    return (
        plot
        + p9.geom_segment(
            p9.aes(xend="to1", yend="to2"), data=lines, colour=MUTED, size=0.3, alpha=0.7
        )
        + p9.geom_point(p9.aes(colour="name"), data=groups, size=3.2, show_legend=False)
        + p9.geom_text(
            p9.aes(label="name"),
            data=names[names["kind"] == "label"],
            size=LABEL_POINTS,
            colour=INK,
        )
        + p9.geom_text(
            p9.aes(label="name", colour="name"),
            data=names[names["kind"] == "group"],
            size=GROUP_POINTS,
            fontweight="bold",
            show_legend=False,
        )
        + p9.scale_colour_manual(values=BAND_COLOURS)
        + p9.scale_fill_manual(values=BAND_COLOURS)
        + p9.scale_x_continuous(expand=(0, 0))
        + p9.scale_y_continuous(expand=(0, 0))
        + p9.coord_cartesian(xlim=x_limits, ylim=y_limits)
        + p9.labs(
            title=title,
            subtitle=subtitle,
            x=f"first axis, {100 * inertia[0]:.0f} % of inertia",
            y=f"second axis, {100 * inertia[1]:.0f} % of inertia",
        )
        + theme(5.6)
    )


def _limits(
    points: pd.DataFrame, ellipses: pd.DataFrame | None
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the limits of a map: all it shows, and room at the rim for names."""
    shown = points if ellipses is None else pd.concat([points, ellipses])

    def wide(values: pd.Series, room: float) -> tuple[float, float]:
        low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
        span = (high - low) or 1.0
        return low - room * span, high + room * span

    return wide(shown["axis1"], 0.09), wide(shown["axis2"], 0.06)


def _named(
    named: pd.DataFrame,
    points: pd.DataFrame,
    x_limits: tuple[float, float],
    y_limits: tuple[float, float],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the names of a map at their places, and the lines that lead to the far ones."""
    origin = np.array([x_limits[0], y_limits[0]])
    scale = np.array(MAP_PANEL) / (np.array([x_limits[1], y_limits[1]]) - origin)
    at = ["axis1", "axis2"]
    inches = (named[at].to_numpy(dtype=float) - origin) * scale
    bold = (named["kind"] == "group").tolist()
    sizes = [
        text_size(name, GROUP_POINTS if strong else LABEL_POINTS, strong)
        for name, strong in zip(named["name"], bold, strict=True)
    ]
    obstacles = (points[at].to_numpy(dtype=float) - origin) * scale
    dots = [(x - 0.07, y - 0.07, x + 0.07, y + 0.07) for x, y in inches[np.array(bold, bool)]]
    placed = place(inches, named["name"].tolist(), sizes, MAP_PANEL, obstacles, dots)
    chosen = named.iloc[[one.index for one in placed]]
    middles = np.array([(one.x, one.y) for one in placed]).reshape(-1, 2) / scale + origin
    names = chosen.assign(axis1=middles[:, 0], axis2=middles[:, 1])
    ends = np.array([one.anchor for one in placed]).reshape(-1, 2) / scale + origin
    lines = chosen.assign(to1=ends[:, 0], to2=ends[:, 1])[[one.far for one in placed]]
    return names, lines[["axis1", "axis2", "to1", "to2"]]


def _thousands(values: Any) -> list[str]:
    return [f"{value:,.0f}" for value in values]


def bias_strips(distortions: pd.DataFrame, title: str) -> Any:
    """Draw the distortion of every label by every bias, one tick each.

    Parameters
    ----------
    distortions : DataFrame
        Columns ``name`` (ordered), ``ratio`` and ``certain``.
    title : str
        The takeaway.
    """
    number = distortions["name"].nunique()
    wrapped = distortions.assign(name=_wrapped(distortions["name"], 34))
    return (
        p9.ggplot(wrapped, p9.aes("ratio", "name", colour="certain"))
        + p9.geom_vline(xintercept=1, colour=INK, size=0.5)
        + p9.geom_point(shape="|", size=5, alpha=0.8, show_legend=False)
        + p9.scale_x_log10(labels=lambda values: [f"{value:g}" for value in values])
        + p9.scale_colour_manual(values={True: VERMILION, False: FAINT})
        + p9.labs(
            title=title,
            subtitle="A tick for each frequent label; red where it is moved by more than chance.",
            x="careless over careful visibility, logarithmic scale",
            y="",
        )
        + theme(0.9 + 0.5 * number)
    )


def overlap(scores: pd.DataFrame, title: str) -> Any:
    """Draw how likely accounts were to be hand-picked: the picked, the others, and these weighted.

    Parameters
    ----------
    scores : DataFrame
        Columns ``group`` (ordered), ``score``, ``percent``, ``low`` and ``high``.
    title : str
        The takeaway.
    """
    return (
        p9.ggplot(scores, p9.aes("score", "percent", colour="group", linetype="group"))
        + p9.geom_ribbon(
            p9.aes(ymin="low", ymax="high", fill="group"),
            colour="none",
            alpha=0.2,
            show_legend=False,
        )
        + p9.geom_line(size=0.9)
        + p9.scale_fill_manual(values=[VERMILION, MUTED, BLUE], guide=None)
        + p9.scale_x_log10(labels=lambda values: [f"{value:g}" for value in values])
        + p9.labs(
            title=title,
            subtitle="The first and the last line should lie on each other; bands: 95 % intervals.",
            x="chance to be hand-picked in %, by followers and activity, logarithmic scale",
            y="% of the group",
        )
        + theme(3.0)
        + in_words(scores["group"], [VERMILION, MUTED, BLUE])
    )


def _wrapped(names: pd.Series, width: int) -> pd.Categorical:
    """Return ordered names with line breaks, for an axis."""
    broken = names.cat.rename_categories(lambda name: "\n".join(textwrap.wrap(name, width)))
    return pd.Categorical(broken, broken.cat.categories, ordered=True)


def segment_shares(segments: pd.DataFrame, title: str, subtitle: str) -> Any:
    """Draw the share of authors of each style, its first labels written beside the bar.

    Parameters
    ----------
    segments : DataFrame
        Columns ``segment``, ``kind``, ``share``, ``low``, ``high`` and ``words``, largest first.
    title, subtitle : str
        The takeaway and how to read it.
    """
    order = segments["segment"].tolist()[::-1]
    shown = segments.assign(
        segment=pd.Categorical(segments["segment"], order, ordered=True),
        words=[
            f"  {100 * s:.0f} %  {w}"
            for s, w in zip(segments["share"], segments["words"], strict=True)
        ],
    )
    room = 2.6 * float(shown["high"].max())
    return (
        p9.ggplot(shown, p9.aes("segment", "share"))
        + p9.geom_col(p9.aes(fill="kind"), width=0.62, show_legend=False)
        + p9.geom_linerange(p9.aes(ymin="low", ymax="high"), colour=INK, size=0.8)
        + p9.geom_text(p9.aes(y="high", label="words"), ha="left", size=7.5, colour=INK)
        + p9.scale_fill_manual(values=SEGMENT_COLOURS)
        + p9.scale_y_continuous(expand=(0, 0), limits=(0, room))
        + p9.coord_flip()
        + p9.labs(title=title, subtitle=subtitle, x="", y="")
        + theme(1.0 + 0.25 * len(shown))
        + p9.theme(panel_grid_major=p9.element_blank(), axis_text_x=p9.element_blank())
    )
