"""Figures of the simulation studies."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotnine as p9

from analysis.report.theme import BLUE, GREEN, INK, MUTED, OCHRE, PURPLE, VERMILION, theme


def power_curves(power: pd.DataFrame, title: str) -> Any:
    """Draw the power of tests against the size of an effect.

    Parameters
    ----------
    power : DataFrame
        Columns ``test``, ``odds``, ``power``.
    title : str
        The takeaway.
    """
    colours = [BLUE, VERMILION, GREEN, PURPLE, OCHRE, MUTED, INK]
    tests = power["test"].unique().tolist()
    return (
        p9.ggplot(power, p9.aes("odds", "power", colour="test", linetype="test"))
        + p9.geom_hline(yintercept=0.05, colour=MUTED, size=0.5, linetype="dashed")
        + p9.geom_line(size=0.7)
        + p9.geom_point(size=1.6)
        + p9.scale_x_log10(
            breaks=sorted(power["odds"].unique()), labels=lambda x: [f"{v:g}" for v in x]
        )
        + p9.scale_y_continuous(limits=(0, 1), labels=lambda y: [f"{100 * v:g} %" for v in y])
        + p9.scale_colour_manual(values=(colours * 2)[: len(tests)])
        + p9.scale_linetype_manual(values=(["solid"] * 7 + ["dotted"] * 7)[: len(tests)])
        + p9.guides(colour=p9.guide_legend(ncol=1), linetype=p9.guide_legend(ncol=1))
        + p9.labs(
            title=title, x="odds of preferring a style", y="data sets in which a test rejects"
        )
        + theme(5.4)
        + p9.theme(legend_position="bottom")
    )
