"""Authors: who is in which table, how large the audience is, and what they are like inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.randomness import stream
from analysis.warehouse.sample import styles
from analysis.warehouse.sample.accounts import draw_growth, draw_kinds
from analysis.warehouse.sample.quotas import (
    choose,
    choose_categories,
    largest_remainder,
    mix,
    scaled,
    stratified,
)
from analysis.warehouse.sample.targets import histogram, value
from analysis.warehouse.sample.worlds import World

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MAINSTREAM, TRENDY, EDGY, NONE = range(4)
BANDS = ("mainstream", "trendy", "edgy", "null")
# Whole follower counts inside each band, away from the limits: a mean of several readings
# rounded at a limit would otherwise move an account into the next band.
BAND_RANGE = ((0, 11_996), (12_001, 39_982), (40_019, 294_718_100))


@dataclass(frozen=True)
class Cell:
    """Authors alike in membership and bands: how many, how many post, how many are labelled."""

    in_mart: bool
    mart: int
    seg: int
    authors: int
    posting: int
    labelled: int
    flagged: int = 0


# The published margins leave some freedom; this table is one integer solution of all of them.
CELLS = (
    Cell(True, MAINSTREAM, MAINSTREAM, 19_410, 16_853, 16_712, 134),
    Cell(True, MAINSTREAM, NONE, 177, 133, 129),
    Cell(True, TRENDY, TRENDY, 1_384, 1_286, 1_273, 31),
    Cell(True, TRENDY, NONE, 13, 10, 9),
    Cell(True, EDGY, EDGY, 1_099, 969, 965, 94),
    Cell(True, EDGY, NONE, 10, 7, 7),
    Cell(True, NONE, MAINSTREAM, 119, 97, 95, 22),
    Cell(True, NONE, TRENDY, 22, 17, 17, 5),
    Cell(True, NONE, EDGY, 34, 26, 26),
    Cell(True, NONE, NONE, 159, 90, 86),
    Cell(False, NONE, MAINSTREAM, 7_152, 6_606, 5_280),
    Cell(False, NONE, TRENDY, 1_148, 1_029, 880),
    Cell(False, NONE, EDGY, 1_254, 1_192, 1_040),
    Cell(False, NONE, NONE, 859, 760, 100),
)
# Image rows and labelled images by (in MART_AUTHORS, band in MART_AUTHORS_SEGMENTATIONS).
ROWS = {
    (True, MAINSTREAM): 1_664_020,
    (True, TRENDY): 157_000,
    (True, EDGY): 214_200,
    (True, NONE): 800,
    (False, MAINSTREAM): 375_880,
    (False, TRENDY): 43_100,
    (False, EDGY): 38_000,
    (False, NONE): 2_320,
}
LABELLED_IMAGES = {
    (True, MAINSTREAM): 1_588_600,
    (True, TRENDY): 149_900,
    (True, EDGY): 204_700,
    (True, NONE): 677,
    (False, MAINSTREAM): 17_000,
    (False, TRENDY): 1_900,
    (False, EDGY): 2_000,
    (False, NONE): 100,
}
REPEATS = 12
# What the further rows of the repeated id say: an audience, a small number, and nothing.
REPEATED_FOLLOWERS = (5_687_047, 110)
# The largest accounts but one, inside and outside MART_AUTHORS, as far as charts show them.
SECOND_LARGEST = (4.4e7, 1.04e8)
# Accounts of food, views or pets: their share among those with little fashion, and how rarely
# clothes show in their images.
STILL_LIFE, STILL_LIFE_CLOTHES = 0.315, 0.02
# How a fashion team flags: log-odds per standard deviation of audience, for accounts below and
# above 12,000 followers, and per unit of fashion-forwardness, which itself rises by audience.
FORWARD_AUDIENCE = 0.35
FLAG_AUDIENCE, FLAG_FORWARD = (1.55, 0.35), 1.2
DECIMAL_READINGS = 2_699


@dataclass
class Authors:
    """One row per distinct author; position 0 is the id that occurs twelve times.

    Attributes
    ----------
    id : (n,) int64
    in_mart, posts, labelled, flag : (n,) bool
    mart, seg : (n,) int8
        Bands in the two tables, 0 Mainstream to 3 NULL.
    followers : (n,) int64
        In MART_AUTHORS, -1 for NULL.
    readings : (n,) float64
        In MART_AUTHORS_SEGMENTATIONS, a mean of several readings, NaN for NULL.
    follows : (n,) int64
        -1 for NULL.
    audience : (n,) float64
        Standardised log followers, also where the tables hold NULL.
    style, second : (n,) int64
        Dominant and second style; equal for authors of one style.
    weights : (2 n, S) float64
        Style weights before and after the author's change of style.
    forward, trait : (n,) float64
        Fashion-forwardness and crossing trait (plus or minus one).
    drifts : (n,) bool
        Whether the dominant style changes in the middle of the window.
    kind : (n,) int8
        Person, shop, brand or ambassador.
    growth : (n,) float64
        Log change of the followers over the window.
    dressed : (n,) float64
        Factor on the clothes in the images: far below 1 for those who photograph no people.
    """

    id: Ints
    in_mart: Bools
    posts: Bools
    labelled: Bools
    flag: Bools
    mart: npt.NDArray[np.int8]
    seg: npt.NDArray[np.int8]
    followers: Ints
    readings: Floats
    follows: Ints
    audience: Floats
    style: Ints
    second: Ints
    weights: Floats
    forward: Floats
    trait: Floats
    drifts: Bools
    kind: npt.NDArray[np.int8]
    growth: Floats
    dressed: Floats

    @property
    def size(self) -> int:
        """Number of distinct authors."""
        return int(self.id.size)

    def filled(self) -> npt.NDArray[np.int8]:
        """Return the band after NULLs of MART_AUTHORS are filled from the other table."""
        return np.where(self.mart == NONE, self.seg, self.mart).astype(np.int8)


def _sizes(cell: Cell, scale: float) -> tuple[int, int, int, int]:
    parts = np.array(
        [cell.labelled, cell.posting - cell.labelled, cell.authors - cell.posting], dtype=float
    )
    total = scaled(cell.authors, scale)
    labelled, silent, idle = largest_remainder(parts, total).tolist()
    if cell.labelled and labelled == 0:
        labelled, idle, silent = 1, max(idle - 1, 0), silent
        if labelled + silent + idle > total:
            silent -= 1
    return labelled, silent, idle, min(scaled(cell.flagged, scale), total)


def draw_authors(seed: int, block: int, scale: float, world: World) -> Authors:
    """Draw the authors of one block.

    Parameters
    ----------
    seed, block : int
        Name the random streams.
    scale : float
        Share of the published size, at most 1.
    world : World
        What is planted.
    """
    rng = stream(seed, "authors", block)
    columns: dict[str, list[npt.NDArray[np.int64]]] = {
        key: [] for key in ("in_mart", "mart", "seg", "posts", "labelled", "cell")
    }
    flags: list[int] = []
    for number, cell in enumerate(CELLS):
        labelled, silent, idle, flagged = _sizes(cell, scale)
        size = labelled + silent + idle
        flags.append(flagged)
        columns["in_mart"].append(np.full(size, int(cell.in_mart)))
        columns["mart"].append(np.full(size, cell.mart))
        columns["seg"].append(np.full(size, cell.seg))
        columns["posts"].append(np.repeat([1, 0], [labelled + silent, idle]))
        columns["labelled"].append(np.repeat([1, 0], [labelled, silent + idle]))
        columns["cell"].append(np.full(size, number))
    first = {"in_mart": 1, "mart": NONE, "seg": EDGY, "posts": 0, "labelled": 0, "cell": -1}
    flat = {key: np.concatenate([[first[key]], *columns[key]]) for key in columns}
    n = flat["cell"].size
    mart = flat["mart"].astype(np.int8)
    seg = flat["seg"].astype(np.int8)
    in_mart = flat["in_mart"].astype(bool)
    latent = _latent_followers(rng, in_mart, mart, seg)
    followers = np.where(in_mart & (mart != NONE), latent, -1)
    readings = _readings(rng, latent, in_mart, seg, scale)
    audience = (np.log1p(latent.astype(np.float64)) - 7.3) / 1.85
    style, second, weights, drifts = _styles(rng, audience, world)
    posts = flat["posts"].astype(bool)
    forward = (
        rng.normal(size=n)
        + FORWARD_AUDIENCE * audience
        + 0.25 * (style == styles.STYLES.index("luxury"))
    )
    flag = _flags(rng, flat["cell"], flags, audience, forward)
    forward = np.where(flag, forward + 0.8, forward)
    return Authors(
        id=_author_ids(rng, n, block),
        in_mart=in_mart,
        posts=posts,
        labelled=flat["labelled"].astype(bool),
        flag=flag,
        mart=mart,
        seg=seg,
        followers=followers,
        readings=readings,
        follows=_follows(rng, in_mart, flat["cell"], audience, scale),
        audience=audience,
        style=style,
        second=second,
        weights=weights,
        forward=forward,
        trait=np.where(rng.random(n) < 0.62, 1.0, -1.0),
        drifts=drifts,
        kind=draw_kinds(seed, block, audience),
        growth=draw_growth(seed, block, audience, forward, world),
        dressed=_dressed(seed, block, style, world),
    )


def _author_ids(rng: np.random.Generator, n: int, block: int) -> Ints:
    """Return distinct ids of 7 to 11 digits (the repeated one has 4), disjoint over blocks."""
    draws = np.exp(rng.uniform(np.log(1.7e4), np.log(1.0e9), size=n + n // 20 + 50))
    distinct = np.unique(draws.astype(np.int64))
    base = rng.permutation(distinct)[:n]
    base[0] = int(rng.integers(16, 156))
    # Each base number leaves another remainder, so that no pattern shows and blocks stay apart.
    shift = (mix(base.astype(np.uint64)) & np.uint64(63)).astype(np.int64)
    return np.asarray(base * 64 + (shift + block) % 64)


def _from_histogram(uniforms: Floats, name: str, low: float, high: float, less: str = "") -> Ints:
    """Invert a published histogram of ln(1 + followers) between two whole numbers."""
    edges, counts = histogram(name)
    if less:
        counts = np.maximum(counts - histogram(less)[1], 0.0)
    bounds = np.array([np.log1p(low), np.log1p(high + 0.999)])
    cumulated = np.concatenate([[0.0], np.cumsum(counts)])
    inside = np.interp(bounds, edges, cumulated)
    position = inside[0] + uniforms * (inside[1] - inside[0])
    keep = np.concatenate([[True], np.diff(cumulated) > 0])
    logs = np.interp(position, cumulated[keep], edges[keep])
    # A whole number belongs to the bar that holds its logarithm, also where bars are narrow.
    bar = np.searchsorted(edges, logs, side="right") - 1
    least = np.ceil(np.expm1(edges[bar]) - 1e-9)
    whole: Ints = np.clip(np.maximum(np.floor(np.expm1(logs)), least), low, high).astype(np.int64)
    return whole


def _latent_followers(
    rng: np.random.Generator, in_mart: Bools, mart: npt.NDArray[np.int8], seg: npt.NDArray[np.int8]
) -> Ints:
    """Draw an audience for everybody, also for those whose audience no table tells."""
    n = mart.size
    band = np.where(mart != NONE, mart, seg)
    nobody = band == NONE
    band[nobody] = choose_categories(rng, np.tile([[0.9, 0.06, 0.04]], (int(nobody.sum()), 1)))
    latent = np.zeros(n, dtype=np.int64)
    # Whose audience one table hides is no giant: the published mean is that of the others.
    hidden = in_mart & (mart == NONE)
    for inside, group in ((True, in_mart & ~hidden), (True, hidden), (False, ~in_mart)):
        for number, (low, high) in enumerate(BAND_RANGE):
            mask = (band == number) & group
            size = int(mask.sum())
            tail = number == EDGY and size > 0 and not hidden[mask].any()
            draws = _from_histogram(
                stratified(rng, size),
                "followers.mart.hist" if inside else "followers.seg.hist",
                low,
                min(high, 70_000_000 if tail or number != EDGY else 1_000_000),
                less="" if inside else "followers.mart.hist",
            )
            if tail:
                draws = _edgy_tail(draws, inside)
            elif inside and number != EDGY and size > 500:
                draws = _to_mean(draws, low, high, number)
            latent[mask] = draws
    latent[0] = 5_687_047
    return latent


def _to_mean(draws: Ints, low: int, high: int, band: int) -> Ints:
    """Bend the accounts of a band, within its limits, until they have the published mean."""
    share = (draws - low) / (high - low)
    wanted = _sum_without_repeats(band, draws.size)
    least, most = 0.8, 1.25
    for _ in range(50):
        power = (least + most) / 2
        bent: Ints = low + np.round((high - low) * share**power).astype(np.int64)
        least, most = (power, most) if bent.sum() > wanted else (least, power)
    return _settle(bent, wanted)


def _sum_without_repeats(band: int, accounts: int) -> float:
    """Return the followers of a band of MART_AUTHORS but for the rows of the repeated id."""
    mean = float(value(f"tier.mart.mean_followers.{BANDS[band]}"))
    repeated = [f for f in REPEATED_FOLLOWERS if BAND_RANGE[band][0] <= f <= BAND_RANGE[band][1]]
    return mean * (accounts + len(repeated)) - sum(repeated)


def _settle(draws: Ints, wanted: float) -> Ints:
    """Add or take single followers until the sum is exact; accounts at the edges stay."""
    missing = round(wanted) - int(draws.sum())
    middle = np.argsort(draws, kind="stable")[draws.size // 4 : 3 * draws.size // 4]
    if middle.size:
        share, rest = divmod(abs(missing), middle.size)
        draws[middle] += np.sign(missing) * share
        draws[middle[:rest]] += np.sign(missing)
    return draws


def _edgy_tail(draws: Ints, inside: bool) -> Ints:
    """Bend the accounts above a million to the published mean; one giant stands by itself.

    A warp of the whole band to the mean would halve its 99 % quantile, because one account of
    294.7 million carries a third of the sum.
    """
    draws = draws.copy()
    giant = BAND_RANGE[EDGY][1]
    mart, seg = (float(value(f"tier.{name}.edgy")) for name in ("mart.mean_followers", "seg.mean"))
    wanted = _sum_without_repeats(EDGY, draws.size) if inside else (2 * seg - mart) * draws.size
    rest = np.argsort(-draws, kind="stable")
    if inside:
        draws[rest[0]] = giant
        rest = rest[1:]
        # A small sample keeps the giant, but not its weight in the mean.
        wanted -= giant * min(1.0, draws.size / 1_000)
    big = rest[draws[rest] > 1_000_000]
    if big.size < 3:
        return draws
    logs = np.log(draws[big] / 1e6)
    small = float(draws[rest].sum() - draws[big].sum())
    reach = np.log((SECOND_LARGEST[0] if inside else SECOND_LARGEST[1]) / 1e6)
    share = logs / logs.max()
    low, high = -1.0, 1.0
    for _ in range(60):
        bend = (low + high) / 2
        total = small + float((1e6 * np.exp(reach * share * (1.0 + bend * (share - 1.0)))).sum())
        low, high = (low, bend) if total < wanted else (bend, high)
    warped = 1e6 * np.exp(reach * share * (1.0 + bend * (share - 1.0)))
    draws[big] = np.maximum(np.floor(warped), BAND_RANGE[EDGY][0]).astype(np.int64)
    if inside and draws.size > 1_000:
        return _settle(draws, wanted + giant)
    return draws


def _readings(
    rng: np.random.Generator,
    latent: Ints,
    in_mart: Bools,
    seg: npt.NDArray[np.int8],
    scale: float,
) -> Floats:
    """Return means over repeated readings: most whole, 2,699 of them not."""
    n = latent.size
    known = seg != NONE
    values = latent.astype(np.float64)
    # The largest account of all was published as equal in both tables.
    moved = known & (rng.random(n) < 0.06) & (latent < BAND_RANGE[EDGY][1])
    drift = np.exp(rng.normal(0.0, 0.03, size=n))
    values[moved] = np.floor(values[moved] * drift[moved])
    for band, (low, high) in enumerate(BAND_RANGE):
        mask = known & (seg == band)
        values[mask] = np.clip(values[mask], low, high - (0 if band == EDGY else 1))
    room = known & (latent > 3) & (latent < BAND_RANGE[EDGY][1])
    for band, (_, high) in enumerate(BAND_RANGE):
        room &= ~((seg == band) & (values >= high - 1))
    room[0] = False
    top = _extremes(values, in_mart, seg)
    room[top] = False
    quota = scaled(DECIMAL_READINGS, scale) - int((values % 1 > 0).sum())
    split = choose(rng, room.astype(np.float64), quota)
    times = rng.choice(
        [2, 3, 4, 5, 8, 9, 10, 12, 56],
        p=[0.3, 0.2, 0.1, 0.15, 0.05, 0.1, 0.05, 0.03, 0.02],
        size=split.size,
    )
    part = np.floor(rng.random(split.size) * (times - 1)).astype(np.int64) + 1
    values[split] = np.round(np.floor(values[split]) + part / times, 6)
    values[~known] = np.nan
    return values


def _extremes(values: Floats, in_mart: Bools, seg: npt.NDArray[np.int8]) -> Ints:
    """Set the published smallest and largest readings of each band, outside MART_AUTHORS."""
    touched = []
    for band, end, reading in (
        (MAINSTREAM, np.argmax, 11_995 + 4 / 7),
        (TRENDY, np.argmin, 12_001.0),
        (TRENDY, np.argmax, 39_981.0),
        (EDGY, np.argmin, 40_019.0),
    ):
        members = np.flatnonzero(~in_mart & (seg == band))
        if members.size > 1:
            touched.append(members[int(end(values[members]))])
            values[touched[-1]] = round(reading, 6)
    return np.array(touched, dtype=np.int64)


def _follows(
    rng: np.random.Generator, in_mart: Bools, cell: Ints, audience: Floats, scale: float
) -> Ints:
    """Draw follows from the published histogram, with its spike at the cap of 7,500."""
    edges, counts = histogram("follows.hist")
    inside = np.flatnonzero(in_mart & (cell >= 0))
    null_band = np.array([c.mart == NONE for c in CELLS])[cell[inside]]
    missing = scaled(int(value("n.authors.null_follows_raw")) - REPEATS, scale)
    weights = np.where(null_band, 30.0, 1.0)
    known = np.ones(inside.size, dtype=bool)
    known[choose(rng, weights, missing)] = False
    holders = inside[known]
    cumulated = np.concatenate([[0.0], np.cumsum(counts)]) / counts.sum()
    draws = np.interp(np.sort(stratified(rng, holders.size)), cumulated, edges)
    cap = (draws > edges[95]) & (draws < edges[96])
    draws[cap] = np.where(rng.random(int(cap.sum())) < 0.8, 7_500, draws[cap])
    score = 0.315 * audience[holders] + rng.normal(size=holders.size)
    order = np.argsort(score, kind="stable")
    follows = np.full(in_mart.size, -1, dtype=np.int64)
    follows[holders[order]] = np.sort(np.floor(draws).astype(np.int64), kind="stable")
    return follows


def _styles(
    rng: np.random.Generator, audience: Floats, world: World
) -> tuple[Ints, Ints, Floats, Bools]:
    """Draw one or two styles per author; the audience tilts the choice."""
    n = audience.size
    tilt = world.audience_style * np.array(styles.STYLE_AUDIENCE)
    centred = np.clip(audience, -2.5, 3.5)
    rates = np.array(styles.STYLE_SHARES) * np.exp(np.outer(centred, tilt))
    style = choose_categories(rng, rates)
    others = rates.copy()
    others[np.arange(n), style] = 0.0
    another = choose_categories(rng, others)
    double = rng.random(n) < world.overlap
    second = np.where(double, another, style)
    before = np.zeros((n, len(styles.STYLES)))
    before[np.arange(n), style] += world.dominant_weight
    before[np.arange(n), second] += 1.0 - world.dominant_weight
    drifts = rng.random(n) < world.drift
    after = before.copy()
    after[drifts] = 0.0
    after[drifts, another[drifts]] = 1.0
    return style, second, np.concatenate([before, after]), drifts


def _dressed(seed: int, block: int, style: Ints, world: World) -> Floats:
    """Return how readily clothes show in the images of every account."""
    if world.author_blind:
        return np.ones(style.size)
    still = stream(seed, "still life", block).random(style.size) < STILL_LIFE
    return np.where(still & (style == 0), STILL_LIFE_CLOTHES, 1.0)


def _flags(
    rng: np.random.Generator, cell: Ints, quotas: list[int], audience: Floats, forward: Floats
) -> Bools:
    """Flag authors by hand, as the fashion teams do: known accounts that are ahead."""
    flag = np.zeros(cell.size, dtype=bool)
    for number, quota in enumerate(quotas):
        members = np.flatnonzero(cell == number)
        if quota and members.size:
            lean = FLAG_AUDIENCE[CELLS[number].seg != MAINSTREAM]
            weights = np.exp(
                lean * np.clip(audience[members], -3, 5) + FLAG_FORWARD * forward[members]
            )
            flag[members[choose(rng, weights, quota)]] = True
    return flag
