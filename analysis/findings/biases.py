"""Biases of panels and accounts: their size, the insight they distort, and what a correction does.

Every bias is measured in the same way. The insight is the visibility of a label in a panel: the
share of the panel's labelled images that show it. A bias enters as the weights that a careless
count gives to authors, its correction as the weights that a careful one gives. What the two make
of each label is compared, with authors as the unit of resampling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from analysis.claims import Claim, Verdict
from analysis.contingency.bootstrap import author_weights
from analysis.contingency.counts import AuthorLabelCounts, Floats
from analysis.contingency.permutation import activity_blocks
from analysis.extracts.vocabulary import Vocabulary
from analysis.findings.bias_estimates import sells
from analysis.findings.step import Inputs, Result, Step
from analysis.findings.wardrobe import NEEDS, wardrobe
from analysis.panels.inequality import gini
from analysis.panels.weights import kish, propensity

_ALPHA = 0.05
_REPLICATES = 200
_FREQUENT = 200  # authors: rarer labels are too few to be an insight
_FEWEST = 30  # authors on each side, or the question cannot be answered
_WITNESSES = 20  # accounts: a label that rests on fewer has no normal error
_MATTERS = 1.05  # a visibility off by less than this factor changes no decision


@dataclass(frozen=True)
class Accounts:
    """Authors of the mart with labelled images: what they show, and what is known of them."""

    counts: AuthorLabelCounts
    images: Floats
    features: pd.DataFrame
    replicates: Floats

    def band(self, *names: str) -> Floats:
        """Return one for the authors of the named bands, else zero."""
        return _one(self.features["BAND"].isin(names))


@dataclass(frozen=True)
class Contrast:
    """Two ways to weigh authors: what a careless count does, and what a careful one does."""

    careless: Floats
    careful: Floats


@dataclass(frozen=True)
class Bias:
    """One bias: how it works, how it is seen, how large it is and how it is corrected.

    Attributes
    ----------
    id, name : str
    mechanism, correction : str
        In words for people.
    unit : str
        What ``size`` counts.
    size : callable
        From accounts and author weights of shape (authors,) to one number, per cent or a factor.
    contrast : callable
        The two weightings whose visibilities are compared.
    """

    id: str
    name: str
    mechanism: str
    correction: str
    unit: str
    size: Callable[[Accounts, Floats], float]
    contrast: Callable[[Accounts], Contrast]


def biases(inputs: Inputs) -> Result:
    """Measure every bias, what it distorts and what its correction changes."""
    accounts = _accounts(inputs)
    rows, tables, claims = [], [], []
    for bias in BIASES:
        contrast = bias.contrast(accounts)
        claim, row, distortions = _measure(bias, accounts, contrast)
        claims.append(claim)
        rows.append(row)
        tables.append(distortions.assign(bias=bias.id))
    return Result(
        {"biases": pd.DataFrame(rows), "distortions": pd.concat(tables, ignore_index=True)},
        {"authors": accounts.counts.n_authors, "replicates": _REPLICATES, "matters": _MATTERS},
        tuple(claims),
    )


def other_biases(inputs: Inputs) -> Result:
    """Size of the biases that no weighting of authors corrects."""
    dirt = {
        (row["TABLE_NAME"], row["KIND"]): (float(row["N_AFFECTED"]), float(row["N_LOOKED_AT"]))
        for row in inputs.extract("dirt").to_dict("records")
    }
    features = inputs.extract("author_features")
    labels = inputs.extract("label_vocabulary")
    fashion = Vocabulary.load().names(labels).notna()
    zones = features["ZONE"].dropna().unique()

    def share(table: str, kind: str) -> float | None:
        affected, looked_at = dirt[table, kind]
        return 100 * affected / looked_at if looked_at else None

    rows = [
        (
            "Authors stored twice",
            "Whatever is joined to a repeated row is counted again.",
            share("MART_AUTHORS", "repeated author rows"),
            "% of the author rows",
            "One row per author, by rule; a key constraint in the table.",
        ),
        (
            "Posts of authors outside the mart",
            "They have no follower count there, no bio and hardly any label.",
            share("MART_IMAGES_OF_POSTS", "posting authors without an author row"),
            "% of the posting authors",
            "Describe them, or leave them out of numerator and denominator alike.",
        ),
        (
            "Authors without a post",
            "They fill a panel on paper and say nothing.",
            share("MART_AUTHORS", "authors without a post"),
            "% of the authors",
            "Size panels by posting authors.",
        ),
        (
            "Images in several rows",
            "A repost is a second detection of the same garment.",
            share("MART_IMAGES_OF_POSTS", "images in several rows"),
            "% of the images",
            "Count distinct images, in the week of their first post.",
        ),
        (
            "Posts with several images",
            "One occasion, and one outfit, is seen several times.",
            share("MART_IMAGES_OF_POSTS", "posts with several images"),
            "% of the posts",
            "Resample accounts, never images; count an outfit once per post.",
        ),
        (
            "Labels of one item are tied by a box only",
            "Labels found in one image need not describe one item.",
            _not_one_item(inputs.extract("trend_matching")),
            "% of the images with all labels of a trend hold no item with all of them",
            "Count by item, as here; store an item number with every label.",
        ),
        (
            "A few accounts show most images",
            "What they wear is what the panel wears.",
            _gini(features),
            "Gini index of labelled images",
            "Resample accounts; weigh accounts alike or cap what one can add.",
        ),
        (
            "Likes of zero",
            "Many are hidden counts, not unloved posts; averages fall with them.",
            share("MART_IMAGES_OF_POSTS", "zero likes"),
            "% of the image rows",
            "Treat zero as missing where an account's other posts have likes.",
        ),
        (
            "Brands written in two ways",
            "One brand becomes two weak ones.",
            share("MART_IMAGES_LABELS", "brands written in two ways"),
            "% of the brand detections",
            "Merge spellings by a documented list.",
        ),
        (
            "Labels that are not fashion",
            "Furniture and food enter profiles of taste.",
            100 * float(labels.loc[~fashion, "N_DETECTIONS"].sum() / labels["N_DETECTIONS"].sum()),
            "% of the detections",
            "Keep the labels of a documented list.",
        ),
        (
            "One zone only" if len(zones) == 1 else "A few zones",
            "What holds in one zone need not hold elsewhere.",
            float(len(zones)),
            "zone" if len(zones) == 1 else "zones",
            "Nothing from these tables: recruit elsewhere, or say where a finding holds.",
        ),
        (
            "Detectors that err, and differ by segment or brand",
            "The marts hold no certainty and no version of the detector.",
            None,
            "",
            "An audit by hand, by band: images that show a label, and images that do not.",
        ),
    ]
    table = pd.DataFrame(rows, columns=["name", "mechanism", "size", "unit", "correction"])
    return Result({"other": table.astype({"size": float})})


def _not_one_item(matching: pd.DataFrame) -> float | None:
    images = float(matching["N_IMAGES"].sum())
    return 100 * (1 - float(matching["N_ONE_ITEM"].sum()) / images) if images else None


def _gini(features: pd.DataFrame) -> float | None:
    shown = features.loc[features["IN_AUTHORS"], "N_LABELLED_IMAGES"].to_numpy(dtype=np.float64)
    shown = shown[shown > 0]
    return float(gini(shown)) if shown.size else None


def _accounts(inputs: Inputs) -> Accounts:
    worn = wardrobe(inputs)
    often = worn.counts.authors_by_label >= min(_FREQUENT, worn.counts.n_authors // 10)
    labels = [name for name, keep in zip(worn.counts.labels, often, strict=True) if keep]
    counts = worn.counts.select_labels(labels)
    return Accounts(
        counts,
        worn.authors["N_LABELLED_IMAGES"].to_numpy(dtype=np.float64),
        worn.authors,
        author_weights(counts.n_authors, range(_REPLICATES), inputs.seed, "biases"),
    )


def _measure(
    bias: Bias, accounts: Accounts, contrast: Contrast
) -> tuple[Claim, dict[str, object], pd.DataFrame]:
    question = f"Does this bias change what the panels say: {bias.name}?"
    sides = [_size(weights) for weights in (contrast.careless, contrast.careful)]
    row: dict[str, object] = {
        "bias": bias.id,
        "name": bias.name,
        "mechanism": bias.mechanism,
        "correction": bias.correction,
        "unit": bias.unit,
        "changed": 0,
    }
    if min(sides) < _FEWEST:
        worth = f"is worth {min(sides)} accounts with labels only" if min(sides) else "is empty"
        reason = f"One side of the comparison {worth}."
        claim = Claim.unanswerable(f"biases.{bias.id}", question, reason)
        return claim, row | {"verdict": claim.verdict, "reason": reason}, pd.DataFrame()
    size = bias.size(accounts, np.ones(accounts.counts.n_authors))
    drawn = [bias.size(accounts, weights) for weights in accounts.replicates]
    low, high = np.quantile(drawn, [_ALPHA / 2, 1 - _ALPHA / 2])
    distortions = _distortions(accounts, contrast)
    if distortions.empty:
        reason = "No label is shown by enough accounts on both sides of the comparison."
        claim = Claim.unanswerable(f"biases.{bias.id}", question, reason)
        return claim, row | {"verdict": claim.verdict, "reason": reason}, pd.DataFrame()
    off = distortions[
        # one page of biases makes a false claim as seldom as one test does
        (distortions["q"] < _ALPHA / len(BIASES))
        & ((distortions["low"] > _MATTERS) | (distortions["high"] < 1 / _MATTERS))
    ]
    verdict: Verdict = "yes" if len(off) else "no"
    reason = (
        f"It changes the visibility of {len(off)} of {len(distortions)} frequent labels by more "
        f"than {100 * (_MATTERS - 1):.0f} %, chance excluded."
        if len(off)
        else "It changes the visibility of no frequent label by an amount that matters."
    )
    claim = Claim(
        f"biases.{bias.id}",
        question,
        float(size),
        bias.unit,
        (float(low), float(high)),
        float(distortions["q"].min()),
        verdict,
        reason,
    )
    row |= {
        "size": size,
        "low": low,
        "high": high,
        "labels": len(distortions),
        "changed": len(off),
        "median": float(np.exp(np.abs(np.log(distortions["ratio"])).median())),
        "verdict": verdict,
        "reason": reason,
    }
    if len(off):
        worst = off.iloc[int(np.argmax(np.abs(np.log(off["ratio"]))))]
        row |= {name: worst[name] for name in ("label", "careless", "careful", "ratio")} | {
            "ratio_low": worst["low"],
            "ratio_high": worst["high"],
        }
    return claim, row, distortions


def _distortions(accounts: Accounts, contrast: Contrast) -> pd.DataFrame:
    """Compare the two visibilities of every label that rests on enough accounts in both.

    Returns
    -------
    DataFrame
        ``label``, ``careless`` and ``careful`` visibility, their ``ratio`` with a bootstrap
        interval on the logarithm, ``p`` of a normal test of no change and ``q`` over labels.
    """
    careless = _visibility(accounts, contrast.careless[None, :])[0]
    careful = _visibility(accounts, contrast.careful[None, :])[0]
    seen = np.minimum(*(_witnesses(accounts, w) for w in (contrast.careless, contrast.careful)))
    seen = seen >= _WITNESSES
    if not seen.any():
        return pd.DataFrame()
    drawn = np.log(
        np.maximum(_visibility(accounts, accounts.replicates * contrast.careless), 1e-12)
        / np.maximum(_visibility(accounts, accounts.replicates * contrast.careful), 1e-12)
    )[:, seen]
    logs = np.log(careless[seen] / careful[seen])
    error = np.maximum(drawn.std(axis=0, ddof=1), 1e-9)

    p = 2 * norm.sf(np.abs(logs) / error)
    width = norm.isf(_ALPHA / 2) * error
    return pd.DataFrame(
        {
            "label": np.asarray(accounts.counts.labels)[seen],
            "careless": careless[seen],
            "careful": careful[seen],
            "ratio": np.exp(logs),
            "low": np.exp(logs - width),
            "high": np.exp(logs + width),
            "p": p,
            "q": multipletests(p, method="fdr_bh")[1],
        }
    )


def _witnesses(accounts: Accounts, weights: Floats) -> Floats:
    """Return how many equal accounts each label rests on: Kish's size of weighted images."""
    matrix = accounts.counts.matrix
    square = np.asarray(matrix.power(2).T @ weights**2, dtype=np.float64)
    total = np.asarray(matrix.T @ weights, dtype=np.float64)
    return np.asarray(total**2 / np.maximum(square, 1e-300))


