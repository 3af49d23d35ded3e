"""Posts: how many an author writes, in which month, on which day and at which hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.randomness import stream
from analysis.warehouse.sample.accounts import KINDS
from analysis.warehouse.sample.populations import LABELLED_IMAGES, ROWS, Authors
from analysis.warehouse.sample.quotas import choose, largest_remainder, scaled
from analysis.warehouse.sample.targets import value

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# Log-normal activity: most accounts post now and then, a few every day.
ACTIVITY_SD = 1.2
ACTIVITY_AUDIENCE = (-0.5, -0.1, 0.4, 0.0)
# Whoever hardly has followers hardly posts: slope below 150 of them, per unit of ln followers.
ACTIVITY_SMALL, SMALL = 0.45, 5.0
MOST_ROWS = 2_500
FIRST, LAST = "2023-01-01T00:00:06", "2025-01-19T23:59:05"
WEEKS = 108
# The published quartiles and the mean of the dates of image rows lie later than the published
# posts by month, by just what the 5,620 rows beyond one per post move them when nearly all are
# of December 2024 or later: posts came in with one image each before.
SEVERAL_SINCE, SEVERAL_BEFORE = 23, 0.01
# The bars of the months are read within half a pixel, 170 posts; the dates are printed. Moved so
# far, early bars down and late bars up, both agree.
LATER, WITHIN_A_PIXEL = 17, (-80.0, 170.0)
# Images that are posted again by their author, and after how many days.
REPOSTED = 1_000
REPOST_DAYS = (7, 240)
# Accounts of the United States, stamped in UTC: quiet at 7 and 8 h, busiest at 16 h.
HOURS = np.array(
    [
        5.0, 5.0, 4.8, 4.3, 3.5, 2.5, 1.7, 1.2, 1.2, 1.5, 2.2, 3.2,
        4.4, 5.2, 5.7, 6.0, 6.2, 6.0, 5.7, 5.4, 5.2, 5.1, 5.0, 5.0,
    ]
)  # fmt: skip
# Monday to Sunday.
WEEKDAYS = np.array([1.0, 0.98, 1.0, 1.0, 1.02, 1.04, 1.06])


@dataclass
class Rows:
    """Image rows, sorted by author and time.

    Attributes
    ----------
    author : (m,) int32
        Position of the author.
    second : (m,) int64
        Seconds since 1970, UTC.
    post : (m,) int64
        Number of the post, not decreasing.
    posts : int
        Number of posts.
    month : (m,) int8
        0 (January 2023) to 24.
    labelled : (m,) bool
        Whether the row brings an image in which the detectors found anything.
    image : (m,) int64
        Row that shows the image for the first time: the row itself, or an earlier one of the
        same author where an image is posted again.
    per_author : (n,) int64
        Rows of each author.
    """

    author: npt.NDArray[np.int32]
    second: Ints
    post: Ints
    posts: int
    month: npt.NDArray[np.int8]
    labelled: npt.NDArray[np.bool_]
    image: Ints
    per_author: Ints

    @property
    def size(self) -> int:
        """Number of image rows."""
        return int(self.author.size)

    def week(self) -> npt.NDArray[np.int16]:
        """Return the week of each row, counted from the first day."""
        start = int(np.datetime64("2023-01-01", "s").astype(np.int64))
        return ((self.second - start) // (7 * 86_400)).astype(np.int16)


def draw_rows(seed: int, block: int, scale: float, authors: Authors) -> Rows:
    """Draw all image rows of one block."""
    rng = stream(seed, "activity", block)
    per_author = _rows_per_author(rng, scale, authors)
    counts = _by_month(rng, authors, per_author)
    n, months = counts.shape
    cell = np.repeat(np.arange(n * months), counts.ravel())
    author = (cell // months).astype(np.int32)
    month = (cell % months).astype(np.int8)
    second = _seconds(stream(seed, "clock", block), month)
    order = np.lexsort((second, author))
    second, month = second[order], month[order]
    ends = np.array([FIRST, LAST], dtype="datetime64[s]").astype(np.int64)
    second = np.clip(second, *ends)
    second[[np.argmin(second), np.argmax(second)]] = ends
    post, posts = _posts(rng, author, second, month, scale)
    labelled = _labelled(stream(seed, "labelled", block), scale, authors, author)
    image = _images(stream(seed, "reposts", block), scale, authors, author, second, labelled)
    return Rows(author, second, post, posts, month, labelled, image, per_author)


def _group(authors: Authors) -> dict[tuple[bool, int], Ints]:
    return {
        key: np.flatnonzero(authors.posts & (authors.in_mart == key[0]) & (authors.seg == key[1]))
        for key in ROWS
    }


def _rows_per_author(rng: np.random.Generator, scale: float, authors: Authors) -> Ints:
    # Among small accounts the larger ones post less, among large ones more; over all bands the
    # correlation with the audience is nil.
    slope = np.array(ACTIVITY_AUDIENCE)[authors.seg]
    appetite = np.exp(ACTIVITY_SD * rng.normal(size=authors.size) + slope * authors.audience)
    appetite *= np.exp(ACTIVITY_SMALL * np.minimum(authors.audience * 1.85 + 7.3 - SMALL, 0.0))
    appetite *= np.array([kind.activity for kind in KINDS])[authors.kind]
    rows = np.zeros(authors.size, dtype=np.int64)
    for key, members in _group(authors).items():
        if members.size:
            total = max(scaled(ROWS[key], scale), members.size)
            total = min(total, MOST_ROWS * members.size)
            rows[members] = largest_remainder(appetite[members], total, least=1, most=MOST_ROWS)
    return rows


def _by_month(rng: np.random.Generator, authors: Authors, rows: Ints) -> Ints:
    """Spread rows over months: accounts join and fall silent, and the total falls as published."""
    volumes = np.array(
        [
            float(value(f"posts.by_month.{year}-{month:02d}"))
            for year in (2023, 2024, 2025)
            for month in range(1, 13)
            if (year, month) <= (2025, 1)
        ]
    )
    months = volumes.size
    volumes += np.where(np.arange(months) < LATER, *WITHIN_A_PIXEL)
    several = np.where(np.arange(months) >= SEVERAL_SINCE, 1.0, SEVERAL_BEFORE) * volumes
    volumes += _several(1.0) * several / several.sum()
    grid = np.arange(months)
    joins = np.where(rng.random(authors.size) < 0.13, rng.integers(0, months, authors.size), 0)
    leaves = joins + np.ceil(rng.exponential(65.0, authors.size)).astype(np.int64)
    active = (grid >= joins[:, None]) & (grid < leaves[:, None])
    lumps = rng.gamma(2.5, size=(authors.size, months))
    shape = np.where(active, lumps, 0.0)
    shape[shape.sum(axis=1) <= 0, 0] = 1.0
    writing = rows > 0
    plan = shape[writing]
    margin = rows[writing].astype(np.float64)
    target = volumes * margin.sum() / volumes.sum()
    for _ in range(15):
        plan *= (margin / plan.sum(axis=1))[:, None]
        plan *= target / np.maximum(plan.sum(axis=0), 1e-12)
    plan /= plan.sum(axis=1, keepdims=True)
    counts = np.zeros((authors.size, months), dtype=np.int64)
    counts[writing] = rng.multinomial(rows[writing], plan)
    return counts


def _seconds(rng: np.random.Generator, month: npt.NDArray[np.int8]) -> Ints:
    starts = np.arange("2023-01", "2025-02", dtype="datetime64[M]").astype("datetime64[D]")
    ends = np.append(starts[1:], np.datetime64("2025-01-20", "D"))
    second = np.zeros(month.size, dtype=np.int64)
    hours = np.cumsum(HOURS) / HOURS.sum()
    clock = np.searchsorted(hours, rng.random(month.size), side="right").astype(np.int64)
    within = rng.integers(0, 3_600, size=month.size)
    uniform = rng.random(month.size)
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        days = np.arange(start, end)
        weights = WEEKDAYS[(days.astype(np.int64) + 3) % 7]
        mask = month == number
        bounds = np.cumsum(weights) / weights.sum()
        day = np.minimum(np.searchsorted(bounds, uniform[mask], side="right"), days.size - 1)
        second[mask] = days.astype(np.int64)[day] * 86_400
    return second + clock * 3_600 + within


def _several(scale: float) -> int:
    """Return how many image rows are beyond one per post."""
    return scaled(int(value("n.posts.rows")) - int(value("n.posts.distinct_posts")), scale)


def _posts(
    rng: np.random.Generator,
    author: npt.NDArray[np.int32],
    second: Ints,
    month: npt.NDArray[np.int8],
    scale: float,
) -> tuple[Ints, int]:
    """Let a few rows belong to the post of the row before: posts with several images."""
    same = np.zeros(author.size, dtype=bool)
    same[1:] = author[1:] == author[:-1]
    gap = np.zeros(author.size)
    gap[1:] = np.abs(second[1:] - second[:-1])
    # Two images of one post are next to each other in time to begin with.
    weights = np.where(same, 1.0 / (1.0 + gap / 86_400.0), 0.0)
    weights *= np.where(month >= SEVERAL_SINCE, 1.0, SEVERAL_BEFORE)
    repeats = choose(rng, weights, _several(scale))
    fresh = np.ones(author.size, dtype=np.int64)
    fresh[repeats] = 0
    post = np.cumsum(fresh) - 1
    head = np.flatnonzero(fresh)[post[repeats]]
    second[repeats] = second[head]
    month[repeats] = month[head]
    return post, int(post[-1]) + 1


def _images(
    rng: np.random.Generator,
    scale: float,
    authors: Authors,
    author: npt.NDArray[np.int32],
    second: Ints,
    labelled: npt.NDArray[np.bool_],
) -> Ints:
    """Let a few rows show an image again that their author has posted weeks before."""
    image = np.arange(author.size)
    again = rng.permutation(
        np.flatnonzero(~labelled & (authors.in_mart & authors.labelled)[author])
    )
    start = np.searchsorted(author, author[again])
    first = start + np.floor(rng.random(again.size) * (again - start)).astype(np.int64)
    days = (second[again] - second[first]) / 86_400.0
    able = labelled[first] & (days >= REPOST_DAYS[0]) & (days <= REPOST_DAYS[1])
    again, first = again[able], first[able]
    _, once = np.unique(first, return_index=True)
    chosen = np.sort(once)[: scaled(REPOSTED, scale)]
    image[again[chosen]] = first[chosen]
    return image


def _labelled(
    rng: np.random.Generator, scale: float, authors: Authors, author: npt.NDArray[np.int32]
) -> npt.NDArray[np.bool_]:
    """Choose the labelled images: one of each labelled author, then the quota of each group."""
    labelled = np.zeros(author.size, dtype=bool)
    starts = np.searchsorted(author, np.arange(authors.size + 1))
    sizes = np.diff(starts)
    key_of = np.where(authors.in_mart, 0, 4) + authors.seg
    for number, key in enumerate(LABELLED_IMAGES):
        members = np.flatnonzero(authors.labelled & (key_of == number) & (sizes > 0))
        if members.size == 0:
            continue
        first = starts[members] + np.floor(rng.random(members.size) * sizes[members]).astype(int)
        labelled[first] = True
        rows = np.flatnonzero((authors.labelled & (key_of == number))[author] & ~labelled[:])
        quota = max(scaled(LABELLED_IMAGES[key], scale) - members.size, 0)
        labelled[rows[choose(rng, np.ones(rows.size), quota)]] = True
    return labelled
