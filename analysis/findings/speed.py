"""What leaves the warehouse, and what the same queries would cost in Snowflake at other sizes."""

from __future__ import annotations

from typing import cast

import pandas as pd

from analysis.findings.step import Inputs, Result, Step
from analysis.segmentations.hybrid import Hybrid
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.settings import tuned
from analysis.warehouse.cost import Shape, estimate, inputs


def shape_of(source: Inputs) -> Shape:
    """Return rows per author of MART_AUTHORS, from the extracts."""
    profile = source.extract("table_profile")
    features = source.extract("author_features")
    vocabulary = source.extract("label_vocabulary")
    counts = source.extract("author_label_counts")
    rows = profile.groupby("TABLE_NAME")["N_ROWS"].first()
    authors = max(1, int(features["IN_AUTHORS"].sum()))
    drawn = max(1, int((features["IN_AUTHORS"] & features["IS_DRAWN"]).sum()))
    labels = counts.groupby("AUTHOR_INDEX")["LABEL_INDEX"].nunique().astype(float)
    return Shape(
        labels=float(rows["MART_IMAGES_LABELS"]) / authors,
        posts=float(rows["MART_IMAGES_OF_POSTS"]) / authors,
        pairs=float(vocabulary["N_IMAGES"].sum()) / authors,
        cells=float(labels.sum()) / drawn,
        products=float((labels * (labels + 1) / 2).sum()) / drawn,
        vocabulary=len(vocabulary),
    )


def cost(source: Inputs) -> Result:
    """Estimate what the queries cost at the sizes that ``data/snowflake_cost.toml`` names.

    The scoring query is that of the hybrid: it compares an author with each component alone and,
    at most, with every ordered pair of them.
    """
    given, shape = inputs(), shape_of(source)
    sizes = given["scales"]["authors"]
    kinds = cast("Hybrid", tuned(Lexicon.load())["hybrid"]).number(max(sizes)) ** 2
    table = pd.concat(
        [estimate(shape, authors, given, kinds=kinds).assign(authors=authors) for authors in sizes]
    )
    return Result(
        {"cost": table}, {"warehouse": given["warehouse"], "scales": sizes, "kinds": kinds}
    )


STEPS = (
    Step(
        "speed.cost",
        "What the queries would cost in Snowflake",
        cost,
        ("table_profile", "author_features", "label_vocabulary", "author_label_counts"),
    ),
)
