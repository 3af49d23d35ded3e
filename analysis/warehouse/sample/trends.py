"""Seasons, and the rises and pulses that start among some authors and reach others later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.warehouse.sample.activity import WEEKS
from analysis.warehouse.sample.styles import KIND_LETTERS, KINDS
from analysis.warehouse.sample.targets import OBJECT, PATTERN, SHOE, TYPES, labels
from analysis.warehouse.sample.worlds import World

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trend:
    """One planted movement of one label.

    Attributes
    ----------
    kind, label : int and str
        Type number and LABEL_NAME.
    shape : "pulse" or "rise"
    week : float
        Top of the pulse or middle of the rise among the leaders, weeks since 2023-01-01.
    width : float
        Standard deviation of the pulse, or weeks from 12 % to 88 % of the rise divided by 4.
    height : float
        Rate at the top relative to the rate without the movement, minus 1.
    """

    kind: int
    label: str
    shape: str
    week: float
    width: float
    height: float


# Frequent labels or sharp pulses only: a lead on a rare label could not be dated by anybody.
TRENDS = (
    Trend(SHOE, "sneakerslimsole", "rise", 62.0, 2.0, 1.6),
    Trend(SHOE, "sneakerhightop", "pulse", 30.0, 4.0, 2.5),
    Trend(SHOE, "toepointy", "pulse", 66.0, 4.0, 2.5),
    Trend(SHOE, "muleback", "pulse", 72.0, 4.0, 2.2),
    Trend(SHOE, "lugsole", "pulse", 40.0, 4.0, 2.6),
    Trend(SHOE, "closurebuckle", "pulse", 58.0, 3.5, 3.0),
    Trend(SHOE, "sneakersegmented", "pulse", 80.0, 4.0, 2.5),
    Trend(SHOE, "heelchunky", "pulse", 22.0, 4.0, 2.5),
    Trend(PATTERN, "checked", "pulse", 65.0, 3.5, 2.2),
    Trend(PATTERN, "basicdenim", "pulse", 18.0, 4.0, 2.0),
    Trend(OBJECT, "neckwear", "pulse", 56.0, 4.0, 2.5),
    Trend(OBJECT, "belt", "pulse", 36.0, 4.0, 2.8),
    Trend(OBJECT, "bag", "pulse", 70.0, 4.0, 1.0),
    Trend(OBJECT, "hat", "pulse", 76.0, 4.0, 0.9),
)

# Amplitude on the log scale; positive: winter (top in mid December), negative: summer.
_SEASONS = {
    PATTERN: {
        "bigpadded": 1.05,
        "leather": 0.52,
        "fur": 0.55,
        "mohair": 0.60,
        "velvet": 0.50,
        "suede": 0.42,
        "tweed": 0.52,
        "vinyl": 0.36,
        "linen": -0.95,
        "tiedye": -0.62,
        "flowers": -0.58,
        "taffeta": -0.75,
        "stripes": -0.26,
        # Its planted pulse falls into the spring, and summer trousers are few.
        "basicdenim": 0.08,
        "pinstripes": -0.06,
        # Worn on dresses, which are worn in summer: the pattern itself has no season.
        "sequin": 0.12,
        "tulle": 0.15,
    },
    OBJECT: {
        "coat": 0.55,
        "shorts": -0.75,
        "hat": 0.05,
        "dress": -0.30,
        "skirt": -0.20,
        "neckwear": 0.30,
        "eyewear": -0.15,
        "top": -0.05,
        "boat": -0.40,
        "bird": -0.15,
        "kite": -0.30,
        "snowboard": 0.9,
        "skis": 0.9,
        "surfboard": -0.5,
        "umbrella": -0.2,
        "bra": -0.3,
    },
}
_KIND_SEASONS = "e:.45 f:.35 n:.35 j:-.6 i:-.45 k:-.2 d:-.1"


def _season(amplitude: float) -> Floats:
    day = np.arange(WEEKS) * 7.0 + 3.5
    return np.asarray(np.exp(amplitude * np.cos(2 * np.pi * (day + 15.0) / 365.25)))


def movement(trend: Trend, delay: float, factor: float) -> Floats:
    """Return the rate of a trend week by week for authors who follow after ``delay`` weeks."""
    x = (np.arange(WEEKS) - trend.week - delay) / trend.width
    rise = np.exp(-0.5 * x**2) if trend.shape == "pulse" else 1.0 / (1.0 + np.exp(-x))
    return np.asarray(1.0 + factor * trend.height * rise)


def calendar(world: World, number: int) -> Floats:
    """Return the rate of one label by author group and week, (2, 108).

    Row 0 is for the leaders, row 1 for those who follow ``lead_weeks`` later.
    """
    table = labels()
    kind, name = int(table.types[number]), table.names[number]
    season = _season(_SEASONS.get(kind, {}).get(name, 0.0))
    rates = np.stack([season, season])
    for trend in TRENDS:
        if (trend.kind, trend.label) == (kind, name):
            for group, delay in enumerate((0.0, world.lead_weeks)):
                rates[group] *= movement(trend, delay, world.trends)
    return rates


def kind_seasons() -> Floats:
    """Return the rate of each kind of shoe by week, (14, 108)."""
    rates = np.ones((len(KINDS), WEEKS))
    for part in _KIND_SEASONS.split():
        letter, _, amplitude = part.partition(":")
        rates[KIND_LETTERS.index(letter)] = _season(float(amplitude))
    return rates


def planted(world: World) -> list[dict[str, object]]:
    """Return the planted trends as rows of ``truth.leads``."""
    rows: list[dict[str, object]] = []
    for trend in TRENDS:
        if world.trends > 0:
            rows.append(
                {
                    "type": TYPES[trend.kind],
                    "label_name": trend.label,
                    "shape": trend.shape,
                    "week": trend.week,
                    "width": trend.width,
                    "height": trend.height * world.trends,
                    "leaders": world.leaders or "nobody",
                    "lead_weeks": world.lead_weeks if world.leaders else 0.0,
                }
            )
    return rows
