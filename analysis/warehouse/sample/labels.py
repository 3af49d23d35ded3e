"""Detections: which labels an image carries, in exactly the published numbers.

Order of the draws: one anchor object per image, so that no image is empty; the other objects;
shoe images inside the images with shoes, each with one or two kinds of shoe; shoe labels by
kind; patterns inside images with a garment; brands inside shoe and bag images. A label whose
authors are published goes through a hurdle: authors take part or not, and who takes part has it
once or more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.randomness import stream
from analysis.warehouse.sample import styles
from analysis.warehouse.sample.activity import WEEKS
from analysis.warehouse.sample.detectors import Errors
from analysis.warehouse.sample.populations import Authors
from analysis.warehouse.sample.quotas import choose, choose_categories, scaled
from analysis.warehouse.sample.scenes import Images
from analysis.warehouse.sample.styles import Signatures, mixed
from analysis.warehouse.sample.targets import (
    BAG_BRAND,
    OBJECT,
    PATTERN,
    SHOE,
    SHOE_BRAND,
    labels,
    value,
)
from analysis.warehouse.sample.tastes import audience_tilts, personal
from analysis.warehouse.sample.trends import calendar, kind_seasons
from analysis.warehouse.sample.worlds import World

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

HURDLE_POWER = 0.35
SECOND_KIND = 0.18
GARMENTS = ("top", "pants", "coat", "dress", "skirt", "shorts")
# Objects that are clothes or worn with them.
WORN = frozenset(GARMENTS) | {
    *("shoes", "wristlet", "eyewear", "hat", "bag", "neckwear", "earring", "belt", "socks"),
    *("bra", "combi", "underpants"),
}

# Rates of the objects by scene: portrait, outfit, objects, outdoors, interior.
_WORN_LOW = (0.10, 1.0, 0.12, 0.55, 0.18)
_WORN_HIGH = (0.75, 1.0, 0.10, 0.55, 0.25)
_STREET = (0.06, 0.25, 0.10, 1.0, 0.06)
_ROOM = (0.20, 0.30, 0.45, 0.12, 1.0)
_TABLE = (0.10, 0.08, 1.0, 0.10, 0.60)
_SCENE_RATES = {
    "human": (1.0, 1.0, 0.20, 0.80, 0.45),
    "humanface": (1.0, 0.78, 0.12, 0.55, 0.35),
    "earring": (1.0, 0.5, 0.1, 0.2, 0.2),
    "eyewear": (1.0, 0.8, 0.12, 0.6, 0.2),
    "body": (0.6, 1.0, 0.1, 0.4, 0.2),
    "cellphone": (0.5, 0.8, 0.6, 0.3, 0.6),
}
_LOW = "shoes pants shorts skirt socks underpants combi belt bag"
_HIGH = "top coat dress hat wristlet neckwear bra"
_OUTDOOR = (
    "car dog bench bird umbrella truck boat trafficlight motorcycle bicycle kite horse airplane "
    "skateboard train cow frisbee firehydrant stopsign baseballbat surfboard tennisracket "
    "snowboard sheep skis bus baseballglove elephant giraffe bear parkingmeter sportsball"
)
_FURNITURE = (
    "chair book pottedplant couch vase clock tv bed sink teddybear laptop keyboard remote oven "
    "mouse refrigerator scissors microwave toothbrush toilet hairdrier toaster cat"
)
_ANCHORS = (
    ("human:5 humanface:4 top:1"),
    ("human:7 top:2 pants:.5 dress:.5"),
    ("bottle:1 glass:1 bowl:.6 cake:.4 book:1.6 cellphone:.6 vase:.4 chair:1 pottedplant:1 car:.6"),
    ("human:6 car:1.2 dog:.7 chair:.3 bench:.4 bird:.3 boat:.2 truck:.2 pottedplant:.3"),
    ("human:3 chair:2 book:1.5 pottedplant:.9 diningtable:.8 couch:.3 vase:.3 humanface:.8"),
)
# On which garments a pattern sits: top, pants, coat, dress, skirt, shorts.
_PATTERN_GARMENTS = {
    "basicdenim": (0.05, 1.0, 0.25, 0.05, 0.5, 0.7),
    "leather": (0.05, 0.3, 1.0, 0.05, 0.6, 0.1),
    "fur": (0.05, 0.0, 1.0, 0.05, 0.0, 0.0),
    "bigpadded": (0.05, 0.0, 1.0, 0.0, 0.0, 0.0),
    "flowers": (0.4, 0.1, 0.05, 1.0, 0.6, 0.3),
    "sequin": (0.4, 0.1, 0.1, 1.0, 0.4, 0.1),
    "tulle": (0.2, 0.0, 0.05, 1.0, 0.9, 0.0),
    "tweed": (0.2, 0.1, 1.0, 0.3, 0.6, 0.1),
    "mohair": (1.0, 0.0, 0.5, 0.1, 0.0, 0.0),
    "suede": (0.1, 0.3, 1.0, 0.1, 0.4, 0.1),
    "linen": (0.7, 0.7, 0.3, 0.6, 0.3, 0.6),
    "camouflage": (0.5, 0.8, 0.7, 0.05, 0.1, 0.6),
    "stripes": (1.0, 0.4, 0.2, 0.4, 0.3, 0.3),
    "tiedye": (1.0, 0.2, 0.1, 0.4, 0.2, 0.3),
    "vinyl": (0.1, 0.6, 0.8, 0.3, 0.6, 0.1),
    "pinstripes": (0.4, 0.8, 0.8, 0.2, 0.3, 0.1),
}
_ANY_GARMENT = (0.8, 0.5, 0.5, 0.6, 0.5, 0.3)


@dataclass
class Detections:
    """Distinct (image, label) pairs and what was known when they were drawn.

    Attributes
    ----------
    key : (d,) int64
        ``image * 256 + label``, sorted.
    exposure : (n, 65) float32
        How many images of each author could carry each pattern and brand, weighted by how
        readily: what would be expected of an author of average style and taste, up to a factor.
    garments : (k,) uint8
        Garments of each image, one bit each in the order of ``GARMENTS``.
    """

    key: Ints
    exposure: npt.NDArray[np.float32]
    garments: npt.NDArray[np.uint8]


class Draws:
    """The draws of one block; :meth:`run` does all of them in order."""

    def __init__(
        self,
        seed: int,
        block: int,
        scale: float,
        authors: Authors,
        images: Images,
        signs: Signatures,
        errors: Errors,
        world: World,
    ) -> None:
        self.seed, self.block, self.scale, self.world = seed, block, scale, world
        self.authors, self.images, self.signs, self.errors = authors, images, signs, errors
        self.table = labels()
        self.tilts = audience_tilts(world)
        self.side = np.tile(authors.trait, 2)
        self.audience = np.tile(np.clip(authors.audience, -2.5, 4.0), 2)
        self.found: list[Ints] = []
        self.decorations = np.flatnonzero(self.table.types >= PATTERN)
        self.exposure = np.zeros((authors.size, self.decorations.size), dtype=np.float32)

    def rng(self, *names: str | int) -> np.random.Generator:
        """Return the stream of one stage of this block."""
        return stream(self.seed, "labels", self.block, *names)

    def quota(self, number: int) -> int:
        """Return how many images carry a label at this scale."""
        images = int(self.table.images[number])
        factor = 1.0 if self.table.types[number] == OBJECT else self.world.labels_per_author
        return scaled(images, self.scale * factor)

    def run(self) -> Detections:
        """Draw everything and return the sorted distinct pairs."""
        carried = self._objects()
        self._shoes(carried["shoes"])
        garments = self._patterns(carried)
        self._bags(carried["bag"])
        key = np.sort(np.concatenate(self.found), kind="stable")
        return Detections(key, self.exposure, garments)

    # One factor per style profile and label: style, crossing trait, audience, personal taste.
    def _factor(self, number: int) -> Floats:
        factor = mixed(
            self.authors.weights,
            self.signs.labels[:, [number]],
            self.signs.trait_labels[[number]],
            self.side,
        )[:, 0]
        factor *= np.exp(self.tilts[number] * self.audience)
        factor *= np.tile(personal(self.rng("taste", number), self.authors.size, self.world), 2)
        return factor

    def _with_errors(self, number: int, weight: Floats, images: Images) -> Floats:
        """Thin by recall and add what the detector invents, at the planted share."""
        weight = weight * self.errors.recall[number][images.band]
        share = self.errors.share[number]
        if share <= 0.0 or weight.size == 0:
            return weight
        invented = self.errors.invented[number][images.band]
        return np.asarray(
            weight + invented * (share / (1.0 - share) * weight.sum() / invented.sum())
        )

    def _keep(self, number: int, images: Ints) -> None:
        self.found.append(images * 256 + number)

    def _objects(self) -> dict[str, Ints]:
        images, table = self.images, self.table
        rates = scene_rates()
        rng = self.rng("anchor")
        bare = scaled(
            int(value("n.labels.images")) - int(value("labels.type.images.object_detection")),
            self.scale,
        )
        anchor = np.full(images.size, 255, dtype=np.uint8)
        for scene, text in enumerate(_ANCHORS):
            parts = [part.partition(":") for part in text.split()]
            numbers = np.array([table.number(OBJECT, name) for name, _, _ in parts])
            shares = np.array([float(share) for _, _, share in parts])
            mask = np.flatnonzero(images.scene == scene)
            anchor[mask] = rng.choice(numbers, size=mask.size, p=shares / shares.sum())
        # A few images carry a pattern and no object at all.
        outfit = np.flatnonzero(images.scene == 1)
        self.bare = outfit[choose(rng, np.ones(outfit.size), bare)]
        anchor[self.bare] = 255
        place = images.scene.astype(np.int16) * (2 * WEEKS) + images.time
        open_ = np.ones(images.size)
        open_[self.bare] = 0.0
        carried: dict[str, Ints] = {}
        wanted = {"shoes", "bag", *GARMENTS}
        for number in table.of(OBJECT):
            name = table.names[number]
            by_week = calendar(self.world, number).ravel()
            weight = np.outer(rates[number], by_week).ravel()[place]
            weight *= self._factor(number)[images.profile]
            weight *= images.richness
            if name in WORN:
                weight *= self.authors.dressed[images.author]
            weight = self._with_errors(number, weight, images)
            anchored = anchor == number
            weight *= open_
            weight[anchored] = 0.0
            held = np.flatnonzero(anchored)
            picked = choose(self.rng("object", number), weight, self.quota(number) - held.size)
            self._keep(number, held)
            self._keep(number, picked)
            if name in wanted:
                carried[name] = np.sort(np.concatenate([held, picked]), kind="stable")
        return carried

    def _shoes(self, with_shoes: Ints) -> None:
        rng = self.rng("shoe images")
        wanted = self._union("shoe")
        chosen = with_shoes[choose(rng, self.images.richness[with_shoes], wanted)]
        images = self.images.take(chosen)
        week = images.time % WEEKS
        taste = np.stack(
            [
                personal(self.rng("kind taste", k), self.authors.size, self.world)
                for k in range(len(styles.KINDS))
            ],
            axis=1,
        )
        rates = np.array(styles.KIND_SHARES) * mixed(
            self.authors.weights, self.signs.kinds, self.signs.trait_kinds, self.side
        )
        rates *= np.tile(taste, (2, 1))
        weights = rates[images.profile] * kind_seasons().T[week]
        first = choose_categories(rng, weights)
        second = choose_categories(rng, weights)
        second = np.where(rng.random(chosen.size) < SECOND_KIND, second, first)
        affinity = styles.shoe_affinity()
        numbers = self.table.of(SHOE)
        # Half of the descriptions are complete, the others hold a few labels only.
        complete = np.where(rng.random(chosen.size) < 0.5, 1.0, rng.uniform(0.25, 1.0, chosen.size))
        basic = np.array([self.table.number(SHOE, n) for n in _ANCHOR_SHOES])
        anchors = affinity[basic - numbers[0]].T + 1e-6
        anchor = basic[choose_categories(rng, anchors[first])]
        pairs = first * len(styles.KINDS) + second
        for position, number in enumerate(numbers):
            one = affinity[position]
            weight = np.maximum(one[:, None], one[None, :]).ravel()[pairs] * complete
            weight *= calendar(self.world, number).ravel()[images.time]
            weight *= self._factor(number)[images.profile]
            weight = self._with_errors(number, weight, images)
            held = anchor == number
            weight[held] = 0.0
            picked = choose(self.rng("shoe", number), weight, self.quota(number) - int(held.sum()))
            self._keep(number, chosen[held])
            self._keep(number, chosen[picked])
        self._brands(SHOE_BRAND, "shoe_brand", chosen, ("on", "nike"))

    def _bags(self, with_bags: Ints) -> None:
        self._brands(BAG_BRAND, "bag_brand", with_bags, BAG_BRANDS_THAT_MOVE, anywhere=True)

    def _brands(
        self,
        kind: int,
        name: str,
        chosen: Ints,
        movable: tuple[str, ...],
        anywhere: bool = False,
    ) -> None:
        images = self.images.take(chosen)
        picks: dict[int, Ints] = {}
        for number in self.table.of(kind):
            weight = calendar(self.world, number).ravel()[images.time] * images.richness**0.5
            picks[int(number)] = self._draw(number, weight, images)
        union = min(self._union(name), chosen.size)
        for brand in movable:
            number = self.table.number(kind, brand)
            count = np.zeros(chosen.size, dtype=np.int64)
            for picked in picks.values():
                count[picked] += 1
            missing = union - int((count > 0).sum())
            if missing:
                owner = np.zeros_like(images.author) if anywhere else images.author
                picks[number] = _move(
                    self.rng(name, "move", number), picks[number], count, owner, missing
                )
        for number, picked in picks.items():
            self._keep(number, chosen[picked])

    def _patterns(self, carried: dict[str, Ints]) -> npt.NDArray[np.uint8]:
        garments = np.zeros(self.images.size, dtype=np.uint8)
        for bit, name in enumerate(GARMENTS):
            garments[carried[name]] |= np.uint8(1 << bit)
        chosen = np.flatnonzero(garments)
        images = self.images.take(chosen)
        worn = garments[chosen]
        plain = self.table.number(PATTERN, "plain")
        decorated = np.zeros(self.images.size, dtype=bool)
        for number in self.table.of(PATTERN):
            if number == plain:
                continue
            weight = garment_weights(self.table.names[number])[worn]
            weight *= calendar(self.world, number).ravel()[images.time] * images.richness**0.5
            picked = chosen[self._draw(number, weight, images)]
            decorated[picked] = True
            self._keep(number, picked)
        rng = self.rng("plain")
        union = self._union("pattern")
        factor = self._factor(plain)
        self._expose(plain, images.author, images.richness)
        free = np.setdiff1d(chosen[~decorated[chosen]], self.bare, assume_unique=True)
        weight = factor[self.images.profile[free]] * self.images.richness[free]
        alone = choose(rng, weight, union - int(decorated.sum()) - self.bare.size)
        also = np.flatnonzero(decorated)
        rest = self.quota(plain) - alone.size - self.bare.size
        both = choose(rng, factor[self.images.profile[also]], rest)
        self._keep(plain, np.concatenate([self.bare, free[alone], also[both]]))
        return garments

    def _union(self, name: str) -> int:
        images = int(value(f"labels.type.images.{name}"))
        return scaled(images, self.scale * self.world.labels_per_author)

    def _expose(self, number: int, author: npt.NDArray[np.int32], weight: Floats) -> None:
        position = number - int(self.decorations[0])
        self.exposure[:, position] = np.bincount(author, weight, minlength=self.authors.size)

    def _draw(self, number: int, weight: Floats, images: Images) -> Ints:
        """Draw the images of one label, through the hurdle where its authors are published."""
        quota = self.quota(number)
        factor = self._factor(number)
        self._expose(number, images.author, weight)
        weight = self._with_errors(number, weight * factor[images.profile], images)
        inside = int(self.table.authors_in[number])
        if inside < 0 or self.world.author_blind:
            return choose(self.rng("draw", number), weight, quota)
        rng = self.rng("hurdle", number)
        base = np.bincount(images.author, minlength=self.authors.size).astype(np.float64)
        scale = self.scale * min(self.world.labels_per_author, 1.0)
        joined: list[Ints] = []
        half = factor[: self.authors.size]
        for member, published in ((True, inside), (False, int(self.table.authors_out[number]))):
            wanted = min(scaled(published, scale), quota - sum(part.size for part in joined))
            able = np.flatnonzero((self.authors.in_mart == member) & (base > 0))
            chance = participation(base[able], half[able], wanted)
            joined.append(able[choose(rng, chance, wanted)])
        takes_part = np.zeros(self.authors.size, dtype=bool)
        takes_part[np.concatenate(joined)] = True
        pool = np.flatnonzero(takes_part[images.author])
        first = pool[_one_each(rng, weight[pool], images.author[pool])]
        weight = np.where(takes_part[images.author], weight, 0.0)
        weight[first] = 0.0
        rest = choose(rng, weight, quota - first.size)
        return np.sort(np.concatenate([first, rest]), kind="stable")


BAG_BRANDS_THAT_MOVE = ("chanel", "dior", "bottegaveneta", "louisvuitton", "celine", "prada")
_ANCHOR_SHOES = ("heelflat", "noheel", "sneakers", "boots", "pumps", "sandals", "muleback")


def anchor_rates() -> Floats:
    """Return the share of each scene's images that each object anchors, (5, 53)."""
    table = labels()
    first = int(table.of(OBJECT)[0])
    shares = np.zeros((len(_ANCHORS), table.of(OBJECT).size))
    for scene, text in enumerate(_ANCHORS):
        for part in text.split():
            name, _, share = part.partition(":")
            shares[scene, table.number(OBJECT, name) - first] = float(share)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def scene_rates() -> Floats:
    """Return how readily each object is in an image of each scene, (53, 5)."""
    rates = np.zeros((labels().of(OBJECT).size, 5))
    for number in labels().of(OBJECT):
        name = labels().names[number]
        default = (
            _WORN_LOW
            if name in _LOW.split()
            else _WORN_HIGH
            if name in _HIGH.split()
            else _STREET
            if name in _OUTDOOR.split()
            else _ROOM
            if name in _FURNITURE.split()
            else _TABLE
        )
        rates[number] = _SCENE_RATES.get(name, default)
    return rates


