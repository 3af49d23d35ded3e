"""Items and their boxes: how often an item is seen, and where.

A box is a pure function of seed, image, item and instance, so all labels of one item share it
exactly: the labels of a shoe, a brand and its shoe or bag, a pattern and its garment.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.randomness import stream
from analysis.warehouse.sample.labels import GARMENTS, Detections, favourite_garment
from analysis.warehouse.sample.quotas import choose, mix
from analysis.warehouse.sample.targets import (
    BAG_BRAND,
    OBJECT,
    PATTERN,
    SHOE,
    SHOE_BRAND,
    labels,
)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]

# Probability of at least two, three and four of an item in an image.
_ITEM_COUNTS = {
    "shoes": (0.72, 0.14, 0.08),
    "top": (0.24, 0.07, 0.02),
    "pants": (0.20, 0.05, 0.01),
    "coat": (0.18, 0.05, 0.01),
    "dress": (0.15, 0.04, 0.01),
    "skirt": (0.12, 0.03, 0.01),
    "shorts": (0.18, 0.05, 0.01),
    "bag": (0.12, 0.02, 0.005),
}
# Further instances of what is not an item with labels of its own, relative to each other.
_CROWDS = {
    "human": 1.0,
    "humanface": 0.85,
    "wristlet": 0.25,
    "eyewear": 0.35,
    "hat": 0.35,
    "chair": 2.2,
    "book": 2.6,
    "bottle": 1.6,
    "glass": 1.4,
    "car": 1.6,
    "pottedplant": 0.9,
    "bowl": 1.1,
    "bird": 1.4,
    "boat": 1.5,
    "earring": 0.6,
    "donut": 2.0,
    "orange": 2.0,
    "apple": 1.8,
    "carrot": 1.8,
    "kite": 1.2,
    "sheep": 2.0,
    "cow": 1.5,
    "skis": 1.0,
}
# Share of the instances of an item that a label on it is seen on as well.
_FOLLOWS_ITEM = 0.85
# Centre (x, y), half width and half height of a box in thousandths, lowest and spread.
_PLACES = {
    "human": ((300, 400), (450, 150), (120, 230), (250, 230)),
    "humanface": ((300, 400), (120, 250), (30, 110), (40, 120)),
    "shoes": ((300, 400), (820, 130), (30, 60), (22, 45)),
    "top": ((320, 360), (330, 180), (70, 150), (80, 140)),
    "coat": ((320, 360), (400, 180), (80, 170), (130, 180)),
    "dress": ((320, 360), (460, 160), (80, 140), (170, 180)),
    "pants": ((320, 360), (620, 160), (60, 110), (120, 140)),
    "skirt": ((320, 360), (600, 150), (60, 110), (80, 110)),
    "shorts": ((320, 360), (600, 140), (60, 100), (60, 80)),
    "hat": ((320, 360), (90, 160), (40, 80), (25, 60)),
    "eyewear": ((320, 360), (160, 200), (30, 70), (12, 30)),
    "bag": ((250, 500), (520, 260), (40, 110), (45, 120)),
}
_ANYWHERE = ((120, 760), (150, 720), (25, 160), (25, 150))


def salt(seed: int, block: int, name: str) -> np.uint64:
    """Return a word that belongs to a seed, a block and a purpose."""
    return np.uint64(stream(seed, name, block).integers(0, 2**63))


def _unit(words: Words) -> Floats:
    return np.asarray((words >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def items(seed: int, block: int, found: Detections) -> npt.NDArray[np.uint8]:
    """Return the object label that each detection sits on, (d,)."""
    table = labels()
    label = found.key & 255
    kinds = table.types[label]
    item = label.astype(np.uint8)
    item[(kinds == SHOE) | (kinds == SHOE_BRAND)] = table.number(OBJECT, "shoes")
    item[kinds == BAG_BRAND] = table.number(OBJECT, "bag")
    on = np.flatnonzero(kinds == PATTERN)
    draws = mix(found.key[on].astype(np.uint64) ^ salt(seed, block, "garment"))
    best = favourite_garment()
    first = table.of(PATTERN)[0]
    choice = best[
        label[on] - first, found.garments[found.key[on] >> 8], (_unit(draws) > 0.75).astype(int)
    ]
    garments = np.array([table.number(OBJECT, name) for name in GARMENTS], dtype=np.uint8)
    item[on] = garments[choice]
    return item


def instances(
    seed: int,
    block: int,
    found: Detections,
    item: npt.NDArray[np.uint8],
    group: npt.NDArray[np.int8],
    totals: Ints,
) -> npt.NDArray[np.uint8]:
    """Return how many rows each detection has, so that the rows of each group are exact.

    Parameters
    ----------
    seed, block : int
        Name the random streams.
    found : Detections
        Distinct detections.
    item : (d,) uint8
        From :func:`items`.
    group : (k,) int8
        Group of each image.
    totals : (g,) int64
        Rows wanted in each group.
    """
    table = labels()
    rng = stream(seed, "instances", block)
    label = found.key & 255
    bounds = np.ones((256, 3))
    for name, tail in _ITEM_COUNTS.items():
        bounds[table.number(OBJECT, name)] = 1.0 - np.asarray(tail)
    draws = _unit(
        mix(
            (found.key.astype(np.uint64) & ~np.uint64(255) | item.astype(np.uint64))
            ^ salt(seed, block, "items")
        )
    )
    count = np.ones(found.key.size, dtype=np.int64)
    for step in range(3):
        count += draws >= bounds[item, step]
    attached = table.types[label] != OBJECT
    loose = _unit(mix(found.key.astype(np.uint64) ^ salt(seed, block, "loose"))) > _FOLLOWS_ITEM
    count[attached & loose] = 1
    appetite = np.zeros(256)
    appetite[table.of(OBJECT)] = 0.5
    for name, often in _CROWDS.items():
        appetite[table.number(OBJECT, name)] = often
    for name in _ITEM_COUNTS:
        appetite[table.number(OBJECT, name)] = 0.0
    image = found.key >> 8
    crowd = rng.gamma(1.2, size=group.size) / 1.2
    mean = appetite[label] * crowd[image]
    belongs = group[image]
    for number, total in enumerate(totals.tolist()):
        mine = np.flatnonzero(belongs == number)
        free = mine[mean[mine] > 0]
        missing = total - int(count[mine].sum())
        if mine.size == 0 or free.size == 0:
            continue
        rate = max(missing, 0) / mean[free].sum()
        count[free] += np.minimum(rng.poisson(mean[free] * rate), 40)
        _repair(rng, count, mine, total)
    return count.astype(np.uint8)


def _repair(rng: np.random.Generator, count: Ints, mine: Ints, total: int) -> None:
    """Add or take single instances until the group has exactly its rows."""
    missing = total - int(count[mine].sum())
    if missing > 0:
        np.add.at(count, mine[rng.integers(0, mine.size, missing)], 1)
    while missing < 0:
        able = mine[count[mine] > 1]
        taken = able[choose(rng, np.ones(able.size), -missing)]
        if taken.size == 0:
            return
        count[taken] -= 1
        missing += taken.size


def place_table() -> npt.NDArray[np.int64]:
    """Return lowest value and spread of the four box numbers of every object, (256, 4, 2)."""
    places = np.tile(np.asarray(_ANYWHERE, dtype=np.int64), (256, 1, 1))
    for name, place in _PLACES.items():
        places[labels().number(OBJECT, name)] = place
    return places


def boxes(
    word: np.uint64,
    places: npt.NDArray[np.int64],
    image: Ints,
    item: npt.NDArray[np.uint8],
    instance: Ints,
) -> Floats:
    """Return left, top, right and bottom as shares of the image, three decimals, (r, 4)."""
    key = (image.astype(np.uint64) << np.uint64(16)) | (
        item.astype(np.uint64) << np.uint64(8) | instance.astype(np.uint64)
    )
    bits = mix(key ^ word)
    place = places[item]
    numbers = [
        place[:, j, 0]
        + (
            (((bits >> np.uint64(16 * j)) & np.uint64(0xFFFF)).astype(np.int64) * place[:, j, 1])
            >> 16
        )
        for j in range(4)
    ]
    x, y, half_width, half_height = numbers
    corners = np.empty((image.size, 4))
    corners[:, 0] = np.maximum(x - half_width, 0)
    corners[:, 1] = np.maximum(y - half_height, 0)
    corners[:, 2] = np.minimum(x + half_width, 1000)
    corners[:, 3] = np.minimum(y + half_height, 1000)
    corners /= 1000.0
    return corners
