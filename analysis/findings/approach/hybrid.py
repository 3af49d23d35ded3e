"""The hybrid segmentation: its segments, and what the rules say on their own."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from analysis.claims import Claim
from analysis.findings.approach.labels import require, shown
from analysis.findings.step import Inputs, Result
from analysis.segmentations.hybrid import FittedHybrid, Hybrid
from analysis.segmentations.lexicon import Lexicon, vote
from analysis.segmentations.settings import tuned


def segments(inputs: Inputs) -> Result:
    """Fit the hybrid: its segments, the naming of its components, and where every author is."""
    counts, features = shown(inputs)
    try:
        require(counts)
    except ValueError as error:
        return Result(
            claims=(Claim.unanswerable("approach.hybrid", "What styles are there?", error),)
        )
    lexicon = Lexicon.load()
    fitted = cast(Hybrid, tuned(lexicon)["hybrid"]).fit(counts, features, seed=inputs.seed)
    found = fitted.assign(counts, features)
    rules = vote(counts, lexicon, concentration=300.0)
    place = {name: i for i, name in enumerate(lexicon.names)}
    codes = np.array([place.get(name, -1) for name in found.names] + [-1])[found.codes]
    # style is one axis; reach (the follower band) and the fashion flag stay axes of their own
    axes = (
        pd.DataFrame(
            {
                "segment": np.array([*found.names, "none"], dtype=object)[found.codes],
                "band": features["BAND"].to_numpy(),
                "flagged": features["FLAG"].fillna(False).to_numpy(dtype=bool),
            }
        )
        .groupby(["segment", "band"])["flagged"]
        .agg(authors="size", flagged="sum")
        .reset_index()
    )
    return Result(
        {
            "segments": found.describe().rename(columns=str.lower),
            "components": fitted.naming.table.rename(columns=str.lower),
            "rules": rules.summary(codes).rename(columns=str.lower),
            "axes": axes,
            "authors": found.to_frame().drop(columns="MEMBERSHIPS").rename(columns=str.lower),
        },
        {**fitted.parameters, "authors": counts.n_authors},
        _segment_claims(fitted, found.describe()),
    )


def _segment_claims(fitted: FittedHybrid, table: pd.DataFrame) -> tuple[Claim, ...]:
    proposed = table[table["KIND"] == "proposed"]
    double = fitted.pairs.double
    return (
        Claim(
            "approach.proposals",
            "Is there a style that no rule names?",
            float(proposed["SHARE"].sum()),
            "share of authors",
            None,
            None,
            "yes" if len(proposed) else "no",
            f"The hybrid proposes {len(proposed)} for a person to name."
            if len(proposed)
            else "Every group of authors is named by a rule or shows what everybody shows.",
        ),
        Claim(
            "approach.several",
            "Do accounts belong to more than one style?",
            double,
            "share of authors",
            None,
            None,
            "yes" if double > 0.01 else "no",
            "Estimated as the share of authors whose labels are those of two styles in unequal "
            "parts.",
        ),
    )