def _visibility(accounts: Accounts, weights: Floats) -> Floats:
    """Return the share of labelled images that show each label; shape (weightings, labels)."""
    shown = np.asarray((accounts.counts.matrix.T @ weights.T).T, dtype=np.float64)
    images: Floats = np.maximum(weights @ accounts.images, 1e-12)
    return np.asarray(shown / images[:, None])


def _size(weights: Floats) -> int:
    """Return how many equally weighted accounts would tell as much."""
    return int(kish(weights).effective_n) if weights.any() else 0


def _share(part: Floats, whole: Floats, weights: Floats) -> float:
    return 100 * float(weights @ part) / max(float(weights @ whole), 1e-12)


def _one(condition: Any) -> Floats:
    """Return one where a condition holds, else zero."""
    return np.asarray(condition, dtype=np.float64)


def _flag(accounts: Accounts) -> Floats:
    return _one(accounts.features["FLAG"].fillna(False))


def _called_edgy(accounts: Accounts) -> Floats:
    """Return one for authors that a CASE with ELSE calls edgy."""
    followers = accounts.features["FOLLOWERS_AUTHORS"]
    return _one(followers.isna() | (followers > 40_000))


def _both_halves(accounts: Accounts) -> Floats:
    both = (accounts.features["N_POSTS_1"] > 0) & (accounts.features["N_POSTS_2"] > 0)
    return _one(both)


