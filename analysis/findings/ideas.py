"""Two ideas for more time, tried small: labels that sit together on items, and asking the team."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.claims import Claim
from analysis.contingency.counts import Floats, Ints
from analysis.contingency.together import Items, pairs
from analysis.extracts.boxes import boxes_match
from analysis.extracts.trends import load_trends
from analysis.extracts.vocabulary import Vocabulary
from analysis.findings.approach.labels import only, shown
from analysis.findings.step import Inputs, Result, Step
from analysis.findings.wardrobe import NEEDS
from analysis.panels.measurement import prediction_powered
from analysis.randomness import stream
from analysis.segmentations.labelling import (
    STRATEGIES,
    as_told,
    gain,
    labels_until,
    learning_curves,
    summary,
)

_TOGETHER = "Do labels sit together on items more often than chance, beyond the trends followed?"
_ASKING = "Does asking about the accounts one is least sure of save hand labels?"
_FEWEST = 100
"""Authors with items of two types of labels below which nothing is mined."""
STRONG = 1.25
"""Lift whose interval a pair has to clear to be proposed."""
PRECISION = 0.8
LABELLED = 4000
"""Authors at most that are dealt into pool and test."""
HAND = 200
"""Accounts drawn at random and labelled by hand, to tell the shares of styles."""
_SEEN = 5
"""Of them, accounts of a style below which its share is not told."""


def together(inputs: Inputs) -> Result:
    """Find pairs of labels that authors show on one item more, or less, often than chance."""
    table = inputs.extract("item_labels")
    try:
        if not boxes_match(inputs.extracts["box_matching"]):
            raise ValueError("labels of one item do not share its box here")
        found_authors = table["AUTHOR_INDEX"].nunique()
        if found_authors < _FEWEST:
            raise ValueError(f"{found_authors} authors with items of several labels are too few")
        items = _items(table, inputs.extract("label_vocabulary"))
    except ValueError as error:
        return Result(claims=(Claim.unanswerable("ideas.together", _TOGETHER, error),))
    found = pairs(items)
    followed = _followed()
    found["FOLLOWED"] = [
        frozenset(pair) in followed for pair in zip(found["FIRST"], found["SECOND"], strict=True)
    ]
    strong = found[(found["LOW"] >= STRONG) & (found["Q"] < 0.05)]
    new = strong[~strong["FOLLOWED"]]
    apart = found[(found["HIGH"] <= 1 / STRONG) & (found["Q"] < 0.05)]
    claim = Claim(
        "ideas.together",
        _TOGETHER,
        float(len(new)),
        "pairs of labels",
        None,
        float(new["Q"].max()) if len(new) else None,
        "yes" if len(new) else "no",
        "Each is shown by surely a quarter more authors than if labels were dealt anew over the "
        "items of each author."
        if len(new)
        else "What sits together more often than chance is followed already.",
    )
    return Result(
        {"pairs": found.rename(columns=str.lower)},
        {
            "authors": int(found_authors),
            "items": int(table["N_ITEMS"].sum()),
            "tested": len(found),
            "strong": len(strong),
            "new": len(new),
            "apart": len(apart),
        },
        (claim,),
    )


def _items(table: pd.DataFrame, vocabulary: pd.DataFrame) -> Items:
    """Read the sets of labels; labels that are not worn are left out."""
    names = Vocabulary.load().names(vocabulary).set_axis(vocabulary["LABEL_INDEX"].to_numpy())
    places = table["LABELS"].map(list).explode().map(ord) - 256
    worn = places.map(names).dropna()
    columns, labels = pd.factorize(worn, sort=True)
    row = worn.index.to_numpy()
    matrix = sparse.csr_array((np.ones(len(row)), (row, columns)), shape=(len(table), len(labels)))
    matrix.data[:] = 1.0  # two spellings of one brand are one label
    return Items(
        matrix,
        table["AUTHOR_INDEX"].to_numpy(dtype=np.int64),
        table["N_ITEMS"].to_numpy(dtype=np.int64),
        tuple(labels),
    )


def _followed() -> set[frozenset[str]]:
    """Return the pairs of labels that trends of ``data/trends.toml`` join, under their names."""
    found = set()
    for trend in load_trends():
        frame = pd.DataFrame(trend.labels, columns=["TYPE", "LABEL_NAME"])
        names = Vocabulary.load().names(frame).dropna().tolist()
        found |= {frozenset((a, b)) for a in names for b in names if a != b}
    return found


def asking(inputs: Inputs) -> Result:
    """Teach a learner the styles, with labels of a person who errs as the hybrid says."""
    given = inputs.results["segmentation.hybrid"]
    try:
        if not given.tables:
            raise ValueError(given.claims[0].reason)
        counts, _ = shown(inputs)
        known = given.tables["authors"].set_index("author_index")
        known = known[~known["abstains"] & known.index.isin(counts.authors)].sort_index()
        codes, styles = pd.factorize(known["segment"], sort=True)
        every = -(-len(known) // LABELLED)
        known, codes = known.iloc[::every], codes[::every]
        curves = learning_curves(
            only(counts, known.index.to_numpy()),
            codes,
            known["probability"].to_numpy(),
            seed=inputs.seed,
        )
    except ValueError as error:
        return Result(claims=(Claim.unanswerable("ideas.asking", _ASKING, error),))
    more, bounds = gain(curves)
    until = labels_until(curves, PRECISION)
    claim = Claim(
        "ideas.asking",
        _ASKING,
        more,
        "gain in mean precision",
        bounds,
        None,
        "yes" if bounds[0] > 0 else ("no" if bounds[1] < 0 else "undecided"),
        "Mean over all rounds, on the same pools and test accounts.",
    )
    return Result(
        {
            "curves": summary(curves).rename(columns=str.lower),
            "shares": _shares(codes, known["probability"].to_numpy(), styles, inputs.seed),
        },
        {
            "precision": PRECISION,
            "styles": len(styles),
            "authors": len(known),
            "repeats": int(curves["REPEAT"].nunique()),
            "most": int(curves["LABELS"].max()),
            "until": {s: None if np.isnan(until[s]) else int(until[s]) for s in STRATEGIES},
        },
        (claim,),
    )


def _shares(codes: Ints, chance: Floats, styles: pd.Index[str], seed: int) -> pd.DataFrame:
    """Tell shares of styles by some hand labels, alone and sharpened by the method on all others.

    Columns ``style``, ``share``, ``low``, ``high`` (prediction-powered) and ``worth``: hand labels
    that would tell as much alone, for each one given.
    """
    rng = stream(seed, "ideas", "shares")
    told = as_told(codes, chance, len(styles), rng)
    order = rng.permutation(len(codes))
    asked, others = order[:HAND], order[HAND:]
    rows = []
    for code, style in enumerate(styles):
        if (told[asked] == code).sum() >= _SEEN:
            found = prediction_powered(
                told[asked] == code, codes[asked] == code, codes[others] == code
            )
            worth = (found.audit_se / found.se) ** 2
            rows.append((style, found.estimate, found.low, found.high, worth))
    return pd.DataFrame(rows, columns=["style", "share", "low", "high", "worth"])


STEPS = (
    Step(
        "ideas.together",
        "Labels that sit together on items",
        together,
        ("item_labels", "label_vocabulary", "box_matching"),
    ),
    Step(
        "ideas.asking",
        "Hand labels until a learner knows the styles",
        asking,
        (*NEEDS, "segmentation.hybrid"),
    ),
)
