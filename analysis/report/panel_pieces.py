"""Pieces that stand in for a figure or table when a source could not answer."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from IPython.display import Markdown

from analysis.claims import Claim
from analysis.findings.step import Result
from analysis.report import figures, pieces, tables


def shown(result: Result, name: str, draw: Callable[[pd.DataFrame], Markdown]) -> Markdown:
    """Return what ``draw`` makes of a table of a result, or the reason why there is none.

    Parameters
    ----------
    result : Result
    name : str
        A table of the result.
    draw : callable
        Makes a figure or table; not called for a table that is missing or empty.
    """
    table = result.tables.get(name)
    if table is None or table.empty:
        why = next((c.reason for c in result.claims if c.verdict == "cannot be answered"), "")
        return pieces.nothing("Nothing to show from this source.", why)
    return draw(table)


def map_of_bands(
    result: Result, association: Claim, note: str, name: str, labelled: int = 34
) -> Markdown:
    """Return the correspondence map of labels and bands, titled by what their association says."""
    return shown(
        result,
        "points",
        lambda points: pieces.figure(
            figures.correspondence_map(
                tables.map_points(points),
                result.values["inertia"],
                tables.map_title(association),
                note,
                ellipses=result.tables["ellipses"],
                labelled=labelled,
            ),
            name,
            alt=tables.describe_map(points),
            data=points,
        ),
    )