def garment_weights(pattern: str) -> Floats:
    """Return how readily a pattern sits on each set of garments, (64,)."""
    worn = (np.arange(64)[:, None] >> np.arange(len(GARMENTS))) & 1
    liking = np.asarray(_PATTERN_GARMENTS.get(pattern, _ANY_GARMENT))
    return np.asarray((worn * liking).max(axis=1) + 0.01 * (worn.sum(axis=1) > 0))


def favourite_garment() -> npt.NDArray[np.uint8]:
    """Return the garment that each pattern sits on, (28, 64, 2): favourite and next best."""
    patterns = labels().of(PATTERN)
    worn = (np.arange(64)[:, None] >> np.arange(len(GARMENTS))) & 1
    best = np.zeros((patterns.size, 64, 2), dtype=np.uint8)
    for position, number in enumerate(patterns):
        liking = np.asarray(_PATTERN_GARMENTS.get(labels().names[number], _ANY_GARMENT))
        order = np.argsort(-(worn * (liking + 0.001)), axis=1, kind="stable")
        second = np.where(worn.sum(axis=1) > 1, order[:, 1], order[:, 0])
        best[position] = np.stack([order[:, 0], second], axis=1)
    return best


def participation(exposed: Floats, factor: Floats, wanted: int) -> Floats:
    """Return the probability of each author to have a label at all: the hurdle.

    ``1 - exp(-c N^0.35 f)`` with N the exposed images, f the author's factor and c solved for
    the expected number of authors.
    """
    strength = exposed**HURDLE_POWER * factor
    if wanted <= 0 or strength.size == 0:
        return np.zeros(strength.size)
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        expected = float(-np.expm1(-np.exp(middle) * strength).sum())
        low, high = (middle, high) if expected < wanted else (low, middle)
    return np.asarray(-np.expm1(-np.exp((low + high) / 2) * strength))


