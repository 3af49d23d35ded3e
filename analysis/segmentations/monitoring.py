"""Watch a published segmentation: what moves beyond what chance moves.

    seen = drift(last_month, this_month)           # any two tables author -> segment
    seen = drift(before, after, unchanged=(a, b))  # and two between which nothing changed

The population stability index compares the shares of segments in two snapshots. The customary
limits of 0.1 and 0.25 know neither how many authors there are nor that they are the same ones; its
spread under no change depends on both (Yurdakul 2018,
https://scholarworks.wmich.edu/dissertations/3208). Where nothing changed, the two snapshots of an
author could as well be exchanged, so limits come from authors drawn with replacement whose
snapshots are swapped by the toss of a coin.

Authors also change segment because they show other images of the same taste. How many do is read
from two snapshots that differ by that alone, such as two random halves of what each author shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.contingency.counts import Floats, Ints
from analysis.randomness import stream
from analysis.segmentations.interface import Segmentation

Snapshot = Segmentation | pd.DataFrame | pd.Series
NONE = "none"
"""Stands for authors that a snapshot names without giving them a segment."""
_ABSENT = -1
_PRIOR = 0.5
"""Authors added to each segment, so that an empty one has a logarithm."""


@dataclass(frozen=True)
class Drift:
    """What moved between two snapshots.

    Attributes
    ----------
    table : DataFrame
        One row per segment, and one for ``none``: SEGMENT, BEFORE, AFTER (authors), SHARE_BEFORE,
        SHARE_AFTER, DIFFERENCE of the shares with its 95 % interval LOW to HIGH, CONTRIBUTION to
        the index, KEPT (share of its authors that are in it again, of those in a segment again).
    index : float
        Population stability index.
    index_interval : tuple of float
        Where it lies in 95 of 100 cases if nothing changed.
    index_limit : float
        Where it lies below in all but ``alarm`` of the cases if nothing changed.
    index_p_value : float
        Chance of an index as large if nothing changed.
    changed : float
        Share of authors whose segment differs, among those with a segment in both snapshots; NaN
        if there are none.
    changed_interval : tuple of float
        Its 95 % interval.
    usual, usual_interval : float, tuple of float
        The same between the unchanged snapshots; NaN without them.
    changed_limit, changed_p_value : float
        As for the index; NaN without unchanged snapshots.
    authors : int
        Authors in either snapshot.
    joined, left : int
        Those in the second only, and in the first only.
    alarm : float
        False alarms per comparison.
    """

    table: pd.DataFrame
    index: float
    index_interval: tuple[float, float]
    index_limit: float
    index_p_value: float
    changed: float
    changed_interval: tuple[float, float]
    usual: float
    usual_interval: tuple[float, float]
    changed_limit: float
    changed_p_value: float
    authors: int
    joined: int
    left: int
    alarm: float

    @property
    def moved(self) -> bool:
        """Whether the mix of segments moved by more than the limit."""
        return self.index > self.index_limit

    @property
    def restless(self) -> bool | None:
        """Whether more authors changed than the limit; None without unchanged snapshots."""
        return None if np.isnan(self.changed_limit) else self.changed > self.changed_limit


def drift(
    before: Snapshot,
    after: Snapshot,
    *,
    unchanged: tuple[Snapshot, Snapshot] | None = None,
    replicates: int = 1999,
    alarm: float = 0.01,
    seed: int = 0,
) -> Drift:
    """Compare two snapshots of a segmentation.

    Parameters
    ----------
    before, after : Segmentation, DataFrame or Series
        Tables with AUTHOR_INDEX and SEGMENT, segments by author, or segmentations; a missing
        segment means that the author is in none.
    unchanged : two of these, optional
        Snapshots that differ by chance alone. Without them it is not known how many authors change
        segment when nothing changed.
    replicates : int
        Draws of authors.
    alarm : float
        False alarms per comparison that are accepted.
    seed : int

    Raises
    ------
    ValueError
        If a table lacks a column or names an author twice, or no author is in both snapshots.
    """
    if not 0 < alarm < 1:
        raise ValueError(f"alarm is {alarm}: give a probability between 0 and 1.")
    first, second = _segments(before, "before"), _segments(after, "after")
    names = _names(first, second)
    authors = first.index.union(second.index)
    if not len(first.index.intersection(second.index)):
        raise ValueError("no author is in both snapshots: compare tables of the same accounts.")
    one, two = _codes(first, authors, names), _codes(second, authors, names)
    rng = stream(seed, "monitoring", "authors")
    flows = _flows(one, two, len(names))
    drawn = _drawn(flows.ravel(), replicates, rng).reshape(replicates, *flows.shape)
    swapped = rng.binomial(drawn, 0.5)
    exchanged = drawn - swapped + swapped.transpose(0, 2, 1)
    index = _index(flows[None])[0]
    null = _index(exchanged)
    moved, low, high = _moved(flows, drawn)
    inside = flows[:-2, :-2]
    limit, p_value = _limit(null, index, alarm)
    own = _switches(one, two, len(names))
    quiet = np.full(len(authors), _ABSENT)
    if unchanged is not None:
        early, late = (_segments(snapshot, "unchanged") for snapshot in unchanged)
        known = _names(early, late)
        quiet = _switches(_codes(early, authors, known), _codes(late, authors, known), len(known))
    changes = _Changes.of(own, quiet, replicates, alarm, rng)
    totals_before, totals_after = flows[:-1].sum(axis=1), flows[:, :-1].sum(axis=0)
    table = pd.DataFrame(
        {
            "SEGMENT": names,
            "BEFORE": totals_before,
            "AFTER": totals_after,
            "SHARE_BEFORE": totals_before / totals_before.sum(),
            "SHARE_AFTER": totals_after / totals_after.sum(),
            "DIFFERENCE": moved,
            "LOW": low,
            "HIGH": high,
            "CONTRIBUTION": _contributions(flows[None])[0],
            "KEPT": [*(_share(np.diag(inside), inside.sum(axis=1))), np.nan],
        }
    )
    return Drift(
        table,
        float(index),
        _interval(null),
        limit,
        p_value,
        changes.share,
        changes.interval,
        changes.usual,
        changes.usual_interval,
        changes.limit,
        changes.p_value,
        len(authors),
        int((one == _ABSENT).sum()),
        int((two == _ABSENT).sum()),
        alarm,
    )


@dataclass(frozen=True)
class _Changes:
    """Share of changed segments, and what is usual."""

    share: float
    interval: tuple[float, float]
    usual: float
    usual_interval: tuple[float, float]
    limit: float
    p_value: float

    @classmethod
    def of(
        cls, own: Ints, quiet: Ints, replicates: int, alarm: float, rng: np.random.Generator
    ) -> _Changes:
        """Draw authors with both of their comparisons, which share what authors have in common."""
        kinds = _flows(own, quiet, 2)
        drawn = _drawn(kinds.ravel(), replicates, rng).reshape(replicates, 3, 3)
        share, usual = _changed(kinds.sum(axis=1)), _changed(kinds.sum(axis=0))
        shares, usuals = _changed(drawn.sum(axis=2)), _changed(drawn.sum(axis=1))
        more = (shares - usuals) - (share - usual)
        limit = p_value = np.nan
        if np.isfinite(usual) and np.isfinite(share):
            excess, p_value = _limit(more, float(share - usual), alarm)
            limit = float(usual + max(excess, 0.0))
        return cls(
            float(share),
            _interval(shares),
            float(usual),
            _interval(usuals),
            limit,
            p_value,
        )


def _segments(table: Any, name: str) -> pd.Series[Any]:
    if isinstance(table, Segmentation):
        table = table.to_frame()
    if isinstance(table, pd.DataFrame):
        lacking = {"AUTHOR_INDEX", "SEGMENT"} - set(table.columns)
        if lacking:
            raise ValueError(f"{name} lacks {', '.join(sorted(lacking))}: name its columns so.")
        table = table.set_index("AUTHOR_INDEX")["SEGMENT"]
    if table.index.has_duplicates:
        raise ValueError(f"{name} names an author twice: give one segment per author.")
    found: pd.Series[Any] = table.astype(object).where(table.notna(), None)
    return found


def _names(first: pd.Series[Any], second: pd.Series[Any]) -> list[str]:
    return [*sorted({*first.dropna(), *second.dropna()} - {NONE}), NONE]


def _codes(segments: pd.Series[Any], authors: pd.Index[Any], names: list[str]) -> Ints:
    """Return the place of each author's segment; the last for none, -1 for an absent author."""
    place = {name: code for code, name in enumerate(names)}
    codes = segments.map(lambda name: len(names) - 1 if name is None else place[name])
    return np.asarray(codes.reindex(authors, fill_value=_ABSENT), dtype=np.int64)


