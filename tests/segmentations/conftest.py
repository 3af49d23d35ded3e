"""A small world with five styles, one of which no rule names."""

import numpy as np
import pandas as pd
import pytest

from analysis.randomness import stream
from analysis.segmentations.comparison import Method, fit_all
from analysis.segmentations.followers import FollowerBands
from analysis.segmentations.hybrid import Hybrid
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.simulation import Simulated, World, simulate
from analysis.segmentations.statistical import CorrespondenceClusters

LABELS = tuple(f"{kind}/{i:02d}" for kind in ("shoe", "pattern", "item") for i in range(24))
SMALL = World(styles=5, separation=1.6, overlap=0.15, noise=0.03, rule_quality=0.8)


def draw(world: World, authors: int = 1500, seed: int = 3) -> Simulated:
    """Draw a world from plausible margins."""
    rng = stream(7, "margins")
    base = np.sort(rng.pareto(1.2, len(LABELS)) + 0.2)[::-1].copy()
    totals = np.maximum(3.0, np.exp(4.4 + 0.9 * rng.normal(size=500)))
    return simulate(rng.permutation(base), totals, world, authors=authors, seed=seed, labels=LABELS)


@pytest.fixture(scope="session")
def world() -> Simulated:
    return draw(SMALL)


@pytest.fixture(scope="session")
def nothing() -> Simulated:
    return draw(World(styles=0, concentration=60.0), authors=800)


@pytest.fixture(scope="session")
def few(world):
    lexicon = Lexicon.of(world.rules)
    spread = CorrespondenceClusters(clusters=5, axes=8)
    return (
        Method(FollowerBands(), "today", affordable=True),
        Method(spread, "statistical", other_number=CorrespondenceClusters(clusters=6, axes=8)),
        Method(Hybrid(lexicon, components=7, starts=1), "hybrid", affordable=True),
    )


@pytest.fixture(scope="session")
def features():
    rng = np.random.default_rng(0)
    followers = np.exp(rng.normal(9, 2, 1500))
    return pd.DataFrame({"FOLLOWERS_AUTHORS": followers, "FOLLOWERS_SEGMENTATIONS": followers})


@pytest.fixture(scope="session")
def entries(few, world, features):
    return fit_all(few, world.counts, features)
