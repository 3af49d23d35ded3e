"""What was planted about the authors of a sample, under the names that the extracts give them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from analysis.warehouse.truth import Truth


def planted_authors(sample: Path, features: pd.DataFrame, pseudonym_key: str) -> pd.DataFrame:
    """Return the planted styles of authors by AUTHOR_INDEX.

    Parameters
    ----------
    sample : pathlib.Path
        File written by ``build_sample``.
    features : DataFrame
        The extract ``author_features``: AUTHOR_INDEX and AUTHOR_KEY.
    pseudonym_key : str
        The key under which the extracts rename authors.

    Returns
    -------
    DataFrame
        ``AUTHOR_INDEX``, ``STYLE``, ``SECOND_STYLE`` (missing where there is one style only),
        ``UNNAMED`` (whether the style is the one that no rule names), ``OPTIMAL_STYLE`` (what a
        classifier with the true parameters decides; missing for authors with too few labels),
        ``OPTIMAL_DESCRIBED`` (what it decides without objects) and ``DESCRIBED`` (their distinct
        detections that are not objects).
    """
    with Truth(sample) as truth:
        planted = truth.styles()
        named = truth.table("styles").set_index("style")["named"]
        optimal = truth.bayes_styles(objects=True)[["authorid", "decided", "detections"]]
        described = truth.bayes_styles().set_index("authorid")["decided"]
    table = planted.merge(optimal, on="authorid", how="left")
    keys = [
        hashlib.sha256(f"{pseudonym_key}/{author}".encode()).hexdigest()[:16]
        for author in table["authorid"]
    ]
    place = features.set_index("AUTHOR_KEY")["AUTHOR_INDEX"]
    second = table["second_style"].where(table["second_style"] != table["style"])
    return pd.DataFrame(
        {
            "AUTHOR_INDEX": place.reindex(keys).to_numpy(),
            "STYLE": table["style"],
            "SECOND_STYLE": second,
            "UNNAMED": ~table["style"].map(named).astype(bool),
            "OPTIMAL_STYLE": table["decided"],
            "OPTIMAL_DESCRIBED": table["authorid"].map(described),
            "DESCRIBED": table["detections"].fillna(0).astype(int),
        }
    ).dropna(subset=["AUTHOR_INDEX"])
