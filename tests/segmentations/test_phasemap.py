import pandas as pd
import pytest

from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.phasemap import (
    FACTORS,
    GRID,
    SIGNS,
    PhaseMap,
    lead_at,
    phase_map,
    signs_of,
)
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
        broken_seeds=1,
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


def _map(leads: dict[str, tuple[float, ...]]) -> PhaseMap:
    """A map of two methods, the first ahead by so much in each seed of each world."""
    factors = dict.fromkeys(FACTORS, 0.0)
    rows = [
        {
            "WORLD": world,
            "BROKEN": "",
            "SEED": seed,
            "METHOD": method,
            "ADJUSTED_RAND": score,
            "OPTIMAL": 1.0,
            **factors,
            **dict.fromkeys(SIGNS, float(place)),
            "separation": float(place),
        }
        for place, (world, values) in enumerate(leads.items())
        for seed, lead in enumerate(values)
        for method, score in (("hybrid", 0.5 + lead), ("other", 0.5))
    ]
    return PhaseMap(pd.DataFrame(rows))


def test_lead_counts_as_clear_only_beyond_the_spread_over_seeds():
    chart = _map({"a": (0.30, 0.32), "b": (-0.19, -0.21), "c": (0.01, -0.005)})
    winners = chart.winners().set_index("WORLD")
    assert winners["WINNER"].tolist()[:2] == ["hybrid", "other"]
    assert winners["CLEAR"].tolist() == [True, True, False]
    assert winners.loc["a", "LEAD"] == pytest.approx(0.31)
    assert (winners["LOW"] < winners["LEAD"]).all()
    assert winners.loc["b", "SHORTFALL"] == pytest.approx(0.5)


def test_effects_and_place_speak_of_the_hybrid_against_the_best_other():
    chart = _map({"a": (0.3, 0.3), "b": (-0.2, -0.2), "c": (0.1, 0.1)})
    effects = chart.effects().query("FACTOR == 'separation'").set_index("LEVEL")
    assert effects["LEAD"].tolist() == pytest.approx([0.3, -0.2, 0.1])
    near = chart.place(dict.fromkeys(SIGNS, 2.0), nearest=2)
    assert near["WORLD"].tolist() == ["c", "b"]
    lead, low, high = lead_at(near)
    assert lead == pytest.approx(-0.05)
    assert low < lead < high


def test_grid_crosses_all_factors():
    assert len(set(GRID)) == 72
    assert {world.rule_quality for world in GRID} == set(FACTORS["rule_quality"])


def test_signs_need_no_truth(world):
    signs = signs_of(world.counts, Lexicon.of(world.rules))
    assert set(signs) == set(SIGNS)
    assert signs["PERSISTS"] > 0.3
    assert 0 < signs["REACHED"] < 1
