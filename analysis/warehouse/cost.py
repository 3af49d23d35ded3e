"""What the study's queries would cost in Snowflake at any number of authors.

A model at the level of EXPLAIN: for each query the rows that its operators handle, the bytes and
micro-partitions that it reads and those that pruning spares it. Rows grow in proportion to the
authors, since every query joins and groups within authors; the answer that correspondence analysis
and its bootstrap need does not grow at all. Inputs are in ``data/snowflake_cost.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.resources import data_file


@dataclass(frozen=True)
class Shape:
    """Rows per author, as the source shows them.

    Attributes
    ----------
    labels, posts : float
        Rows of MART_IMAGES_LABELS and of MART_IMAGES_OF_POSTS.
    pairs : float
        Pairs of image and label.
    cells : float
        Labels of an author that have any image.
    products : float
        Pairs of such labels, each once.
    vocabulary : int
        Labels in all; not per author.
    """

    labels: float
    posts: float
    pairs: float
    cells: float
    products: float
    vocabulary: int


def inputs() -> dict[str, Any]:
    """Read ``data/snowflake_cost.toml``."""
    return tomllib.loads(data_file("snowflake_cost.toml").read_text(encoding="utf-8"))


def estimate(
    shape: Shape, authors: int, given: Mapping[str, Any], *, kinds: int, blocks: int = 512
) -> pd.DataFrame:
    """Estimate rows, bytes, partitions and credits of each query.

    Parameters
    ----------
    shape : Shape
    authors : int
    given : mapping
        As :func:`inputs` returns.
    kinds : int
        Kinds of authors that the scoring query compares each author with: every label of an author
        and every group of them meets every kind.
    blocks : int
        Blocks of the bootstrap.

    Returns
    -------
    DataFrame
        One row per query: ``query``, ``rows`` handled, ``bytes`` read, ``partitions`` read,
        ``pruned`` (partitions spared), ``answer`` (rows that leave, 0 where they stay as a table),
        ``credits`` and ``dollars``.

    Raises
    ------
    ValueError
        If there is no author.
    """
    if authors < 1:
        raise ValueError(f"authors is {authors}: give at least one.")
    warehouse, storage = given["warehouse"], given["storage"]
    weeks = given["clustering"]["weeks"]
    labels, posts = shape.labels * authors, shape.posts * authors
    cells, products = shape.cells * authors, shape.products * authors
    label_bytes = labels * storage["label_row_bytes"]
    post_bytes = posts * storage["post_row_bytes"]
    cell_bytes = cells * storage["cell_bytes"]
    matrix = shape.vocabulary * (shape.vocabulary + 1) / 2 * blocks
    # query: rows handled, bytes read, bytes spared, rows of the answer
    queries: dict[str, tuple[float, float, float, float]] = {
        "counts by author and label, kept as a table": (
            2 * labels + posts + shape.pairs * authors + cells,
            label_bytes + post_bytes, 0, 0,
        ),
        "the same for one new week": (
            (2 * labels + posts + shape.pairs * authors) / weeks + cells,
            (label_bytes + post_bytes) / weeks + cell_bytes,
            (label_bytes + post_bytes) * (1 - 1 / weeks), 0,
        ),
        "cross-products by block": (2 * cells + products, cell_bytes, 0, min(matrix, products)),
        "scores of all authors": (
            (cells + authors * given["scoring"]["groups"]) * kinds, cell_bytes, 0, 0,
        ),
    }  # fmt: skip
    rows = []
    for query, (handled, read, spared, answer) in queries.items():
        seconds = max(handled / warehouse["rows_per_second"], warehouse["least_seconds"])
        credits = seconds / 3600 * warehouse["credits_per_hour"]
        rows.append(
            {
                "query": query,
                "rows": handled,
                "bytes": read,
                "partitions": max(1, round(read / storage["partition_bytes"])),
                "pruned": round(spared / storage["partition_bytes"]),
                "answer": answer,
                "credits": credits,
                "dollars": credits * warehouse["price_per_credit"],
            }
        )
    return pd.DataFrame(rows)
