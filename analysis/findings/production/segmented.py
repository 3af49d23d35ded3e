"""One method fitted to the source: where every author is, and the query that assigns them anew."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.claims import Claim
from analysis.contingency.counts import AuthorLabelCounts
from analysis.errors import StudyError
from analysis.findings.approach.labels import require, shown
from analysis.findings.step import Inputs, Result, Step
from analysis.findings.wardrobe import NEEDS
from analysis.segmentations.comparison import Method, methods
from analysis.segmentations.followers import FollowerBands
from analysis.segmentations.hybrid import FittedHybrid
from analysis.segmentations.interface import Segmentation, slug
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.publish import Publication, follower_bands, in_warehouse
from analysis.segmentations.scoring import scoring_query

_AXES = {"today": "reach", "hand": "engagement"}
RULES = frozenset(_AXES)
"""Families that read no labels."""


def chosen(name: str) -> Method:
    """Return the method of that name.

    Raises
    ------
    StudyError
        If there is none.
    """
    known = {slug(method.name): method for method in methods(Lexicon.load())}
    if slug(name) not in known:
        raise StudyError(f"There is no method {name}.", f"Name one of {', '.join(known)}.")
    return known[slug(name)]


def step(method: str) -> Step:
    """Return the step that fits a method; its result is ``segmentation.METHOD``."""

    def compute(inputs: Inputs) -> Result:
        return segmented(inputs, method)

    return Step(f"segmentation.{slug(method)}", f"Segmentation: {method}", compute, NEEDS)


def segmented(inputs: Inputs, name: str) -> Result:
    """Fit a method and assign every author of MART_AUTHORS.

    Returns
    -------
    Result
        Tables ``segments`` (as :meth:`Segmentation.describe`) and ``authors``: AUTHOR_INDEX,
        SEGMENT (missing where the method abstains), PROBABILITY, SECOND (other segments of the
        author), ABSTAINS; for the hybrid also ``components``. Values: what :func:`publication`
        reads, and the sizes.
    """
    method = chosen(name)
    counts, features = shown(inputs)
    try:
        if method.family not in RULES:
            require(counts)
        fitted = method.segmenter.fit(counts, features, seed=inputs.seed)
    except ValueError as error:
        question = f"Can authors be segmented by {method.name}?"
        claim = Claim.unanswerable(f"segmentation.{slug(name)}", question, error)
        return Result(claims=(claim,))
    found = fitted.assign(*with_silent(counts, inputs.extract("author_features")))
    tables = {"segments": found.describe(), "authors": _authors(found)}
    if isinstance(fitted, FittedHybrid):
        tables["components"] = fitted.naming.table
    try:
        scoring, refused = in_warehouse(scoring_query(fitted)), ""
    except ValueError as error:
        scoring, refused = "", str(error)
    parameters = {**found.parameters, "seed": inputs.seed}
    return Result(
        {key: table.rename(columns=str.lower) for key, table in tables.items()},
        {
            "method": method.name,
            "family": method.family,
            "version": _version(found, parameters, scoring),
            "axis": _AXES.get(method.family, "style"),
            "description": " ".join(f"{s.name}: {s.words}" for s in found.segments),
            "parameters": json.loads(json.dumps(parameters, default=float)),
            "scoring": scoring,
            "scoring_refused": refused,
            "probabilities": bool(((found.posterior > 0) & (found.posterior < 1)).any()),
            "authors": len(found.codes),
            "labelled": counts.n_authors,
            "labels": counts.n_labels,
            "abstains": int(found.abstained.sum()),
            "rows": int(found.members().sum()),
            "several": int((found.members().sum(axis=1) > 1).sum()),
            "data_from": _day(features["FIRST_DAY"].min()),
            "data_to": _day(features["LAST_DAY"].max()),
        },
    )


def publication(result: Result) -> Publication:
    """Return the publication of a fitted method.

    Raises
    ------
    StudyError
        If the source could not be segmented, or the method has no query.
    """
    values = result.values
    if not values:
        raise StudyError(result.claims[0].reason, "Choose another source or method.")
    if values["method"] == FollowerBands().method:
        return follower_bands()
    if not values["scoring"]:
        raise StudyError(
            f"{values['method']} cannot be published: {values['scoring_refused']}",
            "Publish a method with a scoring query, such as hybrid.",
        )
    return Publication(
        values["method"],
        values["version"],
        values["axis"],
        values["description"],
        values["parameters"],
        values["scoring"],
        data_from=_date(values["data_from"]),
        data_to=_date(values["data_to"]),
    )


def with_silent(
    counts: AuthorLabelCounts, features: pd.DataFrame
) -> tuple[AuthorLabelCounts, pd.DataFrame]:
    """Return counts and features with all authors of MART_AUTHORS, also those without labels."""
    rows = features[features["IN_AUTHORS"]].sort_values("AUTHOR_INDEX").reset_index(drop=True)
    authors = rows["AUTHOR_INDEX"].to_numpy()
    coo = counts.matrix.tocoo()
    place = np.searchsorted(authors, counts.authors)
    matrix = sparse.csr_array(
        (coo.data, (place[coo.coords[0]], coo.coords[1])), shape=(len(authors), counts.n_labels)
    )
    return AuthorLabelCounts(matrix, authors, counts.labels), rows


def _authors(found: Segmentation) -> pd.DataFrame:
    table = found.to_frame()
    others = table["MEMBERSHIPS"].str.partition("; ")[2]
    return table.drop(columns="MEMBERSHIPS").assign(SECOND=others, ABSTAINS=found.abstained)


def _version(found: Segmentation, parameters: dict[str, Any], scoring: str) -> str:
    """Return the version of the method and eight digits of what was fitted."""
    facts = json.dumps([parameters, scoring], sort_keys=True, default=float)
    return f"{found.version}-{hashlib.sha256(facts.encode()).hexdigest()[:8]}"


def _day(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)[:10]


def _date(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None
