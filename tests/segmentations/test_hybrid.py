import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from analysis.segmentations.hybrid import REST, Hybrid, PairMixture, crossing_trait
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.simulation import World, simulate
from tests.segmentations.conftest import LABELS, SMALL, draw


@pytest.fixture(scope="module")
def fitted(world):
    return Hybrid(Lexicon.of(world.rules), components=8).fit(world.counts)


@pytest.fixture(scope="module")
def found(fitted, world):
    return fitted.assign(world.counts)


def test_recovers_names_and_proposes_the_style_without_a_rule(found, world):
    best = adjusted_rand_score(world.dominant, world.optimal.argmax(axis=1))
    assert adjusted_rand_score(world.dominant, found.posterior.argmax(axis=1)) > best - 0.07
    for style in (1, 2, 3):
        hits = found.codes == found.names.index(f"style {style}")
        planted = world.dominant == style
        assert 2 * (hits & planted).sum() / (hits.sum() + planted.sum()) > 0.8
    (proposal,) = [i for i, s in enumerate(found.segments) if s.kind == "proposed"]
    hits, planted = found.codes == proposal, world.dominant == 4
    assert 2 * (hits & planted).sum() / (hits.sum() + planted.sum()) > 0.7
    assert REST in found.names


def test_probabilities_are_calibrated(found, world):
    style = {f"style {s}": s for s in (1, 2, 3)} | {REST: 0}
    planted = np.array([style.get(name, 4) for name in found.names])
    right = planted[found.posterior.argmax(axis=1)] == world.dominant
    assert found.posterior.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.04)


def test_second_memberships_are_found(found, world):
    second = found.membership - found.posterior
    double = (world.weights > 0).sum(axis=1) > 1
    assert second.max(axis=1)[double].mean() > 3 * second.max(axis=1)[~double].mean()
    assert (found.membership >= found.posterior - 1e-12).all()


def test_same_input_same_answer(fitted, world):
    again = Hybrid(Lexicon.of(world.rules), components=8).fit(world.counts)
    assert again.naming.table.equals(fitted.naming.table)
    assert (again.assign(world.counts).posterior == fitted.assign(world.counts).posterior).all()


def test_authors_without_labels_are_not_judged(fitted, world):
    empty = world.counts.select_authors(np.arange(3))
    empty.matrix.data[:] = 0
    found = fitted.assign(empty)
    assert found.abstained.all()
    assert found.posterior.sum() == 0
    assert found.to_frame()["SEGMENT"].isna().all()


def test_a_rule_that_names_nothing_does_not_make_up_a_segment(world):
    rules = {"elsewhere": ("shoe/zz", "shoe/zy", "shoe/zx", "shoe/zw", "shoe/zv")}
    segments = Hybrid(Lexicon.of(rules), components=6).fit(world.counts).segments
    assert "elsewhere" not in [segment.name for segment in segments]


def test_pairs_join_different_segments_only(fitted):
    pairs = fitted.pairs
    single = pairs.first == pairs.second
    different = pairs.segment[pairs.first] != pairs.segment[pairs.second]
    assert (single | different).all()
    assert np.exp(pairs.log_prior).sum() == pytest.approx(1.0)


def test_without_a_second_segment_there_are_no_pairs(fitted):
    alone = PairMixture.of(fitted.pairs.mixture, np.zeros(8, dtype=np.int64), 0.65)
    assert alone.double == 0.0
    assert len(alone.first) == 8


def test_new_authors_are_assigned(fitted):
    fresh = draw(SMALL, 300, seed=3)  # same styles, other authors
    found = fitted.assign(fresh.counts)
    assert adjusted_rand_score(fresh.dominant, found.posterior.argmax(axis=1)) > 0.6


def test_where_nothing_is_there_it_says_so(nothing):
    rules = {"any": nothing.counts.labels[:6]}
    fitted = Hybrid(Lexicon.of(rules), components=6, starts=1).fit(nothing.counts)
    assert [segment.name for segment in fitted.segments] == [REST]
    found = fitted.assign(nothing.counts)
    assert (found.codes == 0).all()
    ungated = Hybrid(Lexicon.of(rules), components=6, starts=1, gated=False).fit(nothing.counts)
    assert len(ungated.pairs.share) == 6


def test_a_trait_that_crosses_styles_is_found_in_what_splits_them():
    rng = np.random.default_rng(0)
    trait = rng.normal(size=40)
    trait /= np.linalg.norm(trait)
    styles = rng.normal(size=(3, 40))
    lifts = np.concatenate([styles + 2 * trait, styles - 2 * trait])
    lifts += 0.05 * rng.normal(size=lifts.shape)
    names, shares = np.array([0, 1, 2, 0, 1, 2]), np.full(6, 1 / 6)
    assert abs(crossing_trait(lifts, names, shares) @ trait) > 0.99
    assert not crossing_trait(lifts, np.array([0, -1, -1, 0, -1, -1]), shares).any()
    other = rng.normal(size=(6, 40))  # names that differ inside in ways of their own
    assert not crossing_trait(other, names, shares).any()
    other[[0, 3]] = styles[0] + np.outer([9, -9], trait)  # one name that falls far apart
    assert not crossing_trait(other, names, shares).any()


def test_a_strong_trait_splits_no_style():
    rng = np.random.default_rng(1)
    base = rng.uniform(0.5, 1.5, len(LABELS))
    totals = np.exp(4.4 + 0.9 * rng.normal(size=500))
    crossed = World(styles=6, separation=1.4, overlap=0.1, nuisance=0.6)
    drawn = simulate(base, totals, crossed, authors=2500, seed=3, labels=LABELS)
    found = Hybrid(Lexicon.of(drawn.rules), tied={}).fit(drawn.counts).assign(drawn.counts)
    best = adjusted_rand_score(drawn.dominant, drawn.optimal.argmax(axis=1))
    score = adjusted_rand_score(drawn.dominant, found.posterior.argmax(axis=1))
    assert score > best - 0.04
    assert sum(segment.kind == "proposed" for segment in found.segments) == 1