def _equal_authors(accounts: Accounts) -> Floats:
    """Weights under which every author counts alike, with the least active damped."""
    return np.divide(1.0, np.maximum(accounts.images, 20.0))


def _other_column(accounts: Accounts) -> Floats:
    """Return one for authors that the other follower column calls trendy or edgy."""
    followers = accounts.features["FOLLOWERS_SEGMENTATIONS"]
    return _one(followers > 12_000)


def _own_column(accounts: Accounts) -> Floats:
    return _one(accounts.features["FOLLOWERS_AUTHORS"] > 12_000)


def _effective_size(accounts: Accounts, weights: Floats) -> float:
    """Return Kish's effective size of the edgy panel, volumes as weights, in % of its accounts."""
    inside = weights * accounts.band("edgy")
    volume, square = float(inside @ accounts.images), float(inside @ accounts.images**2)
    return 100 * volume**2 / max(square, 1e-12) / max(float(inside.sum()), 1e-12)


def _like_active(accounts: Accounts) -> Contrast:
    """Compare authors who show edgy volumes with edgy authors: activity in the place of reach."""
    blocks = activity_blocks(accounts.images, 200)
    edgy = accounts.band("edgy")
    share = np.bincount(blocks, edgy) / np.bincount(blocks)
    others = 1 - edgy
    odds = share[blocks] / np.maximum(1 - share[blocks], 1e-9)
    return Contrast(others, others * odds)


