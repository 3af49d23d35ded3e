"""The four marts as they are: size, gaps and dirt."""

from __future__ import annotations

import pandas as pd

from analysis.claims import Claim
from analysis.findings.step import Inputs, Result, Step


def marts(inputs: Inputs) -> Result:
    """Summarise size, window, vocabulary and dirt of the four marts."""
    profile = inputs.extract("table_profile")
    dirt = inputs.extract("dirt")
    labels = inputs.extract("label_vocabulary")
    sizes = (
        profile.groupby("TABLE_NAME", sort=False)
        .agg(rows=("N_ROWS", "max"), columns=("COLUMN_NAME", "size"))
        .reset_index()
    )
    types = (
        labels.groupby("TYPE")
        .agg(labels=("LABEL_NAME", "size"), detections=("N_DETECTIONS", "sum"))
        .sort_values("detections", ascending=False)
        .reset_index()
    )
    days = profile[profile["FIRST_DAY"].notna()]
    values = {
        "first_day": str(days["FIRST_DAY"].min()) if len(days) else None,
        "last_day": str(days["LAST_DAY"].max()) if len(days) else None,
        "labels": len(labels),
    }
    return Result(
        {"sizes": sizes, "types": types, "dirt": dirt}, values, (_one_line(dirt), _coverage(dirt))
    )


def _row(dirt: pd.DataFrame, kind: str, table: str) -> tuple[int, int]:
    row = dirt[(dirt["KIND"] == kind) & (dirt["TABLE_NAME"] == table)].iloc[0]
    return int(row["N_AFFECTED"]), int(row["N_LOOKED_AT"])


def _one_line(dirt: pd.DataFrame) -> Claim:
    repeated, rows = _row(dirt, "repeated author rows", "MART_AUTHORS")
    return Claim(
        "data.one_line_per_author",
        "Does MART_AUTHORS hold one line per author, as it is documented?",
        float(repeated),
        f"repeated rows of {rows:,}",
        None,
        None,
        "no" if repeated else "yes",
        "Repeated rows multiply whatever is joined to them; the study merges them by rule."
        if repeated
        else "No author id occurs twice.",
    )


def _coverage(dirt: pd.DataFrame) -> Claim:
    outside, posting = _row(dirt, "posting authors without an author row", "MART_IMAGES_OF_POSTS")
    share = 100 * outside / posting if posting else None
    return Claim(
        "data.posts_outside_mart",
        "Do all posting authors have a line in MART_AUTHORS?",
        share,
        "% of the posting authors have none",
        None,
        None,
        "cannot be answered" if share is None else "no" if outside else "yes",
        "Posts were sampled for other authors than the mart describes."
        if outside
        else "Every posting author is described.",
    )


STEPS = (
    Step(
        "data.marts",
        "Size and dirt of the marts",
        marts,
        ("table_profile", "dirt", "label_vocabulary"),
    ),
)
