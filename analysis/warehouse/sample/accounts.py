"""What is behind an account: a person, a shop, a brand or an ambassador, and how it grew.

Nobody published how many accounts speak for a company. The rates here are planted, and small:
the published captions hardly ever name a sponsor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.randomness import stream
from analysis.warehouse.sample.quotas import choose_categories
from analysis.warehouse.sample.worlds import World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Kind:
    """One kind of account.

    Attributes
    ----------
    name : str
    share : float
        Share of the accounts of average audience.
    audience : float
        Log-odds per standard deviation of log followers, against a person.
    activity : float
        Image rows relative to a person of the same audience.
    bio : float
        Share of the written bios that say so.
    shop, code, sponsor : float
        Share of the captions that offer something for sale, give a code, or name a sponsor.
    scenes : tuple of float
        Log-lifts of the scenes: portrait, outfit, objects, outdoors, interior.
    """

    name: str
    share: float
    audience: float
    activity: float
    bio: float
    shop: float
    code: float
    sponsor: float
    scenes: tuple[float, ...]


KINDS = (
    Kind("person", 0.972, 0.0, 1.0, 0.0, 0.0006, 0.0003, 0.0002, (0.0, 0.0, 0.0, 0.0, 0.0)),
    Kind("shop", 0.010, 0.10, 1.6, 0.85, 0.35, 0.03, 0.0005, (-0.9, 0.5, 1.0, -0.6, 0.2)),
    Kind("brand", 0.006, 0.35, 1.5, 0.80, 0.18, 0.02, 0.0005, (-0.4, 0.7, 0.5, -0.3, 0.0)),
    Kind("ambassador", 0.012, 0.30, 1.3, 0.70, 0.02, 0.12, 0.03, (0.2, 0.4, 0.0, 0.0, 0.0)),
)
PERSON, SHOP, BRAND, AMBASSADOR = range(4)

# Followers are read once, at the end of the window; accounts had fewer at its start. Log growth
# over the window: its mean, its rise per unit of fashion-forwardness beyond what the audience
# explains, and its standard deviation apart from that.
GROWTH, GROWTH_FORWARD, GROWTH_SD = 0.30, 0.30, 0.35


def draw_kinds(seed: int, block: int, audience: Floats) -> npt.NDArray[np.int8]:
    """Return the kind of every account, (n,) int8."""
    rng = stream(seed, "accounts", block)
    shares = np.array([kind.share for kind in KINDS])
    lean = np.array([kind.audience for kind in KINDS])
    rates = shares * np.exp(np.outer(np.clip(audience, -2.5, 3.5), lean))
    return choose_categories(rng, rates).astype(np.int8)


def draw_growth(seed: int, block: int, audience: Floats, forward: Floats, world: World) -> Floats:
    """Return the log growth of the followers of every account over the window, (n,).

    Accounts ahead of fashion grow faster. Bands cut at the end of the window therefore hold
    leaders that were not yet in them when they led: the look-ahead that is planted.
    """
    rng = stream(seed, "growth", block)
    ahead = forward - np.polyval(np.polyfit(audience, forward, 1), audience)
    return np.asarray(
        world.look_ahead * (GROWTH + GROWTH_FORWARD * ahead)
        + GROWTH_SD * rng.normal(size=audience.size)
    )


def scene_lifts(kinds: npt.NDArray[np.int8]) -> Floats:
    """Return the factors of the five scenes for every account, (n, 5)."""
    return np.asarray(np.exp(np.array([kind.scenes for kind in KINDS]))[kinds])