def _propensity(accounts: Accounts) -> Contrast:
    flagged = _flag(accounts) > 0
    if not 0 < flagged.sum() < len(flagged):
        return Contrast(np.zeros(len(flagged)), np.zeros(len(flagged)))
    followers = accounts.features["FOLLOWERS_SEGMENTATIONS"].fillna(
        accounts.features["FOLLOWERS_AUTHORS"]
    )
    known = pd.DataFrame(
        {
            "followers": np.log1p(followers.fillna(followers.median())),
            "images": np.log1p(accounts.images),
        }
    ).dropna(axis="columns", how="all")  # a source may know no followers at all
    weights = propensity(known, flagged, target="selected").weights
    return Contrast((~flagged).astype(np.float64), np.where(flagged, 0.0, weights))


BIASES = (
    Bias(
        "missing_edgy",
        "accounts without a follower count are called edgy",
        "A CASE with ELSE sends a missing count to the last band.",
        "Fill the count from the other table; what stays missing is unknown, not edgy.",
        "% of the edgy panel have no count in MART_AUTHORS",
        lambda a, w: _share(_one(a.features["FOLLOWERS_AUTHORS"].isna()), _called_edgy(a), w),
        lambda a: Contrast(_called_edgy(a), a.band("edgy")),
    ),
    Bias(
        "two_columns",
        "two columns of followers disagree",
        "Followers are stored twice, read at different times and averaged in one table.",
        "Keep dated readings and say which one a band rests on.",
        "% of the accounts above the first threshold are there by one column only",
        lambda a, w: _share(
            np.abs(_own_column(a) - _other_column(a)),
            np.maximum(_own_column(a), _other_column(a)),
            w,
        ),
        lambda a: Contrast(_own_column(a), _other_column(a)),
    ),
    Bias(
        "activity",
        "a few prolific accounts are the trend",
        "Counts of images weigh an account by how much it posts.",
        "Weigh accounts alike (those with few images damped), or cap what one account can add.",
        "% of the edgy panel's accounts is its effective size",
        _effective_size,
        lambda a: Contrast(a.band("edgy"), a.band("edgy") * _equal_authors(a)),
    ),
    Bias(
        "like_active",
        "larger accounts post and show more",
        "What differs between bands may be activity, not reach.",
        "Compare accounts of like activity only.",
        "times as many labelled images has an edgy account as another",
        lambda a, w: float(
            ((w * a.band("edgy")) @ a.images / max((w * a.band("edgy")).sum(), 1.0))
            / ((w * (1 - a.band("edgy"))) @ a.images / (w * (1 - a.band("edgy"))).sum())
        ),
        _like_active,
    ),
    Bias(
        "turnover",
        "the panel changes while the trend is measured",
        "Accounts enter and leave the window; a change of visibility may be a change of panel.",
        "Follow the accounts that post in both halves of the window.",
        "% of the accounts post in one half of the window only",
        lambda a, w: _share(1 - _both_halves(a), np.ones_like(a.images), w),
        lambda a: Contrast(np.ones_like(a.images), _both_halves(a)),
    ),
    Bias(
        "handpicked",
        "fashion-forward accounts are hand-picked, and larger",
        "The flag goes to accounts that people notice; taste mixes with size.",
        "Compare flagged accounts with unflagged ones weighted to the same followers and activity.",
        "% of the flagged accounts are edgy by followers",
        lambda a, w: _share(_flag(a) * a.band("edgy"), _flag(a), w),
        _propensity,
    ),
    Bias(
        "sellers",
        "shops, brands and ambassadors among people",
        "An account that sells shows its stock, not a taste.",
        "Leave out accounts whose bio or captions speak of a shop, a brand or a code.",
        "% of the accounts sell, by their own words",
        lambda a, w: _share(sells(a.features), np.ones_like(a.images), w),
        lambda a: Contrast(np.ones_like(a.images), 1 - sells(a.features)),
    ),
)
"""The biases that extracts by author can show, each with its correction."""


STEPS = (
    Step("biases.measured", "Biases of panels and accounts", biases, NEEDS),
    Step(
        "biases.other",
        "Biases that no weight corrects",
        other_biases,
        ("dirt", "author_features", "label_vocabulary", "trend_matching"),
    ),
)
