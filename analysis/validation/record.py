"""The last full run of the simulation studies, kept beside the code.

The studies take minutes, so a copy of the report does not run them. What they found is small and
rests on no source: it is kept as data, with the day, seed and versions it was computed with and
a digest of the code, so that a page can say whether the code has changed since.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.cache.keys import library_versions, reached_digest
from analysis.resources import data_file
from analysis.validation.studies import STUDIES

_LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy", "statsmodels")


@dataclass(frozen=True)
class Record:
    """The kept result of one study.

    Attributes
    ----------
    made_at : str
        Time of the run, ISO 8601.
    seconds : float
        How long it took.
    seed : int
    versions : dict of str to str
        Of the libraries that compute.
    code : str
        Digest of the study's function with every definition of ours that it reaches.
    table : DataFrame
        What the study returned.
    """

    made_at: str
    seconds: float
    seed: int
    versions: dict[str, str]
    code: str
    table: pd.DataFrame

    @classmethod
    def of(
        cls, name: str, table: pd.DataFrame, *, made_at: str, seconds: float, seed: int
    ) -> Record:
        """Describe a result of the code and libraries at hand."""
        known = library_versions()
        versions = {library: known[library] for library in _LIBRARIES}
        return cls(made_at, round(seconds, 1), seed, versions, digest(name), table)


def digest(name: str) -> str:
    """Return the digest of what a study reaches of our code; empty for what is no study."""
    if name not in STUDIES:
        return ""
    run = STUDIES[name].run
    return reached_digest(run.__module__, run.__name__)


def write(name: str, record: Record, folder: Path | None = None) -> None:
    """Keep a result, in place of an earlier one."""
    facts = asdict(record)
    table: pd.DataFrame = facts.pop("table")
    rows = [[_plain(value) for value in row] for row in table.astype(object).to_numpy().tolist()]
    facts["table"] = {"columns": [str(name) for name in table.columns], "data": rows}
    _path(name, folder).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def read(name: str, folder: Path | None = None) -> Record | None:
    """Return the kept result of a study, if there is one."""
    path = _path(name, folder)
    if not path.exists():
        return None
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    facts["table"] = pd.DataFrame(facts["table"]["data"], columns=facts["table"]["columns"])
    return Record(**facts)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: six digits of a float, null for what is not finite."""
    if isinstance(value, np.bool_ | bool):
        return bool(value)
    if isinstance(value, np.integer | int):
        return int(value)
    if isinstance(value, np.floating | float):
        return float(f"{value:.6g}") if np.isfinite(value) else None
    return None if pd.isna(value) else str(value)


def _path(name: str, folder: Path | None) -> Path:
    return (data_file("validation") if folder is None else folder) / f"{name}.json"
