"""Figures of the simulation studies."""

from __future__ import annotations

import textwrap
from typing import Any

import pandas as pd
import plotnine as p9

from analysis.report.theme import BLUE, MUTED, RULE, theme


def power_curves(power: pd.DataFrame, title: str) -> Any:
    """Draw the power of tests against the size of an effect.

    Parameters
    ----------
    power : DataFrame
        Columns ``test``, ``odds``, ``power``, ``low``, ``high``, ``sets``.
    title : str
        The takeaway.
    """
    tests, sets = power["test"].nunique(), int(power["sets"].min())
    broken = ["\n".join(textwrap.wrap(name, 28)) for name in power["test"]]
    power = power.assign(test=pd.Categorical(broken, list(dict.fromkeys(broken)), ordered=True))
    all_tests = power.rename(columns={"test": "of"})  # in every pane, to compare with
    return (
        p9.ggplot(power, p9.aes("odds", "power"))
        + p9.geom_hline(yintercept=0.05, colour=MUTED, size=0.5, linetype="dashed")
        + p9.geom_line(p9.aes(group="of"), data=all_tests, colour=RULE, size=0.6)
        + p9.geom_ribbon(p9.aes(ymin="low", ymax="high"), fill=BLUE, alpha=0.2)
        + p9.geom_line(colour=BLUE, size=0.9)
        + p9.geom_point(colour=BLUE, size=1.4)
        + p9.facet_wrap("test", ncol=3)
        + p9.scale_x_log10(
            breaks=sorted(power["odds"].unique()), labels=lambda x: [f"{v:g}" for v in x]
        )
        + p9.scale_y_continuous(limits=(0, 1), labels=lambda y: [f"{100 * v:g} %" for v in y])
        + p9.labs(
            title=title,
            subtitle=f"{sets:,} data sets a point, with 95 % intervals; grey: the other tests.",
            x="odds of preferring a style",
            y="data sets in which a test rejects",
        )
        + theme(1.0 + 1.6 * -(-tests // 3))
    )
