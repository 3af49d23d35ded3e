"""Tables of the studies behind the comparison: samples of other seeds, and the tuning."""

from __future__ import annotations

import json
from typing import Any

import great_tables as gt
import pandas as pd

from analysis.names import method_words
from analysis.report.prose import around, count, decimal, percent
from analysis.resources import data_file, measured

_SETTINGS = {"numbers": "classes", "per_style": "clusters per style"}

_FOUND = 0.7
"""F1 from which on the style without a rule counts as discovered."""


def recoveries() -> pd.DataFrame | None:
    """Return the figures of ``benchmarks/recovery.py``; None where it has not been run."""
    rows = measured("recovery")
    return None if rows is None else pd.DataFrame(rows)


def recovery_table(rows: pd.DataFrame | None) -> gt.GT:
    """Sum up the samples of other seeds: a line per world and set of labels."""
    if rows is None or rows.empty:
        return _nothing()
    lines = []
    for (world, labels), part in rows.groupby(["world", "labels"], sort=False):
        lines.append(
            {
                "world": f"{world}, {labels}",
                "samples": count(len(part)),
                "rand": _spread(part["adjusted_rand"]),
                "below": _spread(part["below"]),
                "f1": decimal(part["smallest_named_f1"].min(), 3),
                "calibration": decimal(part["calibration_error"].max(), 3),
                "members": _spread(part["membership_jaccard"]),
                "found": f"{count((part['discovered'] >= _FOUND).sum())} of {count(len(part))}",
            }
        )
    return (
        gt.GT(pd.DataFrame(lines), rowname_col="world")
        .cols_label(
            samples="Samples",
            rand="Adjusted Rand",
            below="Below the limit",
            f1="Least F1 of a named style",
            calibration="Greatest calibration error",
            members="Memberships, Jaccard",
            found="Unnamed style found",
        )
        .cols_align("right", ["samples", "rand", "below", "f1", "calibration", "members", "found"])
    )


def tuning() -> pd.DataFrame | None:
    """Return the figures of ``benchmarks/tuning.py``; None where it has not been run."""
    path = data_file("tuning.json")
    return pd.DataFrame(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def tuning_table(rows: pd.DataFrame | None) -> gt.GT:
    """Show the settings that were chosen, and what the first ones and the best would foretell."""
    if rows is None or rows.empty:
        return _nothing()
    lines = []
    for method, part in rows.groupby("method", sort=False):
        (chosen,) = part[part["chosen"]].to_dict("records")
        settings = chosen["settings"] or {"as it was": ""}
        lines.append(
            {
                "method": method_words(method),
                "tried": count(len(part)),
                "settings": ", ".join(_setting(name, value) for name, value in settings.items()),
                "first": decimal(part["held_out"].iloc[0], 4),
                "chosen": decimal(chosen["held_out"], 4),
                "best": decimal(part["held_out"].max(), 4),
                "stability": decimal(chosen["stability"], 2),
                "covered": percent(chosen["covered"], 0),
            }
        )
    return (
        gt.GT(pd.DataFrame(lines), rowname_col="method")
        .cols_label(
            tried="Tried",
            settings="Chosen",
            first="First, nats per label",
            chosen="Chosen",
            best="Best",
            stability="Halves of authors, adjusted Rand",
            covered="Covered",
        )
        .cols_align("right", ["tried", "first", "chosen", "best", "stability", "covered"])
    )


def _setting(name: str, value: Any) -> str:
    if isinstance(value, list):
        value = " or ".join(map(str, value))
    number = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{_SETTINGS.get(name, name.replace('_', ' '))} {number}".strip()


def _spread(values: pd.Series[float]) -> str:
    return around(values.mean(), values.min(), values.max(), 3)


def _nothing() -> gt.GT:
    frame = pd.DataFrame({"what": ["Not measured in this copy"], "value": ["–"]})
    return gt.GT(frame, rowname_col="what").cols_label(value="Value")
