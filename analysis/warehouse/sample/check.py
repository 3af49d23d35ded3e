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
from analysis.warehouse.sample.targets import chances, figures

# How far a figure may be off beyond how finely it was read, in standard deviations between
# samples: three of the difference of two, for the published accounts are one draw and ours another.
CHANCES = 3.0 * math.sqrt(2.0)
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
    return compare(found, scale)


def compare(found: dict[str, Any], scale: float) -> pd.DataFrame:
    """Judge measured figures, by id, of a sample of some scale; see :func:`check_sample`."""
    return pd.DataFrame(list(_compare(found, scale)))


def _compare(found: dict[str, Any], scale: float) -> Iterator[dict[str, Any]]:
    for figure in figures():
        target, measured = figure["value"], found.get(figure["id"])
        if scale != 1.0 and _is_count(figure):
            target = target * scale
        tolerance, passed = judge(figure, target, measured, scale)
        yield {
            "id": figure["id"],
            "figure": figure["figure"],
            "unit": figure["unit"],
            "kind": figure["kind"],
            "target": target,
            "tolerance": tolerance,
            "measured": _rounded(measured),
            "passed": passed,
            "source": figure["source"],
            "note": figure.get("note", ""),
        }


def _rounded(measured: Any) -> Any:
    """Return a measure without the last digits, which hang on the order of a parallel sum."""
    return float(f"{measured:.10g}") if isinstance(measured, float) else measured


def _is_count(figure: dict[str, Any]) -> bool:
    return figure["unit"] in COUNTS and not figure["id"].startswith(_SIZELESS)


def judge(figure: dict[str, Any], target: Any, measured: Any, scale: float) -> tuple[str, bool]:
    """Return the tolerance in words and whether the measured value is inside.

    Parameters
    ----------
    figure : dict
        Its rule, as ``data/calibration.toml`` states it.
    target, measured
        In the unit of the figure; ``target`` at the scale of the sample.
    scale : float
        Of the sample.
    """
    known = measured is not None and not (isinstance(measured, float) and math.isnan(measured))
    if isinstance(target, str):
        days = float(figure["reading"]) + CHANCES * chances().get(figure["id"], 0.0)
        off = abs(pd.Timestamp(measured) - pd.Timestamp(target)) if known else pd.Timedelta.max
        return f"± {days:.2g} days", bool(off <= pd.Timedelta(days=days))
    # Rounding of small quotas, where the figure is not that of the full size.
    slack = 0.0 if float(scale).is_integer() or not _is_count(figure) else 2.0 + 0.02 * abs(target)
    if "below" in figure:
        return f"below {target:g}", known and measured <= target + slack
    if "above" in figure:
        return f"above {target:g}", known and measured >= target
    if "exact" in figure:
        return "exact", known and abs(measured - target) <= slack
    if "within_sd" in figure:
        words = f"± {figure['within_sd']:g} sd"
        # The published count is one draw and the sample's another: the variance is of both.
        both = float(target) + (float(measured) if known else 0.0)
        width = float(figure["within_sd"]) * math.sqrt(max(both, 1.0))
    elif "bound" in figure:
        width = float(figure["bound"])
        words = f"± {width:g}"
    elif figure.get("log"):
        width = _log_width(figure, scale)
        words = f"± {100 * math.expm1(width):.2g} %" if width < 0.2 else f"×÷ {math.exp(width):.2g}"
        positive = known and measured > 0 and target > 0
        return words, positive and abs(math.log(measured / target)) <= width + 1e-12
    else:
        chance = CHANCES * chances().get(figure["id"], 0.0) * _more(scale)
        width = (float(figure["reading"]) + chance) * (scale if _is_count(figure) else 1.0)
        words = f"± {width:.3g}"
    return words, known and abs(measured - target) <= width + slack + 1e-12


def _log_width(figure: dict[str, Any], scale: float) -> float:
    """Return the tolerance of a ratio, in natural logarithms."""
    if "reading_percent" in figure:
        reading = math.log1p(float(figure["reading_percent"]) / 100.0)
    else:
        reading = float(figure["reading"]) / abs(float(figure["value"]))
    return reading + CHANCES * chances().get(figure["id"], 0.0) * _more(scale)


def _more(scale: float) -> float:
    """Return how much more chance there is in a smaller sample, relative to its figures."""
    return 1.0 / math.sqrt(min(scale, 1.0))


def failures(checked: pd.DataFrame) -> pd.DataFrame:
    """Return the figures outside their tolerance."""
    inside: npt.NDArray[np.bool_] = checked["passed"].to_numpy(dtype=bool)
    return checked.loc[~inside]
