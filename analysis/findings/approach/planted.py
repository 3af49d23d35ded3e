"""How much of the planted styles every method recovers, where the source is a sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.claims import Claim
from analysis.contingency.counts import AuthorLabelCounts
from analysis.findings.approach.labels import shown
from analysis.findings.step import Inputs, Result
from analysis.segmentations.hybrid import Hybrid
from analysis.segmentations.interface import Segment, Segmentation
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.limit import shortfall, taught_styles
from analysis.segmentations.recovery import Planted, Recovery, recovery

TRUTH = "truth_authors"
SAME_STYLE = {"not fashion": "little fashion"}
"""Segment of the lexicon -> planted style, where the two have different names."""
JUDGED = 20
"""Described labels from which on an author is judged against a planted truth."""
NEAR = 0.03
"""Adjusted Rand index below the limit that is as good as reaching it."""
_RECOVERED = "Does the hybrid recover the planted styles?"


def recovered(inputs: Inputs) -> Result:
    """Compare the assignments of all methods with the planted styles, where there are any.

    Reads the table ``truth_authors`` (see :func:`analysis.evaluation.planted.planted_authors`),
    which only a sample has. Classifiers that know the truth set the limit
    (:mod:`analysis.segmentations.limit`); the hybrid is held against it twice, with objects and,
    fitted anew, on described labels alone.
    """
    if TRUTH not in inputs.extracts:
        reason = "Only a sample has planted styles."
        return Result(claims=(Claim.unanswerable("approach.recovered", _RECOVERED, reason),))
    given = inputs.results["approach.compared"]
    if not given.tables:
        reason = "The methods could not be compared on this source."
        return Result(claims=(Claim.unanswerable("approach.recovered", _RECOVERED, reason),))
    assigned, listed = given.tables["authors"], given.tables["segments"]
    family = given.tables["overview"].set_index("method")["family"]
    authors = assigned["author_index"].drop_duplicates().to_numpy()
    truth = inputs.extract(TRUTH).set_index("AUTHOR_INDEX").reindex(authors)
    planted = planted_styles(truth)
    judged = (truth["DESCRIBED"].fillna(0) >= JUDGED).to_numpy()
    rows, styles = [], []
    for method in family.index:
        own = assigned[assigned["method"] == method]
        segmentation = _restored(str(method), own, listed[listed["method"] == method])
        if method == "hybrid":
            hybrid = segmentation
        found = recovery(segmentation, planted, names=SAME_STYLE, rows=judged, seed=inputs.seed)
        rows.append(_recovery_row(str(method), str(family[method]), found))
        styles.append(found.by_style.rename(columns=str.lower).assign(method=method))
    table = pd.DataFrame(rows)
    limits = _limits(inputs, hybrid, planted, truth, judged)
    table["below_optimal"] = float(limits["limit"].iloc[0]) - table["adjusted_rand"]
    return Result(
        {"methods": table, "styles": pd.concat(styles, ignore_index=True), "limits": limits},
        {"judged": int(judged.sum())},
        (*_limit_claims(limits), *_hybrid_claims(table[table["method"] == "hybrid"].iloc[0])),
    )


def described_labels(counts: AuthorLabelCounts) -> AuthorLabelCounts:
    """Return the counts of described labels: shoes, patterns and brands, no objects."""
    objects = ("item/", "scene/")
    return counts.select_labels(name for name in counts.labels if not name.startswith(objects))


def _limits(
    inputs: Inputs,
    hybrid: Segmentation,
    planted: Planted,
    truth: pd.DataFrame,
    judged: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """Hold the hybrid against both references on the same labels, with and without objects."""
    place = {style: i for i, style in enumerate(planted.styles)}
    counts, _ = shown(inputs)
    described = described_labels(counts)
    alone = hybrid
    if described.n_labels < counts.n_labels:
        alone = Hybrid(Lexicon.load()).fit(described, seed=inputs.seed).assign(described)
    rows = []
    for name, column, given, found in (
        ("all labels", "OPTIMAL_STYLE", counts, hybrid),
        ("described labels", "OPTIMAL_DESCRIBED", described, alone),
    ):
        decided = truth[column].map(place)
        known = judged & decided.notna().to_numpy()
        references = {
            "parameters": np.asarray(decided.fillna(0), dtype=np.int64),
            "taught": taught_styles(given, planted, seed=inputs.seed),
        }
        limits = {
            reference: shortfall(found, codes, planted, rows=known, seed=inputs.seed)
            for reference, codes in references.items()
        }
        limit, below, (low, high) = max(limits.values())
        own = recovery(found, planted, names=SAME_STYLE, rows=known, seed=inputs.seed)
        rows.append(
            {
                "inputs": name,
                "parameters": limits["parameters"][0],
                "taught": limits["taught"][0],
                "limit": limit,
                "hybrid": own.adjusted_rand,
                "below": below,
                "low": low,
                "high": high,
                "calibration_error": own.calibration_error,
            }
        )
    return pd.DataFrame(rows)


def _limit_claims(limits: pd.DataFrame) -> tuple[Claim, ...]:
    claims = []
    for row in limits.to_dict("records"):
        near = row["high"] <= NEAR
        claims.append(
            Claim(
                f"approach.limit.{row['inputs'].split()[0]}",
                f"Does the hybrid get out of {row['inputs']} what can be got out of them?",
                float(row["below"]),
                "adjusted Rand index below the limit",
                (float(row["low"]), float(row["high"])),
                None,
                "yes" if near else ("no" if row["low"] > NEAR else "undecided"),
                "The limit is the better of two classifiers that see the same labels: one knows "
                "the planted parameters, one is taught the planted styles of other authors.",
            )
        )
    return tuple(claims)


def _hybrid_claims(own: pd.Series[Any]) -> tuple[Claim, ...]:
    return (
        Claim(
            "approach.recovered",
            _RECOVERED,
            float(own["adjusted_rand"]),
            "adjusted Rand index",
            (float(own["low"]), float(own["high"])),
            None,
            "yes" if own["low"] >= 0.8 else ("no" if own["high"] < 0.8 else "undecided"),
            "Authors with enough described labels.",
        ),
        Claim(
            "approach.discovered",
            "Does the hybrid discover the style that no rule names?",
            float(own["discovered"]),
            "F1",
            None,
            None,
            "yes" if own["discovered"] >= 0.7 else "no",
            "Best proposal against the planted style.",
        ),
        Claim(
            "approach.calibrated",
            "Are the hybrid's probabilities right?",
            float(own["calibration_error"]),
            "expected calibration error",
            None,
            None,
            "yes" if own["calibration_error"] <= 0.05 else "no",
            "Mean gap of confidence and accuracy over bins of confidence.",
        ),
    )


def _restored(method: str, authors: pd.DataFrame, listed: pd.DataFrame) -> Segmentation:
    """Rebuild a segmentation from its stored form: the likeliest segment and the memberships."""
    segments = tuple(
        Segment(row["segment"], row["words"], (), row["kind"]) for row in listed.to_dict("records")
    )
    place = {segment.name: i for i, segment in enumerate(segments)}
    n = len(authors)
    likeliest = authors["likeliest"].map(place).fillna(-1).to_numpy(dtype=np.int64)
    posterior = np.zeros((n, len(segments)))
    given = np.flatnonzero(likeliest >= 0)
    posterior[given, likeliest[given]] = authors["likelihood"].to_numpy()[given]
    membership = posterior.copy()
    for i, names in enumerate(authors["memberships"].fillna("")):
        for name in filter(None, names.split("; ")):
            membership[i, place[name]] = max(membership[i, place[name]], 0.5)
    codes = np.asarray(authors["segment"].map(place).fillna(-1), dtype=np.int64)
    return Segmentation(
        method,
        "",
        {},
        authors["author_index"].to_numpy(),
        segments,
        posterior,
        membership,
        codes,
    )


def planted_styles(truth: pd.DataFrame) -> Planted:
    """Read the planted styles of authors (rows) from STYLE, SECOND_STYLE and UNNAMED."""
    styles = tuple(sorted(truth["STYLE"].dropna().unique()))
    place = {style: i for i, style in enumerate(styles)}
    first = truth["STYLE"].map(place).fillna(0).to_numpy(dtype=np.int64)
    second = truth["SECOND_STYLE"].map(place).to_numpy(dtype=np.float64, na_value=np.nan)
    belongs = np.zeros((len(truth), len(styles)), dtype=bool)
    belongs[np.arange(len(truth)), first] = True
    double = np.flatnonzero(np.isfinite(second))
    belongs[double, second[double].astype(np.int64)] = True
    unnamed = tuple(
        sorted(truth.loc[truth["UNNAMED"].fillna(False).astype(bool), "STYLE"].unique())
    )
    return Planted(styles, first, belongs, unnamed)


def _recovery_row(method: str, family: str, found: Recovery) -> dict[str, Any]:
    low, high = found.adjusted_rand_interval
    return {
        "method": method,
        "family": family,
        "adjusted_rand": found.adjusted_rand,
        "low": low,
        "high": high,
        "smallest_f1": float(found.by_style["F1"].min()),
        "named_styles": int(found.by_style["NAMED"].sum()),
        "calibration_error": found.calibration_error,
        "membership_jaccard": found.membership_jaccard,
        "discovered": min(found.discovered.values(), default=float("nan")),
        "covered": found.covered,
        "accuracy": found.accuracy,
    }
