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
FULL = 15.065


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
    posts, busy, few_posts : float
        Slope on ln rows, what each unit of ln followers above 2,000 adds to it, and curvature
        below 33 rows: whoever posts often gets less per post, large accounts less so.
    between, wider, tail : float
        Standard deviation between accounts of 2,000 followers, how much it grows by each unit of
        ln followers, and how far it leans to lively accounts.
    within, uneven : float
        Mean and standard deviation of the log standard deviation within an account.
    lucky, hit, hit_size, hit_sd, hit_most : float
        Share of accounts with posts that go far beyond the account, how many such posts they have,
        and mean, standard deviation and limit of how far these go.
    """

    level: float
    small: float
    audience: float
    large: float
    kink: float
    posts: float
    busy: float
    few_posts: float
    between: float
    wider: float
    tail: float
    within: float
    uneven: float
    lucky: float
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
            + (self.posts + self.busy * np.maximum(log_followers - 7.58, 0.0)) * log_posts
            + self.few_posts * np.minimum(log_posts, 0.0) ** 2
            + self.between
            * (1.0 + self.wider * np.clip(log_followers - 7.58, -4.0, 6.0))
            * np.expm1(self.tail * energy)
            / self.tail
        )

    def posts_of(
        self,
        rng: np.random.Generator,
        who: npt.NDArray[np.int32],
        account: Floats,
        spread: Floats,
        most: float,
    ) -> Ints:
        """Return the whole counts of single rows, given the mean of each and accounts' spread."""
        logs = account + np.exp(spread)[who] * rng.normal(size=account.size)
        rows = np.maximum(np.bincount(who, minlength=spread.size), 1)
        chance = np.where(rng.random(spread.size) < self.lucky, self.hit / rows, 0.0)
        hits = rng.random(account.size) < chance[who]
        beyond = self.hit_size + self.hit_sd * rng.normal(size=int(hits.sum()))
        logs[hits] += np.minimum(beyond, self.hit_most)
        return np.floor(np.exp(np.minimum(logs, np.log(most)))).astype(np.int64)


# Fitted to the published margins of likes and comments, rows and accounts together.
LIKES = Reaction(
    level=3.705,
    small=0.7152,
    audience=0.395,
    large=0.7347,
    kink=10.169,
    posts=-0.573,
    busy=0.05096,
    few_posts=-0.3103,
    between=1.263,
    wider=0.03677,
    tail=0.1192,
    within=-0.4924,
    uneven=0.3575,
    lucky=0.1155,
    hit=1.119,
    hit_size=4.909,
    hit_sd=0.491,
    hit_most=7.179,
)
COMMENTS = Reaction(
    level=1.573,
    small=0.01151,
    audience=0.4128,
    large=0.09149,
    kink=8.528,
    posts=-0.4597,
    busy=0.04949,
    few_posts=-0.03011,
    between=0.7545,
    wider=0.02356,
    tail=0.07476,
    within=-0.3306,
    uneven=0.1012,
    lucky=0.04467,
    hit=1.174,
    hit_size=5.692,
    hit_sd=0.3,
    hit_most=9.000,
)
# The energy of an account is loud in likes and in comments, but not the same in both.
SHARED_ENERGY = 0.8798
# How much livelier than its own average a lively account is, within.
ENERGY_WITHIN = -0.2884
# Accounts that hide their likes, and the share of their posts: shown as 0, or as a stand-in of 3.
HIDDEN, HIDDEN_POSTS = 0.07282, 0.9267
STANDIN, STANDIN_POSTS = 0.1088, 0.4692
# Accounts that close their comments, the share of their posts, and posts closed by anybody.
CLOSED, CLOSED_POSTS, CLOSED_ANYWHERE = 0.1727, 0.7259, 0.1366
# Accounts that answer every comment: their counts are even, as the published ones lean to be.
ANSWERS = 0.06317


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
        who,
        LIKES.account(log_followers, log_posts, energy)[who] + LIKES.audience * grown,
        spread,
        MOST_LIKES,
    )
    hides, masked = rng.random(n)[who], rng.random(rows.size)
    likes[(hides < HIDDEN) & (masked < HIDDEN_POSTS)] = 0
    stands_in = (hides >= HIDDEN) & (hides < HIDDEN + STANDIN)
    likes[stands_in & (masked < STANDIN_POSTS)] = 3
    spread = COMMENTS.within + COMMENTS.uneven * rng.normal(size=n)
    comments = COMMENTS.posts_of(
        rng,
        who,
        COMMENTS.account(log_followers, log_posts, own)[who] + COMMENTS.audience * grown,
        spread,
        MOST_COMMENTS,
    )
    answers = (rng.random(n) < ANSWERS)[who]
    comments[answers] &= ~1
    closes, closed = rng.random(n)[who], rng.random(rows.size)
    comments[(closes < CLOSED) & (closed < CLOSED_POSTS)] = 0
    comments[closed > 1.0 - CLOSED_ANYWHERE] = 0
    return likes, comments
