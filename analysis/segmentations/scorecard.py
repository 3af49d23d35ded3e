"""The scorecard of a segmentation: any table author -> segment, judged on the same evidence.

    evidence = Evidence(counts, features, Halves.of(first, second), trends)
    print(scorecard(segments, evidence))

Segments are all it needs; with the method that made them (``reassign``) it also measures how
stable they are and judges them on labels that they have not seen.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.randomness import stream
from analysis.segmentations import criteria
from analysis.segmentations.criteria import Evidence, Reassign, Score
from analysis.segmentations.explained import Halves
from analysis.segmentations.interface import Segmentation, Segmenter

__all__ = ["Evidence", "Halves", "Reassign", "Score", "Scorecard", "by_method", "scorecard"]

ESSENTIAL = ("distinct", "homogeneous", "stable", "valid outside", "useful for trends")
"""Criteria a segmentation cannot do without; the others tell how handy it is."""

ANY = ("valid outside",)
"""Criteria for which one measure that passes is enough."""


@dataclass(frozen=True)
class Scorecard:
    """The scores of one segmentation.

    Attributes
    ----------
    scores : tuple of Score
        In the order of the criteria.
    segments : Series
        Authors per segment.
    """

    scores: tuple[Score, ...]
    segments: pd.Series[int]

    @property
    def table(self) -> pd.DataFrame:
        """Return the scores, one row each: the fields of :class:`Score`."""
        return pd.DataFrame(list(self.scores), columns=list(Score._fields))

    def criterion(self, name: str) -> str:
        """Return the verdict on one criterion.

        Pass if all measures pass, fail if one fails, undecided in between, "not measured" if
        nothing was. Outside facts are many; there one that is predicted is enough, and the verdict
        is fail only if none is.
        """
        found = [s.verdict for s in self.scores if s.criterion == name]
        judged = [verdict for verdict in found if verdict != "not measured"]
        if not judged:
            return "not measured"
        decisive = "pass" if name in ANY else "fail"
        if decisive in judged:
            return decisive
        return "undecided" if "undecided" in judged else judged[0]

    @property
    def verdict(self) -> str:
        """Return "pass" if all measured essential criteria pass, "fail" if one fails."""
        found = [self.criterion(name) for name in ESSENTIAL]
        judged = [verdict for verdict in found if verdict != "not measured"]
        if "fail" in judged:
            return "fail"
        return "pass" if judged and set(judged) == {"pass"} else "undecided"

    def __str__(self) -> str:
        """Return the scorecard as a table of plain text."""
        shown = pd.DataFrame(
            {
                "criterion": [s.criterion for s in self.scores],
                "measure": [s.measure for s in self.scores],
                "estimate": [_number(s.estimate) for s in self.scores],
                "95 % interval": [
                    f"{_number(s.low)} to {_number(s.high)}" if np.isfinite(s.low) else ""
                    for s in self.scores
                ],
                "threshold": [
                    f"{'at most' if s.most else 'at least'} {_number(s.threshold)}"
                    if np.isfinite(s.threshold)
                    else ""
                    for s in self.scores
                ],
                "verdict": [s.verdict for s in self.scores],
            }
        )
        widths = {c: max(len(c), *map(len, shown[c])) for c in map(str, shown.columns)}
        lines = [[name.ljust(width) for name, width in widths.items()]]
        lines += [
            [str(v).ljust(w) for v, w in zip(row, widths.values(), strict=True)]
            for row in shown.itertuples(index=False)
        ]
        return "\n".join("  ".join(line).rstrip() for line in lines)


def scorecard(
    segmentation: Segmentation | pd.DataFrame | pd.Series[Any],
    evidence: Evidence,
    *,
    reassign: Reassign | None = None,
    leads: bool = False,
    seconds: float | None = None,
    effort: int = 199,
    seed: int = 0,
) -> Scorecard:
    """Judge a segmentation.

    Parameters
    ----------
    segmentation : Segmentation, DataFrame or Series
        A fitted segmentation, a table with AUTHOR_INDEX and SEGMENT, or segments by AUTHOR_INDEX.
        Authors without a segment, or with a missing one, are in none.
    evidence : Evidence
        What is known of the authors of the panel.
    reassign : callable, optional
        (counts, features, generator) -> segment per author: the method, so that it can be run again
        on other data; see :func:`by_method`. Without it stability is not measured, and a table
        that was made from the same labels is judged too kindly.
    leads : bool
        Also look for a segment whose trends lead; takes seconds per segment.
    seconds : float, optional
        Time that assigning all authors took; measured when ``reassign`` is given.
    effort : int
        Permutations and bootstrap replicates.
    seed : int

    Raises
    ------
    ValueError
        If the table names an author twice, or fewer than two segments hold authors with labels.
    """
    segments = _segments(segmentation)
    known = evidence.features["AUTHOR_INDEX"].to_numpy()
    segments = segments[segments.index.isin(known)]
    labelled = segments.reindex(evidence.counts.authors).dropna()
    if labelled.nunique() < 2:
        raise ValueError(
            "fewer than two segments hold authors with labels: there is nothing to tell apart."
        )
    if reassign is not None and seconds is None:
        began = time.perf_counter()
        reassign(evidence.counts, evidence.of(evidence.counts), stream(seed, "scorecard", "timing"))
        seconds = time.perf_counter() - began
    scores = (
        *criteria.distinct(evidence, segments, reassign, effort, seed),
        *criteria.stable(evidence, segments, reassign, effort, seed),
        *criteria.valid(evidence, segments, effort, seed),
        *criteria.useful(evidence, segments, effort, seed, leads=leads),
        *criteria.covering(evidence, segments),
        *criteria.balanced(segments),
        *criteria.interpretable(evidence, segments),
        *criteria.cheap(seconds),
    )
    return Scorecard(scores, segments.value_counts().sort_index())


def by_method(segmenter: Segmenter) -> Reassign:
    """Return a method as the callable that :func:`scorecard` runs again."""

    def reassign(counts: Any, features: pd.DataFrame, rng: np.random.Generator) -> Any:
        fitted = segmenter.fit(counts, features, seed=int(rng.integers(2**31)))
        return fitted.assign(counts, features).to_frame()["SEGMENT"].to_numpy(dtype=object)

    return reassign


def _segments(segmentation: Segmentation | pd.DataFrame | pd.Series[Any]) -> pd.Series[Any]:
    table: Any = segmentation
    if isinstance(segmentation, Segmentation):
        table = segmentation.to_frame()
    if isinstance(table, pd.DataFrame):
        missing = {"AUTHOR_INDEX", "SEGMENT"} - set(table.columns)
        if missing:
            raise ValueError(f"the table lacks {', '.join(sorted(missing))}: name its columns so.")
        table = table.set_index("AUTHOR_INDEX")["SEGMENT"]
    if table.index.has_duplicates:
        raise ValueError("the table names an author twice: give one segment per author.")
    return pd.Series(table.dropna().astype(str))


def _number(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else "–"
