"""Bootstrap of correspondence analysis: blocks, alignment, ellipses, replicates, intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.contingency.bootstrap import author_weights, interval
from analysis.contingency.ca_bootstrap import (
    AxisBootstrap,
    CrossProductBlocks,
    bootstrap_axes,
    deal_blocks,
)
from analysis.contingency.correspondence import CrossProduct, correspondence_analysis_from
from analysis.contingency.counts import AuthorLabelCounts


@pytest.fixture(scope="module")
def boot(world: AuthorLabelCounts) -> AxisBootstrap:
    blocks = CrossProductBlocks.of(world, n_blocks=128, damping=100.0)
    return bootstrap_axes(blocks, 3, replicates=400, seed=2)


def test_blocks_are_balanced_in_activity() -> None:
    totals = np.random.default_rng(0).lognormal(4.6, 1.4, 20_000)
    blocks = deal_blocks(totals, 512)
    sizes = np.bincount(blocks)
    assert sizes.max() - sizes.min() <= 1
    load = np.bincount(blocks, weights=totals)
    hashed = np.bincount(np.random.default_rng(1).permutation(blocks), weights=totals)
    assert load.std() / load.mean() < 0.6 * hashed.std() / hashed.mean()


def test_blocks_sum_to_the_cross_product(world: AuthorLabelCounts) -> None:
    for damping in (np.inf, 100.0):
        blocks = CrossProductBlocks.of(
            world, n_blocks=32, damping=damping, supplementary=world.labels[:2]
        )
        whole = CrossProduct.of(world, damping=damping, supplementary=world.labels[:2])
        summed = blocks.weighted(np.ones(32))
        np.testing.assert_allclose(summed.matrix, whole.matrix, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(summed.totals, whole.totals)
        np.testing.assert_array_equal(summed.active, whole.active)


def test_pairs_summed_elsewhere_are_the_same_blocks(world: AuthorLabelCounts) -> None:
    own = CrossProductBlocks.of(world, n_blocks=8)
    size = len(own.labels)
    block, place = np.nonzero(own.triangles)
    first, second = (ends[place] for ends in np.triu_indices(size))
    pairs = pd.DataFrame(
        {
            "BLOCK": block,
            "LABEL_A": first,
            "LABEL_B": second,
            "PRODUCT": own.triangles[block, place],
        }
    ).sample(frac=1, random_state=3)
    read = CrossProductBlocks.from_long(pairs, own.labels, n_blocks=8)
    np.testing.assert_array_equal(read.triangles, own.triangles)
    np.testing.assert_allclose(read.totals, own.totals, rtol=1e-9)
    for name, value in (("BLOCK", 8), ("LABEL_B", size), ("LABEL_A", size)):
        bad = pairs.head(1).assign(LABEL_B=0).assign(**{name: value})
        with pytest.raises(ValueError, match="8 blocks"):
            CrossProductBlocks.from_long(bad, own.labels, n_blocks=8)


def test_a_block_left_out_is_its_authors_left_out(world: AuthorLabelCounts) -> None:
    blocks = CrossProductBlocks.of(world, n_blocks=32)
    weights = np.ones(32)
    weights[5] = 0
    kept = deal_blocks(world.totals, 32) != 5
    direct = CrossProduct.of(world.select_authors(kept))
    np.testing.assert_allclose(blocks.weighted(weights).matrix, direct.matrix, atol=1e-9)


def test_block_and_ordinary_bootstrap_agree(world: AuthorLabelCounts, boot: AxisBootstrap) -> None:
    """400 of each: standard errors differ by sampling (5 %) and by blocks (6 %) only."""
    ordinary = bootstrap_axes(world, 3, replicates=400, damping=100.0, seed=9)
    used = boot.fit.columns.mass > 0.005
    ratio = np.log(boot.standard_errors() / ordinary.standard_errors()).loc[used[used].index]
    assert abs(ratio.to_numpy().mean()) < 0.06
    assert np.sqrt((ratio.iloc[:, :2].to_numpy() ** 2).mean()) < 0.15


def test_replicates_do_not_depend_on_workers_or_number(world: AuthorLabelCounts) -> None:
    blocks = CrossProductBlocks.of(world, n_blocks=64)
    one = bootstrap_axes(blocks, 3, replicates=60, seed=4, workers=1)
    many = bootstrap_axes(blocks, 3, replicates=60, seed=4, workers=4)
    np.testing.assert_array_equal(one.coordinates, many.coordinates)
    fewer = bootstrap_axes(blocks, 3, replicates=25, seed=4)
    np.testing.assert_array_equal(fewer.coordinates, one.coordinates[:25])


def test_alignment_keeps_flips_out_of_the_ellipses(
    world: AuthorLabelCounts, boot: AxisBootstrap
) -> None:
    blocks = CrossProductBlocks.of(world, n_blocks=128, damping=100.0)
    raw = []
    for weights in author_weights(128, range(100), 2, "ca_bootstrap", "poisson"):
        fit = correspondence_analysis_from(blocks.weighted(weights), 3)
        raw.append(fit.columns.coordinates.reindex(list(boot.labels)).to_numpy())
    loose = np.nanstd(np.array(raw), axis=0)
    assert (boot.standard_errors().to_numpy() <= loose * 1.15).mean() > 0.9
    centre = np.nanmean(boot.coordinates, axis=0)
    assert stats.spearmanr(centre[:, 0], boot.estimate[1]).statistic > 0.98


def test_ellipses_hold_their_share_of_replicates(boot: AxisBootstrap) -> None:
    ellipses = boot.ellipses((1, 2))
    assert (ellipses["semi_major"] >= ellipses["semi_minor"]).all()
    inside = []
    for k, label in enumerate(boot.labels):
        e = ellipses.loc[label]
        cloud = boot.coordinates[:, k, :2] - np.nanmean(boot.coordinates[:, k, :2], axis=0)
        along = cloud @ [np.cos(e["angle"]), np.sin(e["angle"])]
        across = cloud @ [-np.sin(e["angle"]), np.cos(e["angle"])]
        radius = (along / e["semi_major"]) ** 2 + (across / e["semi_minor"]) ** 2
        inside.append((radius <= 1).mean())
    assert 0.92 < np.mean(inside) < 0.97
    outline = boot.outlines((1, 2), points=9).groupby("label")
    first, last = outline.first(), outline.last()
    np.testing.assert_allclose(first[["x", "y"]], last[["x", "y"]])
    smaller = boot.ellipses((1, 2), level=0.5)
    assert (smaller["semi_major"] < ellipses["semi_major"]).all()


def test_every_replicate_is_kept(boot: AxisBootstrap) -> None:
    long = boot.replicates()
    assert len(long) == boot.coordinates.size
    one = long.query("replicate == 7 and axis == 2").set_index("label")["coordinate"]
    np.testing.assert_array_equal(one.loc[list(boot.labels)], boot.coordinates[7, :, 1])


def test_a_label_missing_from_replicates_is_missing_there() -> None:
    """One author carries a label: about exp(-1) of the replicates lack it."""
    rng = np.random.default_rng(1)
    wide = rng.integers(1, 9, (60, 4)).astype(float)
    wide[:, 3] = 0
    wide[0, 3] = 6
    counts = AuthorLabelCounts.from_wide(pd.DataFrame(wide, columns=list("abcd")))
    for aside in ((), ("d",)):
        blocks = CrossProductBlocks.of(counts, n_blocks=60, supplementary=aside)
        found = bootstrap_axes(blocks, 2, replicates=300)
        lacking = np.isnan(found.coordinates[:, found.labels.index("d"), 0]).mean()
        assert 0.28 < lacking < 0.46
        assert found.ellipses().loc["d", "replicates"] == round(300 * (1 - lacking))


def test_weights_are_those_of_their_replicate() -> None:
    few, more = (author_weights(50, range(n), 3, "s") for n in (2, 5))
    np.testing.assert_array_equal(few, more[:2])
    assert (more.sum(axis=1) == 50).all()
    poisson = author_weights(4000, [1], 3, "s", "poisson")
    assert poisson.mean() == pytest.approx(1, abs=0.06)
    assert poisson.var() == pytest.approx(1, abs=0.1)


def test_intervals_against_scipy() -> None:
    sample = np.random.default_rng(3).lognormal(0, 1, 80)
    draws = author_weights(80, range(4000), 1, "t") @ sample / 80
    jackknife = (sample.sum() - sample) / 79
    for kind, name in {"percentile": "percentile", "basic": "basic", "bca": "BCa"}.items():
        theirs = stats.bootstrap(
            (sample,), np.mean, n_resamples=9999, method=name, rng=np.random.default_rng(0)
        ).confidence_interval
        low, high = interval(draws, sample.mean(), kind, jackknife=jackknife)
        assert low == pytest.approx(theirs.low, rel=0.04)
        assert high == pytest.approx(theirs.high, rel=0.04)
    both = interval(np.stack([draws, 2 * draws], axis=1), np.array([1.0, 2.0]) * sample.mean())
    np.testing.assert_allclose(both[0][1], 2 * both[0][0])
    with pytest.raises(ValueError, match="jackknife"):
        interval(draws, sample.mean(), "bca")
