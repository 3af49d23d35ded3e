"""How the audience tilts the taste for labels, apart from style; and personal taste."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.warehouse.sample.targets import BAG_BRAND, OBJECT, PATTERN, SHOE, SHOE_BRAND, labels
from analysis.warehouse.sample.worlds import World

Floats = npt.NDArray[np.float64]

# Variance of the personal factor of an author on one label or kind of shoe.
PERSONAL_VARIANCE = 0.10

# Log-lift of a label per standard deviation of log followers, fitted to the published authors
# per label and follower band under the hurdle of labels.py. A luxury taste comes with audience.
_TILTS: dict[int, dict[str, float]] = {
    PATTERN: {
        "stripes": 0.04,
        "leather": 0.2,
        "fur": 0.1,
        "velvet": 0.2,
        "bigpadded": 0.22,
        "flowers": 0.16,
        "tiedye": -0.04,
        "linen": 0.26,
        "vinyl": 0.32,
        "suede": 0.3,
        "taffeta": 0.52,
        "mohair": 0.42,
        "tweed": 0.44,
        "satin": 0.25,
        "sequin": 0.2,
        "tulle": 0.2,
        "allover": 0.15,
        "pinstripes": 0.15,
    },
    SHOE_BRAND: {
        "on": -0.02,
        "nike": 0.02,
        "adidas": 0.14,
        "new_balance": 0.34,
        "balencia": -0.02,
        "dior": 0.16,
        "gucci": 0.22,
        "louboutin": 0.36,
        "chanel": 0.74,
        "hermes": 0.3,
        "prada": 0.54,
        "miu_miu": 0.34,
        "louisvuitton": 0.22,
        "bottegaveneta": 0.46,
        "alexandermcqueen": 0.14,
        "veja": 0.38,
        "chloe": 0.1,
        "ysl": 0.4,
    },
    OBJECT: {
        "bag": 0.14,
        "wristlet": 0.08,
        "dress": 0.12,
        "earring": 0.10,
        "eyewear": 0.06,
        "coat": 0.05,
        "shoes": 0.05,
        "glass": 0.03,
        "car": 0.03,
        "book": -0.06,
        "bowl": -0.08,
        "dog": -0.06,
        "cake": -0.06,
    },
    SHOE: {
        "toepointy": 0.12,
        "heelskinny": 0.15,
        "heelhigh": 0.12,
        "heelstiletto": 0.15,
        "slingback": 0.12,
        "boots": 0.05,
        "plainpumps": 0.1,
    },
}


def audience_tilts(world: World) -> Floats:
    """Return the tilt of each label, (245,)."""
    table = labels()
    tilts = np.zeros(len(table.names))
    for kind, named in _TILTS.items():
        for number in table.of(kind):
            tilts[number] = named.get(table.names[number], 0.0)
    bags = table.of(BAG_BRAND)
    tilts[bags] = 0.55
    return np.asarray(tilts * world.audience_taste)


def personal(rng: np.random.Generator, n: int, world: World) -> Floats:
    """Return gamma factors of mean 1 for ``n`` authors, their variance scaled by the world."""
    if world.taste <= 0.0:
        return np.ones(n)
    shape = 1.0 / (PERSONAL_VARIANCE * world.taste)
    return np.asarray(rng.gamma(shape, size=n) / shape)
