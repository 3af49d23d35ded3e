"""The trends that the study follows: conjunctions of labels on one item, named in a file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from sqlglot import exp

from analysis.errors import StudyError
from analysis.resources import data_file
from analysis.warehouse.dialect import inline_relation
from analysis.warehouse.source import Parameter

_FIRST = date(1970, 1, 5)  # a Monday: weeks are counted from it, in half the bytes of a date
_BITS = 62
"""Labels that all trends together may name: the bits of a signed integer, with one to spare."""


@dataclass(frozen=True)
class Trend:
    """One trend.

    Attributes
    ----------
    name : str
        Short name, as shown on pages.
    labels : tuple of (str, str)
        (TYPE, LABEL_NAME) pairs that one item must carry all together.
    """

    name: str
    labels: tuple[tuple[str, str], ...]


def load_trends(path: Path | None = None) -> tuple[Trend, ...]:
    """Read the trends from ``data/trends.toml`` or another file of that form.

    Raises
    ------
    StudyError
        If the file breaks the form, names a trend twice or a trend has no label.
    """
    path = path or data_file("trends.toml")
    mend = f"Correct {path.name}: each [[trend]] has a name and a list of 'type/label' texts."
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["trend"]
        trends = tuple(
            Trend(
                str(entry["name"]),
                tuple((kind, label) for kind, label in (t.split("/") for t in entry["labels"])),
            )
            for entry in entries
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise StudyError(f"The trends cannot be read from {path.name}.", mend) from None
    names = [trend.name for trend in trends]
    if not names or len(set(names)) < len(names):
        raise StudyError(f"{path.name} names no trend, or one twice.", mend)
    if any(not trend.labels or len(set(trend.labels)) < len(trend.labels) for trend in trends):
        raise StudyError(f"{path.name} has a trend without labels or with one twice.", mend)
    return trends


def named(items: pd.DataFrame) -> pd.DataFrame:
    """Return counts of trends with names and days in place of the numbers by which they come.

    Parameters
    ----------
    items : DataFrame
        ``TREND_INDEX``, ``WEEK_INDEX`` and, of panels, ``BAND_INDEX``, and other columns.

    Returns
    -------
    DataFrame
        ``TREND``, ``WEEK`` (the Monday) and ``BAND`` in their place.
    """
    weeks = items["WEEK_INDEX"].unique()
    meanings: dict[str, Mapping[int, object]] = {
        "TREND": dict(enumerate(trend.name for trend in load_trends())),
        "WEEK": {week: _FIRST + timedelta(weeks=int(week)) for week in weeks},
        "BAND": dict(enumerate(("mainstream", "trendy", "edgy", "unknown"))),
    }
    found = items
    for name, meaning in meanings.items():
        if f"{name}_INDEX" in items:
            found = found.assign(**{name: items[f"{name}_INDEX"].map(meaning)})
            found = found.drop(columns=f"{name}_INDEX")
    return found


def trend_relations(
    trends: Sequence[Trend],
) -> dict[str, tuple[exp.Query, dict[str, Parameter]]]:
    """Return two small relations, each with its bound values.

    TREND_LABELS has one row per label that any trend names: TYPE, LABEL_NAME and LABEL_BIT, a power
    of two of its own. TRENDS has one row per trend: TREND, its place TREND_INDEX, N_LABELS and
    BITS, the sum of the bits of its labels. An item shows a trend when the bits of its labels
    include those of the trend.

    Raises
    ------
    StudyError
        If the trends name more labels than an integer has bits.
    """
    labels = sorted({label for trend in trends for label in trend.labels})
    if len(labels) > _BITS:
        raise StudyError(
            f"The trends name {len(labels)} labels, more than {_BITS}.", "Leave some trends out."
        )
    bits = {label: 1 << place for place, label in enumerate(labels)}
    label_rows: list[tuple[Parameter, ...]] = [(*label, bit) for label, bit in bits.items()]
    trend_rows: list[tuple[Parameter, ...]] = [
        (trend.name, place, len(trend.labels), sum(bits[label] for label in trend.labels))
        for place, trend in enumerate(trends)
    ]
    label_columns = {"TYPE": "VARCHAR", "LABEL_NAME": "VARCHAR", "LABEL_BIT": "BIGINT"}
    trend_columns = {
        "TREND": "VARCHAR", "TREND_INDEX": "INTEGER", "N_LABELS": "INTEGER", "BITS": "BIGINT",
    }  # fmt: skip
    return {
        "TREND_LABELS": inline_relation("TREND_LABELS", label_columns, label_rows),
        "TRENDS": inline_relation("TRENDS", trend_columns, trend_rows),
    }
