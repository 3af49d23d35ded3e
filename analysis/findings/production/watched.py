"""What moves between the halves of the window, by a method fitted to other authors in the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from analysis.claims import Claim
from analysis.contingency.counts import AuthorLabelCounts
from analysis.contingency.multiplicity import adjust_p_values
from analysis.findings.approach.labels import only, require, shown
from analysis.findings.evidence import NEEDS as EVIDENCE
from analysis.findings.evidence import evidence
from analysis.findings.production.segmented import RULES, chosen
from analysis.findings.step import Inputs, Result, Step
from analysis.randomness import stream
from analysis.segmentations.criteria import Score
from analysis.segmentations.interface import Segmentation, aligned, slug
from analysis.segmentations.monitoring import Drift, drift
from analysis.segmentations.scorecard import Scorecard, scorecard

NEEDS = (*EVIDENCE, "box_matching")
STEADY = 0.6
"""Adjusted Rand index from which on two fits count as the same, as in the scorecard."""
_MOVED = "Has the mix of segments moved between the halves of the window?"
_RESTLESS = "Do more authors change segment between the halves than between random halves?"


def step(method: str) -> Step:
    """Return the step that watches a method; its result is ``monitoring.METHOD``."""

    def compute(inputs: Inputs) -> Result:
        return watched(inputs, method)

    return Step(f"monitoring.{slug(method)}", f"Monitoring: {method}", compute, NEEDS)


def watched(inputs: Inputs, name: str) -> Result:
    """Fit a method in the first half of the window, as in production, and apply it to both.

    It is fitted to half of the authors and watched on the others, because those it was fitted to
    move more: away from what it learnt of them. What is usual is read from two halves of the same
    sizes into which each author's items are dealt at random. The scorecard judges the segments of
    the first half on the second.

    Returns
    -------
    Result
        Tables ``drift`` (as :class:`Drift`), ``scores`` and ``verdicts`` (where there are two
        segments to tell apart); values: the figures of :class:`Drift`, the limits among them.
    """
    method = chosen(name)
    ties = labels_per_item(inputs.extract("box_matching"))
    try:
        first, _ = shown(inputs, 1)
        second, features = shown(inputs, 2)
        common = np.intersect1d(first.authors, second.authors)
        if method.family not in RULES:
            require(first, len(common))
        one, two = only(first, common), only(second, common)
        rows = features.set_index("AUTHOR_INDEX").loc[common].reset_index()
        learnt = stream(inputs.seed, "monitoring", "learnt").permutation(len(common)) % 2 == 0
        fitted = method.segmenter.fit(
            one.select_authors(learnt), rows[learnt].reset_index(drop=True), seed=inputs.seed
        )
        if len(fitted.segments) < 2:
            raise ValueError("the method finds one segment here, so no account can change it")
        others = rows[~learnt].reset_index(drop=True)
        early, late = one.select_authors(~learnt), two.select_authors(~learnt)
        before, after, *dealt = (
            fitted.assign(counts, others)
            for counts in (early, late, *_dealt(early, late, ties, inputs.seed))
        )
        found = drift(before, after, unchanged=(dealt[0], dealt[1]), seed=inputs.seed)
    except ValueError as error:
        claims = (
            Claim.unanswerable("production.moved", _MOVED, error),
            Claim.unanswerable("production.restless", _RESTLESS, error),
        )
        return Result(claims=claims)
    tables = {"drift": found.table}
    try:
        again = method.segmenter.fit(early, others, seed=inputs.seed)
        whole = fitted.assign(one, rows)
        card = scorecard(whole, evidence(inputs), seed=inputs.seed)
        card = replace(card, scores=(*card.scores, _agreement(whole, again.assign(one, rows))))
        tables |= {"scores": card.table, "verdicts": _verdicts(card)}
    except ValueError:
        pass  # no two segments to tell apart: the card says that it was not judged
    return Result(
        {key: table.rename(columns=str.lower) for key, table in tables.items()},
        _values(found),
        _claims(found),
    )


def _dealt(
    one: AuthorLabelCounts, two: AuthorLabelCounts, ties: Mapping[str, float], seed: int
) -> tuple[AuthorLabelCounts, AuthorLabelCounts]:
    """Deal each author's items anew into two halves of about the sizes they have.

    First the items of each type, of which there are as many as labels by labels per item; then
    the labels, by the part of the items that went to the half.
    """
    labels = tuple(sorted({*one.labels, *two.labels}))
    one, two = aligned(one, labels), aligned(two, labels)
    whole = (one.matrix + two.matrix).tocsr()
    rows = np.repeat(np.arange(one.n_authors), np.diff(whole.indptr))
    names, types = np.unique([label.partition("/")[0] for label in labels], return_inverse=True)
    kind = types[whole.indices]
    totals = np.zeros((one.n_authors, len(names)))
    np.add.at(totals, (rows, kind), whole.data)
    per_item = np.array([ties.get(name, 1.0) for name in names])
    items = np.maximum(np.ceil(totals / per_item), 1).astype(np.int64)
    share = one.totals / np.maximum(one.totals + two.totals, 1.0)
    rng = stream(seed, "monitoring", "dealt")
    part = rng.binomial(items, share[:, None]) / items
    first, second = whole.copy(), whole.copy()
    first.data = rng.binomial(whole.data.astype(np.int64), part[rows, kind]).astype(np.float64)
    second.data = whole.data - first.data
    return (
        AuthorLabelCounts(first, one.authors, labels),
        AuthorLabelCounts(second, one.authors, labels),
    )


def labels_per_item(boxes: pd.DataFrame) -> dict[str, float]:
    """Return by type of label how many an item carries, from the extract ``box_matching``."""
    found = boxes[boxes["N_BOXES"] > 0]
    mean = (found["N_DETECTIONS"] - found["N_WITHOUT_BOX"]) / found["N_BOXES"]
    return dict(zip(found["TYPE"], mean.clip(lower=1.0).astype(float), strict=True))


def _agreement(found: Segmentation, again: Segmentation) -> Score:
    """Score how far fits to either half of the authors put the same authors together."""
    both = (found.codes >= 0) & (again.codes >= 0)
    same = float(adjusted_rand_score(found.codes[both], again.codes[both]))
    return Score(
        "stable",
        "adjusted Rand, fitted to either half of the authors",
        same,
        np.nan,
        np.nan,
        STEADY,
        "pass" if same >= STEADY else "fail",
        "Below it a panel changes more by who is in it than trends do.",
    )


def _verdicts(card: Scorecard) -> pd.DataFrame:
    names = list(dict.fromkeys(card.table["criterion"]))
    return pd.DataFrame({"CRITERION": names, "VERDICT": [card.criterion(name) for name in names]})


def _values(found: Drift) -> dict[str, float | int | list[float] | None]:
    numbers = {key: value for key, value in vars(found).items() if key != "table"}
    return {
        key: None if np.isnan(value).any() else (list(value) if isinstance(value, tuple) else value)
        for key, value in numbers.items()
    }


def _claims(found: Drift) -> tuple[Claim, Claim]:
    """Say whether the mix moved and whether authors are restless; two tests, one family."""
    moved, restless = adjust_p_values([found.index_p_value, found.changed_p_value], "holm")
    often = f"one in {round(1 / found.alarm)}"
    first = Claim(
        "production.moved",
        _MOVED,
        found.index,
        "population stability index",
        None,
        float(moved),
        "yes" if found.moved else "no",
        "It is above the limit of what chance moves among these authors."
        if found.moved
        else f"It is below the alert, which {often} comparisons raises if nothing changes.",
    )
    if found.restless is None:
        why = "No author has a segment in both halves"
        return first, Claim.unanswerable("production.restless", _RESTLESS, why)
    second = Claim(
        "production.restless",
        _RESTLESS,
        found.changed,
        "share of authors",
        found.changed_interval,
        float(restless),
        # dealt items are calmer than dealt images would be: above the limit nothing is proved
        "undecided" if found.restless else "no",
        "More change than when the items of each author are dealt one by one; labels of one image "
        "come together, so that chance alone may move as much."
        if found.restless
        else f"It is below the alert, which {often} comparisons raises where the items of each "
        "author are dealt at random.",
    )
    return first, second
