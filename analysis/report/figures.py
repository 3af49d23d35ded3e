"""The figures of the book: frames in, plots out; the look comes from the theme."""

from __future__ import annotations

import textwrap
from typing import Any

import pandas as pd
import plotnine as p9

from analysis.report.theme import BAND_COLOURS, BLUE, INK, MUTED, RULE, VERMILION, theme


def monthly_volume(monthly: pd.DataFrame, title: str) -> Any:
    """Draw image rows per month, one bar each.

    Parameters
    ----------
    monthly : DataFrame
        Columns ``month`` (date) and ``images``.
    title : str
        The takeaway.
    """
    return (
        p9.ggplot(monthly, p9.aes("month", "images"))
        + p9.geom_col(fill=BLUE, width=24)
        + p9.scale_x_date(date_breaks="3 months", date_labels="%b %Y")
        + p9.scale_y_continuous(labels=_thousands, expand=(0, 0, 0.05, 0))
        + p9.labs(title=title, x="", y="image rows per month")
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
        + p9.scale_colour_manual(values=[BLUE, VERMILION, MUTED])
        + p9.labs(title=title, subtitle=subtitle, x="lift, logarithmic scale", y="")
        + theme(0.9 + 0.19 * len(frame))
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
        Outlines: columns ``name``, ``axis1``, ``axis2``, in drawing order.
    labelled : int
        How many labels carry their name.
    """
    groups = points[points["kind"] == "group"]
    labels = points[points["kind"] == "label"]
    named = labels.nlargest(labelled, "weight")
    plot = (
        p9.ggplot(labels, p9.aes("axis1", "axis2"))
        + p9.geom_hline(yintercept=0, colour=RULE, size=0.6)
        + p9.geom_vline(xintercept=0, colour=RULE, size=0.6)
        + p9.geom_point(colour=MUTED, size=0.9, alpha=0.7)
    )
    if ellipses is not None:
        plot += p9.geom_polygon(
            p9.aes(fill="name", group="name"), data=ellipses, alpha=0.18, show_legend=False
        )
        plot += p9.geom_path(
            p9.aes(colour="name", group="name"), data=ellipses, size=0.6, show_legend=False
        )
    return (
        plot
        + p9.geom_point(p9.aes(colour="name"), data=groups, size=3.2, show_legend=False)
        + p9.geom_text(
            p9.aes(label="name"),
            data=named,
            size=7.5,
            colour=INK,
            adjust_text={"arrowprops": {"arrowstyle": "-", "color": RULE, "lw": 0.5}},
        )
        + p9.geom_label(
            p9.aes(label="name", colour="name"),
            data=groups,
            size=9,
            fontweight="bold",
            fill="white",
            label_size=0,
            alpha=0.8,
            nudge_y=0.04 * _spread(points["axis2"]),
            show_legend=False,
        )
        + p9.scale_colour_manual(values=BAND_COLOURS)
        + p9.scale_fill_manual(values=BAND_COLOURS)
        # room for names at the rim
        + p9.scale_x_continuous(expand=(0.1, 0))
        + p9.labs(
            title=title,
            subtitle=subtitle,
            x=f"first axis, {100 * inertia[0]:.0f} % of inertia",
            y=f"second axis, {100 * inertia[1]:.0f} % of inertia",
        )
        + theme(5.6)
    )


def null_distribution(null: pd.DataFrame, observed: float, title: str, x: str) -> Any:
    """Draw what chance gives and where the observed value lies.

    Parameters
    ----------
    null : DataFrame
        Column ``value``: the statistic under permutation.
    observed : float
        The statistic of the data.
    title, x : str
        The takeaway and the name of the axis.
    """
    return (
        p9.ggplot(null, p9.aes("value"))
        + p9.geom_histogram(bins=40, fill=RULE, colour="white", size=0.2)
        + p9.geom_vline(xintercept=observed, colour=VERMILION, size=1.0)
        + p9.scale_y_continuous(expand=(0, 0, 0.08, 0))
        + p9.labs(title=title, x=x, y="permutations")
        + theme(2.8)
    )


def _spread(values: pd.Series) -> float:
    return float(values.max() - values.min())


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
        + p9.scale_colour_manual(values={True: VERMILION, False: RULE})
        + p9.labs(title=title, x="careless over careful visibility, logarithmic scale", y="")
        + theme(0.9 + 0.5 * number)
    )


def _wrapped(names: pd.Series, width: int) -> pd.Categorical:
    """Return ordered names with line breaks, for an axis."""
    broken = names.cat.rename_categories(lambda name: "\n".join(textwrap.wrap(name, width)))
    return pd.Categorical(broken, broken.cat.categories, ordered=True)
