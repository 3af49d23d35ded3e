"""How much of a planted truth a segmentation recovers. Evaluation only: no method imports this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from analysis.contingency.bootstrap import author_weights
from analysis.contingency.counts import Floats
from analysis.segmentations.interface import Segmentation


@dataclass(frozen=True)
class Planted:
    """The planted styles of authors.

    Attributes
    ----------
    styles : tuple of str
    dominant : array of int of shape (authors,)
    belongs : array of bool of shape (authors, styles)
        All styles of the author.
    unnamed : tuple of str
        Styles that no rule names.
    """

    styles: tuple[str, ...]
    dominant: npt.NDArray[np.int64]
    belongs: npt.NDArray[np.bool_]
    unnamed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recovery:
    """What was recovered.

    Attributes
    ----------
    adjusted_rand : float
        Of the most probable segments, abstentions included as they are most probable, too.
    adjusted_rand_interval : (float, float)
        Percentile bootstrap over authors, 95 %.
    by_style : DataFrame
        STYLE, SEGMENT (the one that carries its name, or overlaps most), NAMED, PRECISION, RECALL,
        F1, AUTHORS.
    calibration_error : float
        Expected calibration error of the dominant segment's probability in 15 bins; NaN for
        methods that know 0 and 1 only.
    membership_jaccard : float
        Mean over authors of |found and planted| / |found or planted|, of all memberships.
    discovered : dict of str to float
        For each style that no rule names: F1 of the best segment that is not named.
    covered : float
        Share of authors assigned.
    accuracy : float
        Share of authors whose most probable segment is that of their style.
    """

    adjusted_rand: float
    adjusted_rand_interval: tuple[float, float]
    by_style: pd.DataFrame
    calibration_error: float
    membership_jaccard: float
    discovered: Mapping[str, float]
    covered: float
    accuracy: float


def recovery(
    found: Segmentation,
    planted: Planted,
    *,
    names: Mapping[str, str] | None = None,
    rows: npt.NDArray[np.bool_] | None = None,
    replicates: int = 499,
    seed: int = 0,
) -> Recovery:
    """Compare a segmentation with the planted styles of the same authors.

    Parameters
    ----------
    names : mapping of str to str, optional
        Segment name -> style, where they differ.
    rows : array of bool of shape (authors,), optional
        Authors to judge, for instance those with at least 20 labels.
    """
    keep = np.ones(len(planted.dominant), dtype=bool) if rows is None else np.asarray(rows)
    posterior, dominant = found.posterior[keep], planted.dominant[keep]
    if not len(found.segments):
        posterior = np.zeros((int(keep.sum()), 1))
    code = posterior.argmax(axis=1)
    silent = posterior.max(axis=1) <= 0
    code[silent] = posterior.shape[1]
    n_codes = posterior.shape[1] + 1
    table = np.zeros((n_codes, len(planted.styles)))
    np.add.at(table, (code, dominant), 1.0)
    style_of = _style_of(found, planted, table, dict(names or {}))
    by_style = _by_style(found, planted, table, style_of)
    right = style_of[code] == dominant
    top = posterior.max(axis=1)
    probable = bool(((top > 0) & (top < 1)).any())
    own = found.members()[keep]
    named = np.zeros((int(keep.sum()), len(planted.styles)), dtype=bool)
    for segment in range(own.shape[1]):
        if style_of[segment] >= 0:
            named[:, style_of[segment]] |= own[:, segment]
    shared = (named & planted.belongs[keep]).sum(axis=1)
    either = (named | planted.belongs[keep]).sum(axis=1)
    free = [s for s, segment in enumerate(found.segments) if segment.kind != "named"]
    discovered = {}
    for style in planted.unnamed:
        column = planted.styles.index(style)
        scores = [_f1(table, s, column) for s in free]
        discovered[style] = max(scores, default=0.0)
    return Recovery(
        float(adjusted_rand_score(dominant, code)),
        _interval(table, code, dominant, replicates, seed),
        by_style,
        calibration_error(top[~silent], right[~silent]) if probable else float("nan"),
        float((shared / np.maximum(either, 1)).mean()),
        discovered,
        float(1 - found.abstained[keep].mean()),
        float(right.mean()),
    )


def calibration_error(probability: Floats, right: npt.NDArray[np.bool_], bins: int = 15) -> float:
    """Return the expected calibration error: mean gap of confidence and accuracy over bins."""
    place = np.clip((probability * bins).astype(np.int64), 0, bins - 1)
    size = np.bincount(place, minlength=bins)
    gap = np.bincount(place, weights=probability - right, minlength=bins)
    return float(np.abs(gap).sum() / max(size.sum(), 1))


def _style_of(
    found: Segmentation, planted: Planted, table: Floats, names: dict[str, str]
) -> npt.NDArray[np.int64]:
    """Return the style of each segment: by name, else the one it overlaps most; -1 for silence."""
    style = np.asarray(table.argmax(axis=1), dtype=np.int64)
    for place, segment in enumerate(found.segments):
        called = names.get(segment.name, segment.name)
        if called in planted.styles:
            style[place] = planted.styles.index(called)
    style[-1] = -1
    return style


def _by_style(
    found: Segmentation, planted: Planted, table: Floats, style_of: npt.NDArray[np.int64]
) -> pd.DataFrame:
    kinds = np.array([segment.kind == "named" for segment in found.segments], dtype=bool)
    rows = []
    for column, style in enumerate(planted.styles):
        own = np.flatnonzero(style_of[:-1] == column)
        carrier = own[kinds[own]] if len(kinds) else own
        named = carrier.size > 0
        if named:
            hits, given = table[carrier, column].sum(), table[carrier].sum()
            segment = found.names[int(carrier[0])]
        else:
            scores = [_f1(table, s, column) for s in range(len(found.segments))]
            best = int(np.argmax(scores)) if scores else -1
            hits, given = (table[best, column], table[best].sum()) if scores else (0.0, 0.0)
            segment = found.names[best] if scores else ""
        authors = table[:, column].sum()
        rows.append(
            {
                "STYLE": style,
                "SEGMENT": segment,
                "NAMED": named,
                "PRECISION": hits / given if given else 0.0,
                "RECALL": hits / authors if authors else 0.0,
                "F1": 2 * hits / (given + authors) if given + authors else 0.0,
                "AUTHORS": int(authors),
            }
        )
    return pd.DataFrame(rows)


def _f1(table: Floats, segment: int, style: int) -> float:
    size = table[segment].sum() + table[:, style].sum()
    return float(2 * table[segment, style] / size) if size else 0.0


def _interval(
    table: Floats,
    code: npt.NDArray[np.int64],
    dominant: npt.NDArray[np.int64],
    replicates: int,
    seed: int,
) -> tuple[float, float]:
    """Bootstrap authors; the index needs only the weighted cross table."""
    cell = code * table.shape[1] + dominant
    values = np.empty(replicates)
    for r in range(replicates):
        weights = author_weights(len(code), [r], seed, "recovery")[0]
        drawn: Floats = np.bincount(cell, weights=weights, minlength=table.size).astype(np.float64)
        values[r] = rand_of(drawn.reshape(table.shape))
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def rand_of(table: Floats) -> float:
    """Return the adjusted Rand index of a (weighted) cross table."""

    def pairs(x: Floats) -> float:
        return float((x * (x - 1) / 2).sum())

    together = pairs(table)
    rows, columns = pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = rows * columns / max(pairs(np.array([table.sum()])), 1.0)
    most = (rows + columns) / 2
    return (together - expected) / (most - expected) if most > expected else 1.0
