"""The hybrid segmentation: its segments, and what the rules say on their own."""

from __future__ import annotations

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from analysis.claims import Claim
from analysis.findings.approach.labels import shown
from analysis.findings.step import Inputs, Result
from analysis.segmentations.lexicon import Lexicon, vote

FITTED = "segmentation.hybrid"
"""The step that fits the hybrid to the source and assigns every author."""


def segments(inputs: Inputs) -> Result:
    """Describe the fitted hybrid: its segments, the naming of its components, and both axes."""
    given = inputs.results[FITTED]
    if not given.tables:
        reason = given.claims[0].reason
        return Result(
            claims=(Claim.unanswerable("approach.hybrid", "What styles are there?", reason),)
        )
    counts, features = shown(inputs)
    lexicon = Lexicon.load()
    own = given.tables["authors"].set_index("author_index")["segment"].loc[counts.authors]
    table = given.tables["segments"]
    sizes = own.value_counts().reindex(table["segment"], fill_value=0).to_numpy()
    low, high = proportion_confint(sizes, counts.n_authors, method="wilson")
    table = table.assign(authors=sizes, share=sizes / counts.n_authors, low=low, high=high)
    place = {name: i for i, name in enumerate(lexicon.names)}
    codes = own.map(place).fillna(-1).to_numpy(dtype=np.int64)
    rules = vote(counts, lexicon, concentration=300.0)
    # style is one axis; reach (the follower band) and the fashion flag stay axes of their own
    axes = (
        pd.DataFrame(
            {
                "segment": own.fillna("none").to_numpy(dtype=object),
                "band": features["BAND"].to_numpy(),
                "flagged": features["FLAG"].fillna(False).to_numpy(dtype=bool),
            }
        )
        .groupby(["segment", "band"])["flagged"]
        .agg(authors="size", flagged="sum")
        .reset_index()
    )
    parameters = given.values["parameters"]
    return Result(
        {
            "segments": table,
            "components": given.tables["components"],
            "rules": rules.summary(codes).rename(columns=str.lower),
            "axes": axes,
        },
        {**parameters, "authors": counts.n_authors},
        _segment_claims(parameters["double"], table),
    )


def _segment_claims(double: float, table: pd.DataFrame) -> tuple[Claim, ...]:
    proposed = table[table["kind"] == "proposed"]
    return (
        Claim(
            "approach.proposals",
            "Is there a style that no rule names?",
            float(proposed["share"].sum()),
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
