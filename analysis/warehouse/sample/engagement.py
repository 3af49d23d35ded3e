"""Likes and comments: what an audience gives, and what the platform hides."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.randomness import stream
from analysis.warehouse.sample.activity import Rows
from analysis.warehouse.sample.populations import Authors

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def draw_engagement(seed: int, block: int, authors: Authors, rows: Rows) -> tuple[Ints, Ints]:
    """Draw NB_LIKES and COMMENT_COUNT per image row.

    Likes grow with the audience, faster for large accounts, and fall with the number of posts;
    some accounts hide their counts, which the tables show as 0 or as a stand-in of 3. The
    coefficients were fitted to the published margins.
    """
    rng = stream(seed, "engagement", block)
    n = authors.size
    log_followers = authors.audience * 1.85 + 7.3
    log_posts = np.log(np.maximum(rows.per_author, 1)) - 3.5
    other, spread = rng.normal(size=n), rng.normal(size=n)
    energy = authors.energy
    base = (
        3.46
        + 0.51 * (log_followers - 7.58)
        + 0.62 * np.maximum(log_followers - 9.5, 0.0)
        - 0.255 * log_posts
        + 1.46 * energy
    )
    within = np.exp(-0.25 + 0.35 * spread)
    hidden = rng.random(n)
    who = rows.author
    m = rows.size
    likes = np.exp(base[who] + within[who] * rng.normal(size=m))
    likes = np.floor(np.minimum(likes, 1.19e7)).astype(np.int64)
    masked = rng.random(m)
    likes[(hidden[who] < 0.15) & (masked < 0.82)] = 0
    likes[(hidden[who] >= 0.15) & (hidden[who] < 0.22) & (masked < 0.78)] = 3
    talk = (
        0.40
        + 0.61 * (log_followers - 7.58)
        - 0.187 * log_posts
        + 1.46 * (0.637 * energy + 0.77 * other)
    )
    comments = np.exp(np.minimum(talk[who], 9.5) + 1.27 * rng.normal(size=m))
    comments = np.floor(np.clip(comments, 0.0, 2.7e5)).astype(np.int64)
    comments[rng.random(m) < 0.15] = 0
    return likes, comments
