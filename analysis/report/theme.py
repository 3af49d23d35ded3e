"""One look for all figures: size, colours, type; nothing else sets a plot's style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import pandas as pd
import plotnine as p9

mpl.rcParams["text.parse_math"] = False  # a name from the data may hold dollars: it is no formula

# Okabe and Ito's palette, safe for colour-blind readers; order by contrast on white.
INK = "#1f2328"
MUTED = "#6e7781"
RULE = "#d8dee4"
BLUE = "#0072b2"
VERMILION = "#c04a00"
GREEN = "#00775a"
OCHRE = "#9a6a00"
FAINT = "#a8b1ba"  # what is not sure: seen in print, too
ABSENT = "#b6bcc3"  # what was not measured
#: Ends of a scale from little to much, and of one from behind to ahead.
LITTLE, MUCH = "#e8eef4", "#08306b"
BEHIND, AHEAD = "#e9a680", "#8fc1e3"

BAND_COLOURS = {
    "mainstream": BLUE,
    "trendy": OCHRE,
    "edgy": VERMILION,
    "unknown": MUTED,
}

WIDTH = 7.2  # inches: the text column of the book


def theme(height: float = 4.2, width: float = WIDTH) -> Any:
    """Return the theme of the book for a figure of the given size in inches."""
    return p9.theme_minimal(base_size=10, base_family="DejaVu Sans") + p9.theme(
        figure_size=(width, height),
        dpi=160,
        plot_background=p9.element_rect(fill="white", colour="white"),
        plot_title=p9.element_text(size=11.5, weight="bold", ha="left", colour=INK),
        plot_subtitle=p9.element_text(size=9.5, ha="left", colour=MUTED, margin={"b": 7}),
        plot_caption=p9.element_text(size=8, ha="left", colour=MUTED),
        plot_title_position="plot",
        plot_caption_position="plot",
        text=p9.element_text(colour=INK),
        axis_title=p9.element_text(size=9, colour=MUTED),
        axis_text=p9.element_text(size=8.5, colour=INK),
        panel_grid_minor=p9.element_blank(),
        panel_grid_major=p9.element_line(colour=RULE, size=0.4),
        legend_position="top",
        legend_title=p9.element_blank(),
        strip_text=p9.element_text(size=9, weight="bold", ha="left"),
    )


def in_words(groups: pd.Series[Any], colours: Mapping[str, str] | Sequence[str]) -> list[Any]:
    """Return the colours of a few groups, each named by a word of its colour below the subtitle.

    Add it after the theme. The sign before a word tells the groups apart in grey, too, where
    they differ in shape or line.

    Parameters
    ----------
    groups : Series
        The column that decides the colour; its order, or that of its categories, is kept.
    colours : mapping or sequence
        By group, or in the order of the groups.
    """
    here = set(groups)
    order = groups.cat.categories if hasattr(groups, "cat") else dict.fromkeys(groups)
    names = [name for name in order if name in here]
    chosen = colours if isinstance(colours, Mapping) else dict(zip(names, colours, strict=False))
    return [
        p9.scale_colour_manual(values=dict(chosen), breaks=names),
        p9.theme(
            legend_justification_top="left",
            legend_key_width=14,
            legend_key_spacing_x=10,
            legend_margin=0,
            legend_box_spacing=0.02,
            legend_text=p9.element_text(
                color=[chosen[name] for name in names], weight="bold", size=9
            ),
        ),
    ]
