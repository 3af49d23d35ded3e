"""How much of the planted styles every method recovers, where the source is a sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from analysis.claims import Claim
from analysis.findings.step import Inputs, Result
from analysis.segmentations.interface import Segment, Segmentation
from analysis.segmentations.recovery import Planted, Recovery, recovery

TRUTH = "truth_authors"
SAME_STYLE = {"not fashion": "little fashion"}
"""Segment of the lexicon -> planted style, where the two have different names."""
_JUDGED = 20
"""Described labels from which on an author is judged against a planted truth."""
_RECOVERED = "Does the hybrid recover the planted styles?"


def recovered(inputs: Inputs) -> Result:
    """Compare the assignments of all methods with the planted styles, where there are any.

    Reads the table ``truth_authors`` (AUTHOR_INDEX, STYLE, SECOND_STYLE, UNNAMED, OPTIMAL_STYLE,
    DESCRIBED), which only a sample has.
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
    judged = (truth["DESCRIBED"].fillna(0) >= _JUDGED).to_numpy()
    optimal = _optimal(truth, judged)
    rows, styles = [], []
    for method in family.index:
        own = assigned[assigned["method"] == method]
        segmentation = _restored(str(method), own, listed[listed["method"] == method])
        found = recovery(segmentation, planted, names=SAME_STYLE, rows=judged, seed=inputs.seed)
        rows.append(_recovery_row(str(method), str(family[method]), found, optimal))
        styles.append(found.by_style.rename(columns=str.lower).assign(method=method))
    table = pd.DataFrame(rows)
    own = table[table["method"] == "hybrid"].iloc[0]
    claims = (
        Claim(
            "approach.recovered",
            _RECOVERED,
            float(own["adjusted_rand"]),
            "adjusted Rand index",
            (float(own["low"]), float(own["high"])),
            None,
            "yes" if own["low"] >= 0.8 else ("no" if own["high"] < 0.8 else "undecided"),
            "Authors with enough described labels; the classifier that knows the planted "
            "parameters reads described labels only.",
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
    return Result(
        {"methods": table, "styles": pd.concat(styles, ignore_index=True)},
        {"optimal": optimal, "judged": int(judged.sum())},
        claims,
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


def _optimal(truth: pd.DataFrame, judged: np.ndarray[Any, Any]) -> float | None:
    known = judged & truth["OPTIMAL_STYLE"].notna().to_numpy()
    if not known.any():
        return None
    part = truth[known]
    return float(adjusted_rand_score(part["STYLE"], part["OPTIMAL_STYLE"]))


def _recovery_row(
    method: str, family: str, found: Recovery, optimal: float | None
) -> dict[str, Any]:
    low, high = found.adjusted_rand_interval
    return {
        "method": method,
        "family": family,
        "adjusted_rand": found.adjusted_rand,
        "low": low,
        "high": high,
        "below_optimal": np.nan if optimal is None else optimal - found.adjusted_rand,
        "smallest_f1": float(found.by_style["F1"].min()),
        "named_styles": int(found.by_style["NAMED"].sum()),
        "calibration_error": found.calibration_error,
        "membership_jaccard": found.membership_jaccard,
        "discovered": min(found.discovered.values(), default=float("nan")),
        "covered": found.covered,
        "accuracy": found.accuracy,
    }