def _flows(first: Ints, second: Ints, n: int) -> Ints:
    """Count authors by both codes, shape (n + 1, n + 1); the last row and column: absent."""
    pairs = np.where(first < 0, n, first) * (n + 1) + np.where(second < 0, n, second)
    return np.bincount(pairs, minlength=(n + 1) ** 2).reshape(n + 1, n + 1).astype(np.int64)


def _switches(first: Ints, second: Ints, n: int) -> Ints:
    """Return 1 for an author whose segment differs, 0 for the same, -1 without two segments."""
    both = (first >= 0) & (second >= 0) & (first < n - 1) & (second < n - 1)
    return np.where(both, (first != second).astype(np.int64), _ABSENT)


def _drawn(counts: Ints, replicates: int, rng: np.random.Generator) -> Ints:
    """Draw the authors with replacement: kinds of authors are drawn by their numbers."""
    total = int(counts.sum())
    return np.asarray(rng.multinomial(total, counts / total, size=replicates), dtype=np.int64)


def _contributions(flows: Ints) -> Floats:
    before = flows[:, :-1, :].sum(axis=2) + _PRIOR
    after = flows[:, :, :-1].sum(axis=1) + _PRIOR
    p = before / before.sum(axis=1, keepdims=True)
    q = after / after.sum(axis=1, keepdims=True)
    return np.asarray((q - p) * np.log(q / p))


def _index(flows: Ints) -> Floats:
    return np.asarray(_contributions(flows).sum(axis=1))


def _moved(flows: Ints, drawn: Ints) -> tuple[Floats, Floats, Floats]:
    def differences(table: Ints) -> Floats:
        before, after = table[:, :-1, :].sum(axis=2), table[:, :, :-1].sum(axis=1)
        return np.asarray(
            after / after.sum(axis=1, keepdims=True) - before / before.sum(axis=1, keepdims=True)
        )

    low, high = np.quantile(differences(drawn), [0.025, 0.975], axis=0)
    return differences(flows[None])[0], low, high


def _changed(kinds: npt.NDArray[Any]) -> Any:
    """Return the share of ones among zeros and ones; kinds end with (same, changed, absent)."""
    return _share(kinds[..., 1], kinds[..., 0] + kinds[..., 1])


def _share(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> Any:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _limit(null: Floats, observed: float, alarm: float) -> tuple[float, float]:
    """Return the quantile that all but ``alarm`` stay below, and the p-value of what was seen."""
    p_value = (1 + (null >= observed).sum()) / (1 + len(null))
    return float(np.quantile(null, 1 - alarm)), float(p_value)


def _interval(draws: Floats) -> tuple[float, float]:
    if not np.isfinite(draws).all():
        return (float("nan"), float("nan"))
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)
