"""Figures that no mart holds: users of the platform, and images that people looked at.

Both are documented inputs, empty as the project comes: ``data/margins.toml`` and
``data/audit.csv`` say how to fill them. With a sample, the planted truth serves in their place.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd

from analysis.errors import StudyError
from analysis.resources import data_file

BANDS = ("mainstream", "trendy", "edgy")
_COUNTS = ("PRESENT", "FOUND", "ABSENT", "SILENT")


def load_margins(path: Path | None = None) -> pd.DataFrame:
    """Read the users of the platform by zone and follower band.

    Returns
    -------
    DataFrame
        ZONE, BAND and SHARE of all users; no row where the file names none.

    Raises
    ------
    StudyError
        If the file breaks its form, or the shares do not add up to one.
    """
    path = path or data_file("margins.toml")
    mend = f"Correct {path.name}: its header says what it holds."
    try:
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
        rows = [
            (str(zone), band, float(shares[band]))
            for zone, shares in facts.get("share", {}).items()
            for band in BANDS
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise StudyError(f"The margins cannot be read from {path.name}.", mend) from None
    table = pd.DataFrame(rows, columns=["ZONE", "BAND", "SHARE"])
    if len(table) and (abs(table["SHARE"].sum() - 1) > 1e-3 or (table["SHARE"] < 0).any()):
        raise StudyError(
            f"The shares of users in {path.name} add up to {table['SHARE'].sum():g}, not to one.",
            mend,
        )
    if len(table) and not facts.get("source"):
        raise StudyError(f"{path.name} does not say where its shares come from.", mend)
    return table


def load_audit(path: Path | None = None) -> pd.DataFrame:
    """Read what people saw in images whose detections they did not know.

    Returns
    -------
    DataFrame
        TYPE, LABEL_NAME, BAND, PRESENT, FOUND, ABSENT and SILENT; no row where the file holds
        none.

    Raises
    ------
    StudyError
        If the file breaks its form, or finds more than is there.
    """
    path = path or data_file("audit.csv")
    mend = f"Correct {path.name}: its header says what it holds."
    columns = ["TYPE", "LABEL_NAME", "BAND", *_COUNTS]
    try:
        table = pd.read_csv(path, comment="#", dtype=dict.fromkeys(columns[:3], str))[columns]
        table = table.astype(dict.fromkeys(_COUNTS, "float64"))
    except (OSError, ValueError, KeyError):
        raise StudyError(f"The audit cannot be read from {path.name}.", mend) from None
    whole = (table["FOUND"].between(0, table["PRESENT"])).all()
    whole &= (table["SILENT"].between(0, table["ABSENT"])).all()
    if table.duplicated(columns[:3]).any() or not table["BAND"].isin(BANDS).all() or not whole:
        raise StudyError(
            f"{path.name} repeats a label and band, names another band, or finds too many.",
            mend,
        )
    return table
