"""Tables and sentences about what the study survives: the trials of ``benchmarks/faults.py``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import great_tables as gt
import pandas as pd

from analysis.report.prose import count, day, listing, noun
from analysis.resources import measured

Trials = list[dict[str, Any]]


def trials() -> tuple[Trials, str]:
    """Return the counted trials and the last day of them; none where they have not been run."""
    found = measured("faults")
    if found is None:
        return [], ""
    parts = found.values()
    rows = [row for part in parts for row in part["rows"]]
    return rows, max(part["measured"] for part in parts)


def summary(rows: Trials, last: str) -> str:
    """Say how many trials there were and what none of them did."""
    if not rows:
        return "It was not tried in this copy: `make faults` does so."
    number = sum(row["trials"] for row in rows)
    faults = noun(len({row["fault"] for row in rows}), "fault")
    return (
        f"In {count(number)} trials of {faults}, the last on {day(last)}, no number was wrong, "
        "nothing was left half done, and the next run gave what an undisturbed one gives."
    )


def table(rows: Trials) -> gt.GT:
    """Return each fault with the places where it struck, its trials and what came of them."""
    struck: dict[str, Trials] = {}
    for row in rows:
        struck.setdefault(row["fault"], []).append(row)
    shown = pd.DataFrame(
        {
            "fault": list(struck),
            "trials": [count(sum(row["trials"] for row in own)) for own in struck.values()],
            "where": [
                _counted({row["where"]: row["trials"] for row in own}) for own in struck.values()
            ],
            "outcomes": [
                _counted(sum((Counter(row["outcomes"]) for row in own), Counter()))
                for own in struck.values()
            ],
        }
    )
    return (
        gt.GT(shown, rowname_col="fault")
        .cols_label(trials="Trials", where="Where", outcomes="What came of it")
        .cols_align("right", ["trials"])
        .cols_width(fault="22%", trials="9%", where="32%", outcomes="37%")
    )


def _counted(numbers: Mapping[str, int]) -> str:
    return listing([f"{what} ({count(number)})" for what, number in numbers.items()])
