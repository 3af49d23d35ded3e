"""Level, power and coverage of what is said about weekly series."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from analysis.randomness import stream
from analysis.trends.crosscorrelation import granger
from analysis.trends.forecast import value_of_lead
from analysis.trends.leadlag import lead_lag
from analysis.trends.visibility import WeeklyCounts, visibility
from analysis.validation.sets import ACCEPTED, over_sets, rates

WEEKS = 107
"""About two years, as the marts hold."""


@dataclass(frozen=True)
class PairWorld:
    """Two panels that wear the same trends, one of them perhaps earlier.

    Attributes
    ----------
    lead : float
        Weeks by which the curve (not the season) is earlier in the edgy panel.
    per_week : float
        Items of a trend a week in the edgy panel; the mainstream panel has eight times as many.
    trends : int
        Trends, each with its own bump, season and straight line.
    bump : float
        Height of the bump in log visibility; 0 leaves nothing to date.
    season : float
        Amplitude of the season in log visibility, on the same dates in both panels.
    slope : float
        Spread of the straight lines in log visibility over the whole time.
    level, gain : float
        Visibility, and height of the bump, of the edgy panel over the other.
    taste : float
        Variance of the authors' relative taste for a trend.
    blocks : (int, int)
        Author blocks of the edgy and the mainstream panel.
    """

    lead: float = 0.0
    per_week: float = 15.0
    trends: int = 10
    bump: float = 1.2
    season: float = 0.4
    slope: float = 0.3
    level: float = 1.0
    gain: float = 1.0
    taste: float = 1.0
    blocks: tuple[int, int] = (64, 128)


def paired_panels(world: PairWorld, seed: int, number: int = 0) -> WeeklyCounts:
    """Draw weekly counts of both panels ("edgy" and "mainstream")."""
    rng = stream(seed, "validation", "panels", number)
    week = np.arange(WEEKS)
    edgy = np.repeat([True, False], world.blocks)
    share = np.where(edgy, 1 / world.blocks[0], 8 / world.blocks[1])
    activity = 2000 * share * rng.lognormal(0, 0.4, edgy.size)
    images = rng.poisson(np.repeat(activity[:, None], WEEKS, axis=1))
    items = np.zeros((edgy.size, world.trends, WEEKS))
    for k in range(world.trends):
        centre, width = rng.uniform(30, WEEKS - 30), 6 * rng.lognormal(0, 0.3)
        sign = rng.choice([-1.0, 1.0], p=[0.2, 0.8])
        phase, slope = rng.uniform(0, 52), rng.normal(0, world.slope, 2)
        wave = world.season * np.cos(2 * np.pi * (week - phase) / 52.18)
        curves = [
            wave
            + slope[side] * week / WEEKS
            + height * sign * world.bump * np.exp(-0.5 * ((week + shift - centre) / width) ** 2)
            for side, (shift, height) in enumerate(((world.lead, world.gain), (0.0, 1.0)))
        ]
        rate = np.where(edgy[:, None], world.level * np.exp(curves[0]), np.exp(curves[1]))
        taste = rng.gamma(1 / world.taste, world.taste, edgy.size)[:, None]
        items[:, k] = rng.poisson(world.per_week / 2000 * rate * taste * images)
    return WeeklyCounts(
        tuple(f"trend {k}" for k in range(world.trends)),
        pd.date_range("2023-01-02", periods=WEEKS, freq="7D"),
        pd.DataFrame({"GROUP": np.where(edgy, "edgy", "mainstream"), "BLOCK": range(edgy.size)}),
        csr_array(items.reshape(edgy.size, -1)),
        images.astype(float),
    )


WORLDS = {
    "lead of 3 weeks": PairWorld(lead=3.0),
    "no lead": PairWorld(),
    "lead of 3 weeks, 5 items a week": PairWorld(lead=3.0, per_week=5.0),
    "no lead, edgy twice as visible, bumps 1.5 times as high": PairWorld(level=2.0, gain=1.5),
    "lead of 3 weeks, edgy twice as visible, bumps 1.5 times as high": PairWorld(
        lead=3.0, level=2.0, gain=1.5
    ),
    "season only": PairWorld(bump=0.0),
}
JUDGED = ("lead of 3 weeks", "no lead")
"""The worlds in which the coverage of the pooled interval is judged; the others ask how far it
holds where trends are rare, panels unlike or nothing moves, with a tenth of the data sets."""


def lead_lag_study(
    seed: int = 0,
    sets: int = 500,
    worlds: dict[str, PairWorld] | None = None,
    replicates: int = 199,
    workers: int | None = None,
) -> pd.DataFrame:
    """Return how well leads are estimated, pooled over trends and one by one.

    Returns
    -------
    DataFrame
        By world: sets, lead (mean), sd, width (mean) and coverage of the pooled interval, claims
        (share of sets that say "leads"), false_claims ("follows", or anything where there is no
        lead); single_coverage, single_width and single_claims over trends; identified trends.
    """
    rows = []
    for name, world in (WORLDS if worlds is None else worlds).items():
        drawn = sets if name in JUDGED else max(1, sets // 10)
        found = pd.DataFrame(over_sets(partial(_lead_set, world, seed, replicates), drawn, workers))
        truth = world.lead
        leads, follows = found["low"] > 0, found["high"] < 0
        coverage = ((found["low"] <= truth) & (truth <= found["high"])).mean()
        rows.append(
            {
                "world": name,
                "truth": truth,
                "judged": name in JUDGED,
                "sets": drawn,
                "lead": found["lead"].mean(),
                "sd": found["lead"].std(),
                "width": (found["high"] - found["low"]).mean(),
                "coverage": coverage,
                "holds": ACCEPTED[0] <= coverage <= ACCEPTED[1],
                "claims": leads.mean(),
                "false_claims": (follows if truth > 0 else leads | follows).mean(),
                "share_leading": found["share_leading"].mean(),
                "single_coverage": found["single_coverage"].mean(),
                "single_width": found["single_width"].mean(),
                "single_claims": found["single_claims"].mean(),
                "identified": found["identified"].mean(),
            }
        )
    return pd.DataFrame(rows)


def visibility_coverage(seed: int = 0, sets: int = 500, workers: int | None = None) -> pd.DataFrame:
    """Return coverage of the intervals of weekly visibility by items a week and taste.

    Items a week differ between data sets by up to 1.6 times either way: coverage of one rate of
    small counts jumps with the counts that the rate makes likely.
    """
    rows = []
    for per_week in (2.0, 15.0, 100.0):
        for taste in (0.5, 2.0):
            world = PairWorld(
                per_week=per_week, taste=taste, trends=1, bump=0.0, season=0.0, slope=0.0
            )
            found = over_sets(partial(_visibility_set, world, seed), sets, workers)
            rows.append((per_week, taste, sets * WEEKS, float(np.mean(found))))
    table = pd.DataFrame(rows, columns=["items_a_week", "taste", "intervals", "coverage"])
    return table.assign(holds=table["coverage"].between(*ACCEPTED), used=True)


def forecast_levels(seed: int = 0, sets: int = 2000, workers: int | None = None) -> pd.DataFrame:
    """Return rejection rates at 5 % of Granger and Clark-West tests of unrelated series."""
    rejected = pd.DataFrame(over_sets(partial(_forecast_set, seed), sets, workers))
    return rates(rejected).reset_index()


def _lead_set(world: PairWorld, seed: int, replicates: int, number: int) -> dict[str, float]:
    counts = paired_panels(world, seed, number)
    found = lead_lag(counts, "edgy", "mainstream", replicates=replicates, seed=number)
    single = found.trends
    holds = (single["LOW"] <= world.lead) & (single["HIGH"] >= world.lead)
    return {
        "lead": found.lead,
        "low": found.low,
        "high": found.high,
        "share_leading": found.share_leading,
        "single_coverage": float(holds.mean()),
        "single_width": float((single["HIGH"] - single["LOW"]).mean()),
        "single_claims": float(((single["LOW"] > 0) | (single["HIGH"] < 0)).mean()),
        "identified": float(single["IDENTIFIED"].mean()),
    }


def _visibility_set(world: PairWorld, seed: int, number: int) -> float:
    factor = np.exp(stream(seed, "validation", "visibility", number).uniform(-0.5, 0.5))
    world = replace(world, per_week=world.per_week * float(factor))
    table = visibility(paired_panels(world, seed, number))
    edgy = table[table["GROUP"] == "edgy"]
    truth = world.per_week / 2000
    return float(((edgy["LOW"] <= truth) & (truth <= edgy["HIGH"])).mean())


def _forecast_set(seed: int, number: int) -> dict[str, bool]:
    rng = stream(seed, "validation", "forecast", number)
    x, y = np.zeros(WEEKS), np.zeros(WEEKS)
    news = rng.normal(size=(2, WEEKS))
    for t in range(1, WEEKS):
        x[t], y[t] = 0.6 * x[t - 1] + news[0, t], 0.6 * y[t - 1] + news[1, t]
    return {
        "Granger, order 1": granger(x, y, 1).p < 0.05,
        "Granger, order 4": granger(x, y, 4).p < 0.05,
        "Clark-West, 1 week ahead": value_of_lead(x, y, horizon=1).test.p < 0.05,
        "Clark-West, 4 weeks ahead": value_of_lead(x, y, horizon=4).test.p < 0.05,
    }
