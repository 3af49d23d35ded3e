"""Figures of the comparison of approaches: differences, weights, and the map of worlds."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import pandas as pd
import plotnine as p9

from analysis.names import method_words
from analysis.report import pieces
from analysis.report.approach_tables import Approach
from analysis.report.prose import listing
from analysis.report.theme import AHEAD, BEHIND, BLUE, INK, RULE, VERMILION, in_words, theme

Figure = Callable[[Approach], Any]
NOTHING = "Not computed for this copy."


def _drawn_from(part: str, name: str) -> Callable[[Callable[[pd.DataFrame], Any]], Figure]:
    """Give a figure the table it is drawn from, or say that this copy does not hold it."""

    def of(draw: Callable[[pd.DataFrame], Any]) -> Figure:
        @wraps(draw)
        def drawn(found: Approach) -> Any:
            table = found.table(part, name)
            return pieces.nothing(NOTHING) if table is None else draw(table)

        return drawn

    return of


@_drawn_from("foretold", "differences")
def differences(table: pd.DataFrame) -> Any:
    """Draw how much less every method foretells than the best one, with joint intervals."""
    table = table.assign(method=table["method"].map(method_words))
    best = method_words(table["best"].iloc[0])
    order = table.sort_values("difference")["method"].tolist()
    shown = table.assign(
        method=pd.Categorical(table["method"], order, ordered=True),
        apart=[
            "the best" if row["method"] == best else "as good" if row["high"] >= 0 else "behind"
            for row in table.to_dict("records")
        ],
    )
    level = sorted(shown.loc[shown["apart"] == "as good", "method"])
    title = f"Unseen labels are foretold best by {best}"
    title += f"; not told apart: {listing(level)}" if level else ", beyond all others"
    plot = (
        p9.ggplot(shown, p9.aes("difference", "method", colour="apart"))
        + p9.geom_vline(xintercept=0, colour=INK, size=0.5)
        + p9.geom_errorbarh(p9.aes(xmin="low", xmax="high"), height=0.0, size=0.7)
        + p9.geom_point(size=2.0)
        + p9.labs(
            title=title,
            subtitle="How far each method stays behind, with joint 95 % intervals over authors.",
            x="nats per label less than the best method",
            y="",
        )
        + theme(1.0 + 0.22 * len(shown))
        + in_words(shown["apart"], {"the best": INK, "as good": BLUE, "behind": VERMILION})
    )
    alt = f"Differences of {len(shown)} methods from the best with joint intervals. {title}."
    return pieces.figure(plot, "approach-differences", alt, table)


@_drawn_from("ranked", "ranking")
def weights(table: pd.DataFrame) -> Any:
    """Draw under which share of random weightings of the criteria each method comes first."""
    table = table.assign(method=table["method"].map(method_words))
    order = table.sort_values(["first", "mean_rank"], ascending=[True, False])["method"].tolist()
    shown = table.assign(
        method=pd.Categorical(table["method"], order, ordered=True), first=100 * table["first"]
    )
    most = float(shown["first"].max())
    title = f"First under {most:.0f} % of random weightings of the criteria: {order[-1]}"
    plot = (
        p9.ggplot(shown, p9.aes("first", "method"))
        + p9.geom_segment(p9.aes(x=0, xend="first", yend="method"), colour=RULE, size=1.2)
        + p9.geom_point(size=2.4, colour=BLUE)
        + p9.labs(
            title=title,
            subtitle="Each weighting of the criteria is drawn at random, all being equally likely.",
            x="per cent of the weightings in which it comes first",
            y="",
        )
        + theme(1.0 + 0.2 * len(shown))
    )
    alt = f"Share of random weightings in which each of {len(shown)} methods comes first. {title}."
    return pieces.figure(plot, "approach-weights", alt, table)


@_drawn_from("charted", "leads")
def phase_map(leads: pd.DataFrame) -> Any:
    """Draw the hybrid's lead over the best other family in the worlds of the grid."""
    axes = ["separation", "activity", "noise", "rule_quality"]
    drawn = leads[leads["broken"] == ""]
    grid = drawn.groupby(axes)["lead"].agg(lead="mean", worlds="size").reset_index()
    shown = grid.assign(
        separation=grid["separation"].map("{:g}".format),
        activity=pd.Categorical(
            grid["activity"].map("{:g}".format),
            [f"{level:g}" for level in sorted(grid["activity"].unique())],
            ordered=True,
        ),
        panel=[
            f"rules know {100 * rule:g} %, noise {100 * noise:g} %"
            for rule, noise in zip(grid["rule_quality"], grid["noise"], strict=True)
        ],
        words=grid["lead"].map(_signed),
    )
    won = float((grid["lead"] > 0).mean())
    title = f"The hybrid is ahead in {100 * won:.0f} % of the cells"
    plot = (
        p9.ggplot(shown, p9.aes("separation", "activity", fill="lead"))
        + p9.geom_tile(colour="white", size=0.8)
        + p9.geom_text(p9.aes(label="words"), size=8, colour=INK)
        + p9.facet_wrap("panel", ncol=2)
        + p9.scale_fill_gradient2(low=BEHIND, mid="white", high=AHEAD, midpoint=0)
        + p9.labs(
            title=title,
            subtitle="Adjusted Rand index of the hybrid less that of the best other family",
            x="separation of the styles",
            y="labels per author, times those of the source",
        )
        + theme(5.2)
        + p9.theme(legend_position="none", panel_grid_major=p9.element_blank())
    )
    alt = f"Tiles of the hybrid's lead by separation, labels, noise and quality of rules. {title}."
    return pieces.figure(plot, "approach-map", alt, grid)


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.2f}".replace("+0.00", "0.00").replace("-", "−")