def _one_each(rng: np.random.Generator, weight: Floats, author: npt.NDArray[np.int32]) -> Ints:
    """Return one position per author of a sorted author column, in proportion to the weights."""
    if author.size == 0:
        return np.zeros(0, dtype=np.int64)
    race = rng.standard_exponential(author.size) / np.maximum(weight, 1e-300)
    order = np.lexsort((race, author))
    sorted_author = author[order]
    head = np.concatenate([[True], sorted_author[1:] != sorted_author[:-1]])
    return np.sort(order[head], kind="stable")


def _move(
    rng: np.random.Generator,
    picked: Ints,
    count: Ints,
    author: npt.NDArray[np.int32],
    missing: int,
) -> Ints:
    """Move images of one brand within their authors until the union of all brands is exact.

    Parameters
    ----------
    picked : (q,) int64
        Images of the brand.
    count : (k,) int64
        Brands of each image.
    author : (k,) int32
        Author of each image, not decreasing; one constant where images may change authors.
    missing : int
        Images to add to the union; negative to take away.
    """
    has = np.zeros(count.size, dtype=bool)
    has[picked] = True
    if missing > 0:
        source, goal = np.flatnonzero(has & (count > 1)), np.flatnonzero(count == 0)
    else:
        source, goal = np.flatnonzero(has & (count == 1)), np.flatnonzero(~has & (count > 0))
    source = source[rng.permutation(source.size)]
    goal = goal[rng.permutation(goal.size)]
    source = source[np.argsort(author[source], kind="stable")]
    goal = goal[np.argsort(author[goal], kind="stable")]
    rank = np.arange(source.size) - np.searchsorted(author[source], author[source])
    start = np.searchsorted(author[goal], author[source])
    stop = np.searchsorted(author[goal], author[source], side="right")
    able = np.flatnonzero(rank < stop - start)
    able = np.sort(able[rng.permutation(able.size)[: abs(missing)]], kind="stable")
    has[source[able]] = False
    has[goal[start[able] + rank[able]]] = True
    return np.flatnonzero(has)


def draw_detections(
    seed: int,
    block: int,
    scale: float,
    authors: Authors,
    images: Images,
    signs: Signatures,
    errors: Errors,
    world: World,
) -> Detections:
    """Draw the distinct detections of one block."""
    return Draws(seed, block, scale, authors, images, signs, errors, world).run()
