import numpy as np
import pandas as pd
import pytest

from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.phasemap import SIGNS, PhaseMap, phase_map, signs_of
from analysis.segmentations.simulation import World


@pytest.fixture(scope="module")
def charted(world):
    share = world.counts.label_totals / world.counts.label_totals.sum()
    return phase_map(
        share,
        world.counts.totals,
        world.counts.labels,
        worlds=(World(styles=4, separation=0.4), World(styles=4, separation=2.0)),
        breaks={"noisy": World(styles=4, separation=2.0, noise=0.6)},
        authors=350,
        seeds=1,
    )


def test_map_tells_easy_worlds_from_hard_ones(charted):
    optimal = charted.table.groupby("WORLD")["OPTIMAL"].first()
    assert optimal["grid 01"] > optimal["noisy"] > 0.1
    assert optimal["grid 01"] > optimal["grid 00"]
    assert (charted.table["ADJUSTED_RAND"] <= 1).all()
    assert charted.table.groupby("WORLD")["METHOD"].nunique().eq(5).all()


def test_winners_state_lead_and_shortfall(charted):
    winners = charted.winners().set_index("WORLD")
    assert (winners["LEAD"] >= 0).all()
    assert winners.loc["noisy", "BROKEN"] == "noisy"
    assert not winners["CLEAR"].any()  # one seed proves nothing


def test_a_world_is_nearest_to_itself(charted):
    own = charted.table[charted.table["WORLD"] == "grid 01"][list(SIGNS)].iloc[0]
    assert charted.place(own)["WORLD"].iloc[0] == "grid 01"


def test_lead_counts_as_clear_only_beyond_its_error():
    rows = [
        ("w", "", seed, method, score, 1.0, 1, 1, 1, 1)
        for seed, a, b in ((0, 0.9, 0.5), (1, 0.91, 0.5), (2, 0.9, 0.52))
        for method, score in (("a", a), ("b", b))
    ]
    columns = ["WORLD", "BROKEN", "SEED", "METHOD", "ADJUSTED_RAND", "OPTIMAL", *SIGNS]
    (row,) = PhaseMap(pd.DataFrame(rows, columns=columns)).winners().to_dict("records")
    assert row["WINNER"] == "a"
    assert row["CLEAR"]
    assert row["SHORTFALL"] == pytest.approx(1 - np.mean([0.9, 0.91, 0.9]))


def test_signs_need_no_truth(world):
    signs = signs_of(world.counts, Lexicon.of(world.rules))
    assert set(signs) == set(SIGNS)
    assert signs["PERSISTS"] > 0.3
    assert 0 < signs["REACHED"] < 1
