"""One look for all figures: size, colours, type; nothing else sets a plot's style."""

from __future__ import annotations

from typing import Any

import plotnine as p9

# Okabe and Ito's palette, safe for colour-blind readers; order by contrast on white.
INK = "#1f2328"
MUTED = "#6e7781"
RULE = "#d8dee4"
BLUE = "#0072b2"
VERMILION = "#c04a00"
GREEN = "#00775a"
PURPLE = "#8c4a7a"
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
        plot_subtitle=p9.element_text(size=9.5, ha="left", colour=MUTED),
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
