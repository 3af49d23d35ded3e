"""Likes and comments: what an audience gives, and what the platform hides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from analysis.randomness import stream
from analysis.warehouse.sample.activity import Rows
from analysis.warehouse.sample.populations import Authors

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# The published charts end here.
MOST_LIKES, MOST_COMMENTS = 1.19e7, 2.7e5
# ln followers (4.6 million) above which the audience does not react more eagerly any further.
FULL = 15.313


@dataclass(frozen=True)
class Reaction:
    """How an audience reacts, on the scale of natural logarithms.

    Attributes
    ----------
    level : float
        Mean of an account of 2,000 followers and 33 image rows.
    small, audience, large : float
        Slope below e^6 followers (added), slope everywhere, slope above ``kink`` (added).
    kink : float
        ln followers where the slope changes.
    posts, few_posts : float
        Slope on ln rows, and curvature below 33 rows: whoever posts often gets less per post.
    between, tail : float
        Standard deviation between accounts and how far it leans to
        lively accounts.
    within, uneven : float
        Mean and standard deviation of the log standard deviation within an account.
    hit, hit_size, hit_sd, hit_most : float
        Probability, mean, standard deviation and limit of a post that goes beyond the account.
    """

    level: float
    small: float
    audience: float
    large: float
    kink: float
    posts: float
    few_posts: float
    between: float
    tail: float
    within: float
    uneven: float
    hit: float
    hit_size: float
    hit_sd: float
    hit_most: float

    def account(self, log_followers: Floats, log_posts: Floats, energy: Floats) -> Floats:
        """Return the mean of each account."""
        return np.asarray(
            self.level
            + self.audience * (log_followers - 7.58)
            + self.small * np.minimum(log_followers - 6.0, 0.0)
            + self.large * np.clip(log_followers - self.kink, 0.0, FULL - self.kink)
            + self.posts * log_posts
            + self.few_posts * np.minimum(log_posts, 0.0) ** 2
            + self.between * np.expm1(self.tail * energy) / self.tail
        )

    def posts_of(
        self, rng: np.random.Generator, account: Floats, spread: Floats, most: float
    ) -> Ints:
        """Return the whole counts of single rows, given their account's mean and spread."""
        logs = account + np.exp(spread) * rng.normal(size=account.size)
        hits = rng.random(account.size) < self.hit
        beyond = self.hit_size + self.hit_sd * rng.normal(size=int(hits.sum()))
        logs[hits] += np.minimum(beyond, self.hit_most)
        return np.floor(np.exp(np.minimum(logs, np.log(most)))).astype(np.int64)


# Fitted to the published margins of likes and comments, rows and accounts together.
LIKES = Reaction(
    level=3.434,
    small=0.309,
    audience=0.518,
    large=0.571,
    kink=9.644,
    posts=-0.49,
    few_posts=-0.08,
    between=1.365,
    tail=0.205,
    within=-0.331,
    uneven=0.232,
    hit=0.0007,
    hit_size=4.176,
    hit_sd=1.454,
    hit_most=6.145,
)
COMMENTS = Reaction(
    level=1.373,
    small=0.162,
    audience=0.434,
    large=0.197,
    kink=8.631,
    posts=-0.356,
    few_posts=-0.009,
    between=0.85,
    tail=0.217,
    within=-0.376,
    uneven=0.093,
    hit=0.0171,
    hit_size=1.253,
    hit_sd=1.746,
    hit_most=4.754,
)
# The energy of an account is loud in likes and in comments, but not the same in both.
SHARED_ENERGY = 0.795
# How much livelier than its own average a lively account is, within.
ENERGY_WITHIN = -0.157
# Accounts that hide their likes, and the share of their posts: shown as 0, or as a stand-in of 3.
HIDDEN, HIDDEN_POSTS = 0.08, 0.922
STANDIN, STANDIN_POSTS = 0.0767, 0.67
# Accounts that close their comments, the share of their posts, and posts closed by anybody.
CLOSED, CLOSED_POSTS, CLOSED_ANYWHERE = 0.229, 0.75, 0.099


def _energy(rng: np.random.Generator, authors: Authors, rows: Ints) -> Floats:
    """Return a standard normal trait whose distribution over rows is normal in every band, too.

    A few hundred accounts write most rows of the largest band; independent draws would let
    chance decide its medians. Accounts are put in random order and take the quantile in the
    middle of their own rows.
    """
    energy = np.zeros(authors.size)
    for band in np.unique(authors.seg):
        order = rng.permutation(np.flatnonzero(authors.seg == band))
        weights = rows[order] + 1e-3
        middle = (np.cumsum(weights) - weights * rng.random(order.size)) / weights.sum()
        energy[order] = ndtri(np.clip(middle, 1e-5, 1.0 - 1e-5))
    return energy


def draw_engagement(seed: int, block: int, authors: Authors, rows: Rows) -> tuple[Ints, Ints]:
    """Draw NB_LIKES and COMMENT_COUNT per image row.

    Likes grow with the audience, faster for large accounts, and fall with the number of posts;
    a few posts go far beyond their account; some accounts hide their counts. Followers are those
    of the end of the window: earlier posts of an account that grew met a smaller audience.
    """
    rng = stream(seed, "engagement", block)
    n, who = authors.size, rows.author
    log_followers = authors.audience * 1.85 + 7.3
    log_posts = np.log(np.maximum(rows.per_author, 1)) - 3.5
    energy, other = (_energy(rng, authors, rows.per_author) for _ in range(2))
    own = SHARED_ENERGY * energy + np.sqrt(1.0 - SHARED_ENERGY**2) * other
    spread = LIKES.within + LIKES.uneven * rng.normal(size=n) + ENERGY_WITHIN * energy
    start, end = int(rows.second.min()), int(rows.second.max())
    grown = authors.growth[who] * ((rows.second - start) / (end - start) - 0.5)
    likes = LIKES.posts_of(
        rng,
        LIKES.account(log_followers, log_posts, energy)[who] + LIKES.audience * grown,
        spread[who],
        MOST_LIKES,
    )
    hides, masked = rng.random(n)[who], rng.random(rows.size)
    likes[(hides < HIDDEN) & (masked < HIDDEN_POSTS)] = 0
    stands_in = (hides >= HIDDEN) & (hides < HIDDEN + STANDIN)
    likes[stands_in & (masked < STANDIN_POSTS)] = 3
    spread = COMMENTS.within + COMMENTS.uneven * rng.normal(size=n)
    comments = COMMENTS.posts_of(
        rng,
        COMMENTS.account(log_followers, log_posts, own)[who] + COMMENTS.audience * grown,
        spread[who],
        MOST_COMMENTS,
    )
    closes, closed = rng.random(n)[who], rng.random(rows.size)
    comments[(closes < CLOSED) & (closed < CLOSED_POSTS)] = 0
    comments[closed > 1.0 - CLOSED_ANYWHERE] = 0
    return likes, comments
