"""How close a built sample is to the published figures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import SourceError
from analysis.warehouse.sample import measures
from analysis.warehouse.sample.targets import figures

COUNTS = frozenset({"rows", "authors", "images", "pairs", "posts"})
# Largest values do not grow with the size of the sample, and vocabularies do not either.
_SIZELESS = ("labels.vocab", "posts.per_author", "likes.max", "comments.max")


def check_sample(path: Path) -> pd.DataFrame:
    """Measure a built sample against every published figure.

    Parameters
    ----------
    path : pathlib.Path
        File written by ``build_sample``. At another scale than 1, counts are compared with the
        scaled figure and what is exact at scale 1 may be off by rounding.

    Returns
    -------
    pandas.DataFrame
        One row per figure: id, figure, unit, kind, target, tolerance, measured, passed, source,
        note.

    Raises
    ------
    SourceError
        The file is no sample of this project.
    """
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise SourceError(
            f"{path} cannot be opened: {str(error).splitlines()[0]}", "Build a sample first."
        ) from error
    with connection:
        try:
            scale = float(connection.execute("select SCALE from SAMPLE_BUILD").fetchall()[0][0])
        except duckdb.Error as error:
            raise SourceError(
                f"{path} was not built by this project.", "Give a file made by `study sample`."
            ) from error
        found = measures.measure(connection)
    return pd.DataFrame(list(_compare(found, scale)))


def _compare(found: dict[str, Any], scale: float) -> Iterator[dict[str, Any]]:
    for figure in figures():
        target, measured = figure["value"], found.get(figure["id"])
        if scale != 1.0 and _is_count(figure):
            target = target * scale
        tolerance, passed = _judge(figure, target, measured, scale)
        yield {
            "id": figure["id"],
            "figure": figure["figure"],
            "unit": figure["unit"],
            "kind": figure["kind"],
            "target": target,
            "tolerance": tolerance,
            "measured": measured,
            "passed": passed,
            "source": figure["source"],
            "note": figure.get("note", ""),
        }


def _is_count(figure: dict[str, Any]) -> bool:
    return figure["unit"] in COUNTS and not figure["id"].startswith(_SIZELESS)


def _judge(figure: dict[str, Any], target: Any, measured: Any, scale: float) -> tuple[str, bool]:
    """Return the tolerance in words and whether the measured value is inside."""
    known = measured is not None and not (isinstance(measured, float) and math.isnan(measured))
    if "within_days" in figure:
        days = float(figure["within_days"])
        off = abs(pd.Timestamp(measured) - pd.Timestamp(target)) if known else pd.Timedelta.max
        return f"± {days:g} days", bool(off <= pd.Timedelta(days=days))
    # Rounding of small quotas, where the figure is not that of the full size.
    slack = 0.0 if float(scale).is_integer() or not _is_count(figure) else 2.0 + 0.02 * abs(target)
    if "below" in figure:
        return f"below {target:g}", known and measured <= target + slack
    if "above" in figure:
        return f"above {target:g}", known and measured >= target
    if "exact" in figure:
        return "exact", known and abs(measured - target) <= slack
    if "within_percent" in figure:
        words = f"± {figure['within_percent']:g} %"
        width = abs(target) * float(figure["within_percent"]) / 100.0
    elif "within_sd" in figure:
        words = f"± {figure['within_sd']:g} sd"
        # The published count is one draw and the sample's another: the variance is of both.
        both = float(target) + (float(measured) if known else 0.0)
        width = float(figure["within_sd"]) * math.sqrt(max(both, 1.0))
    else:
        width = float(figure["within"]) * (max(scale, 1.0) if _is_count(figure) else 1.0)
        words = f"± {width:g}"
    return words, known and abs(measured - target) <= width + slack + 1e-12


def failures(checked: pd.DataFrame) -> pd.DataFrame:
    """Return the figures outside their tolerance."""
    inside: npt.NDArray[np.bool_] = checked["passed"].to_numpy(dtype=bool)
    return checked.loc[~inside]
