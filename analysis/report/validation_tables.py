"""Tables of the simulation studies."""

from __future__ import annotations

from typing import Any

import great_tables as gt
import pandas as pd

from analysis.findings.validation import TITLES
from analysis.report.prose import count, listing
from analysis.study import Study


def studies(study: Study) -> dict[str, pd.DataFrame]:
    """Return the studies that this run holds, by name."""
    return {
        name: study.result(f"validation.{name}").tables["study"]
        for name in TITLES
        if study.has(f"validation.{name}")
    }


def studies_sentence(found: dict[str, pd.DataFrame]) -> str:
    """Say which studies are shown, and how to run those that are not."""
    missing = [TITLES[name].lower() for name in TITLES if name not in found]
    if not missing:
        return f"All {count(len(found))} studies were run for this copy."
    return (
        f"This copy shows {count(len(found))} of {count(len(TITLES))} studies. Run make validate "
        f"for: {listing(missing)}."
    )


def combined(found: dict[str, pd.DataFrame]) -> gt.GT:
    """Return all rates, levels and coverages as one table, a group of rows for each study."""
    rows: list[dict[str, str]] = []
    for name, table in found.items():
        numbers = [column for column in table.columns if _is_number(table[column])]
        words = [column for column in table.columns if column not in numbers]
        for record in table.to_dict("records"):
            rows.append(
                {
                    "study": TITLES[name],
                    "case": ", ".join(_word(record[column], column) for column in words),
                    "result": "; ".join(
                        f"{_name(column)} {_figure(record[column])}" for column in numbers
                    ),
                }
            )
    shown = pd.DataFrame(rows, columns=["study", "case", "result"])
    return (
        gt.GT(shown, rowname_col="case", groupname_col="study")
        .cols_label(result="Result")
        .cols_width(case="45%", result="55%")
    )


def _is_number(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _name(column: Any) -> str:
    return str(column).lower().replace("_", " ")


def _word(value: Any, column: Any) -> str:
    if isinstance(value, bool):
        return _name(column) if value else f"not {_name(column)}"
    return str(value)


def _figure(value: Any) -> str:
    if pd.isna(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 or float(value).is_integer() else f"{value:.3f}"
