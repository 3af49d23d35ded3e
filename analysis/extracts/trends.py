"""The trends that the study follows: conjunctions of labels on one item, named in a file."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from analysis.errors import StudyError
from analysis.resources import data_file
from analysis.warehouse.dialect import inline_relation
from analysis.warehouse.source import Parameter


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


def trend_labels(trends: Sequence[Trend]) -> tuple[exp.Query, dict[str, Parameter]]:
    """Return the relation TREND_LABELS: one row per trend and label, and its bound values.

    Its columns are TREND, N_LABELS (labels of the trend), LABEL_NUMBER (from 1), TYPE, LABEL_NAME.
    """
    rows: list[tuple[Parameter, ...]] = [
        (trend.name, len(trend.labels), number, kind, label)
        for trend in trends
        for number, (kind, label) in enumerate(trend.labels, start=1)
    ]
    columns = {
        "TREND": "VARCHAR",
        "N_LABELS": "INTEGER",
        "LABEL_NUMBER": "INTEGER",
        "TYPE": "VARCHAR",
        "LABEL_NAME": "VARCHAR",
    }
    return inline_relation("TREND_LABELS", columns, rows)
