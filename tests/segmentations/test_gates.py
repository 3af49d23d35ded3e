import numpy as np
import pytest

from analysis.contingency.counts import AuthorLabelCounts
from analysis.segmentations.gates import (
    Gate,
    chance,
    draw_one_cluster,
    one_cluster,
    persistence,
    structure,
)
from analysis.segmentations.stability import thin
from analysis.segmentations.statistical import CorrespondenceClusters, LatentClasses

FOUR = LatentClasses("dirichlet", numbers=(4,), starts=1)


def halves(counts: AuthorLabelCounts):
    first, second = thin(counts.matrix, np.random.default_rng(0))
    return (
        AuthorLabelCounts(first, counts.authors, counts.labels),
        AuthorLabelCounts(second, counts.authors, counts.labels),
    )


def test_styles_persist(world):
    gate = persistence(*halves(world.counts), FOUR)
    assert gate.opens
    assert gate.observed > 0.4
    assert abs(gate.reference.mean()) < 0.02


@pytest.mark.parametrize("segmenter", [FOUR, CorrespondenceClusters(clusters=4, axes=6)])
def test_nothing_persists_where_labels_ignore_the_author(segmenter, world):
    rng = np.random.default_rng(1)
    share = world.counts.label_totals / world.counts.label_totals.sum()
    totals = world.counts.totals.astype(int)
    first, second = (
        AuthorLabelCounts(
            rng.multinomial(totals // 2 + 5, share), world.counts.authors, world.counts.labels
        )
        for _ in range(2)
    )
    assert abs(persistence(first, second, segmenter).observed) < 0.03


def test_structure_is_seen_where_it_is_and_only_there(world, nothing):
    there = structure(world.counts, components=(4,), replicates=19, authors=300)
    absent = structure(nothing.counts, components=(4,), replicates=5, authors=300)
    assert all(gate.opens for gate in there)
    assert there[0].p_value == pytest.approx(0.05)
    assert not any(gate.observed > 2 * abs(gate.limit) + 50 for gate in absent)
    assert not all(gate.opens for gate in absent)


def test_reference_keeps_activity_and_shares(world):
    drawn = draw_one_cluster(one_cluster(world.counts), world.counts, np.random.default_rng(0))
    assert (drawn.totals == world.counts.totals).all()
    ours, theirs = (c.label_totals / c.label_totals.sum() for c in (drawn, world.counts))
    assert np.abs(ours - theirs).max() < 0.02


def test_gate_counts_the_observed_figure_in():
    assert Gate("x", 1.0, np.zeros(39)).opens
    assert not Gate("x", 1.0, np.zeros(9)).opens
    assert not Gate("x", 0.0, np.zeros(39)).opens


def test_short_halves_are_refused(world):
    first, second = halves(world.counts.select_authors(np.arange(50)))
    with pytest.raises(ValueError, match="authors show 10 labels in both"):
        persistence(first, second, FOUR)


def test_no_method_is_beyond_chance_where_nothing_is(world, nothing):
    chosen = (CorrespondenceClusters(clusters=4, axes=6), LatentClasses("tempered", numbers=(4,)))
    there = chance(chosen, world.counts, replicates=4, authors=1500)
    absent = chance(chosen, nothing.counts, replicates=4, authors=800)
    assert there["BEYOND"].all()
    assert not absent["BEYOND"].any()
    assert (there["OBSERVED"] > absent["OBSERVED"]).all()
