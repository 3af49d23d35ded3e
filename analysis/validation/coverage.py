"""Coverage of the intervals that the report prints.

Each study draws data sets from populations whose true value is known or computed without
simulation error that would matter, and counts how often a 95 % interval holds it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import pandas as pd

from analysis.contingency.association import association
from analysis.contingency.bootstrap import IntervalKind, author_weights, interval
from analysis.contingency.ca_bootstrap import CrossProductBlocks, bootstrap_axes
from analysis.contingency.correspondence import CrossProduct, correspondence_analysis_from
from analysis.contingency.counts import Floats
from analysis.contingency.effects import log_odds, presence_lifts, share_lifts
from analysis.contingency.permutation import activity_blocks
from analysis.contingency.stratified import presence_odds_ratios
from analysis.contingency.svd import procrustes_rotation
from analysis.validation.sets import ACCEPTED, over_sets
from analysis.validation.worlds import ALIKE, GROUPS, UNLIKE, World

DAMPING = 300.0
GROUP = GROUPS[1]
_POPULATION_PARTS = 12
STYLED = replace(UNLIKE, name="styled", style_odds=2.0)
"""Groups that differ in activity and in taste."""


def association_coverage(
    seed: int = 0,
    sets: int = 500,
    odds: tuple[float, ...] = (1.0, 1.6, 2.5),
    workers: int | None = None,
) -> pd.DataFrame:
    """Return coverage of Cramer's V and mutual information (permutation-centred).

    At odds 1 the truth is 0, the end of the scale: an interval that holds it reaches down to it,
    so coverage ``holds`` there from 0.93 upwards.
    """
    parts = []
    for groups in (ALIKE, UNLIKE):
        for value in odds:
            world = replace(groups, name=f"{groups.name}, odds {value:g}", style_odds=value)
            rows = pd.concat(over_sets(partial(_association, world, seed), sets, workers))
            table = covered(rows, ["quantity", "damping"])
            parts.append(
                table.assign(groups=groups.name, odds=value, used=table["damping"] == DAMPING)
            )
    table = judged(pd.concat(parts, ignore_index=True))
    at_zero = (table["odds"] == 1) & (table["coverage"] >= ACCEPTED[0])
    return table.assign(
        holds=table["holds"] | at_zero, verdict=table["verdict"].mask(at_zero, "holds")
    )


def effect_coverage(seed: int = 0, sets: int = 500, workers: int | None = None) -> pd.DataFrame:
    """Return coverage of lifts and log odds by the expected number of authors with the label.

    Rates are over all labels of a class in all data sets; classes are "0-2", "3-9", "10-19" and
    "20+" authors of the group.
    """
    rows = pd.concat(over_sets(partial(_effects, STYLED, seed), sets, workers))
    table = covered(rows, ["quantity", "events"])
    null = pd.concat(over_sets(partial(_odds_ratios, UNLIKE, seed), max(1, sets // 5), workers))
    table = pd.concat([table, covered(null, ["quantity", "events"])], ignore_index=True)
    table["used"] = table["events"].isin(["all", "10-19", "20+"])
    return judged(table)


def ellipse_coverage(
    seed: int = 0, sets: int = 500, replicates: int = 200, workers: int | None = None
) -> pd.DataFrame:
    """Return coverage of bootstrap confidence ellipses on the first two axes.

    The truth is the analysis of the population's expected cross-product, rotated onto the axes
    of each data set as the replicates are.
    """
    run = partial(_ellipses, STYLED, seed, replicates)
    rows = pd.concat(over_sets(run, sets, workers))
    return judged(covered(rows, ["quantity", "events"]).assign(used=True))


def interval_coverage(
    seed: int = 0, sets: int = 500, replicates: int = 999, workers: int | None = None
) -> pd.DataFrame:
    """Return coverage of percentile, basic and BCa intervals of a group's label share.

    Ordinary bootstrap of the group's authors; of plain counts, whose share a few very active
    authors carry, and of damped ones.
    """
    run = partial(_intervals, STYLED, seed, replicates)
    rows = pd.concat(over_sets(run, sets, workers))
    table = covered(rows, ["quantity", "events"])
    used = table["quantity"] == "label share of damped counts, percentile"
    return judged(table.assign(used=used))


def bootstrap_agreement(
    seed: int = 0,
    replicates: int = 600,
    authors: int = 12_000,
    workers: int | None = None,
) -> pd.DataFrame:
    """Compare the block Poisson bootstrap of CA with the ordinary one, by number of blocks.

    Returns
    -------
    DataFrame
        By number of blocks: root mean square of log ratios of standard errors, their median ratio
        and the largest deviation of 95 % of the points; ``blocks`` 0 compares two ordinary runs.
    """
    sample = STYLED.draw(0, seed, authors=authors)
    counts = sample.counts.without_empty_labels()
    rare = [
        label
        for label, users in zip(counts.labels, counts.authors_by_label, strict=True)
        if users < 200
    ]
    plain = partial(
        bootstrap_axes,
        counts,
        4,
        replicates=replicates,
        damping=DAMPING,
        supplementary=rare,
        seed=seed,
        workers=workers,
    )
    ordinary = plain(stage="ordinary")
    standard = ordinary.standard_errors().loc[ordinary.fit.columns.mass.index]
    rows = []
    for n_blocks in (0, 128, 256, 512, 1024):
        if n_blocks:
            blocks = CrossProductBlocks.of(
                counts, n_blocks=n_blocks, damping=DAMPING, supplementary=rare
            )
            other = bootstrap_axes(
                blocks, 4, replicates=replicates, seed=seed, stage="blocks", workers=workers
            )
        else:
            other = plain(stage="again")
        errors = other.standard_errors().loc[standard.index]
        logs = np.log(errors.to_numpy() / standard.to_numpy())
        rows.append(
            {
                "blocks": n_blocks,
                "rms_log_ratio": float(np.sqrt((logs**2).mean())),
                "median_ratio": float(np.exp(np.median(logs))),
                "deviation_95": float(np.quantile(np.abs(logs), 0.95)),
                "deviation_max": float(np.abs(logs).max()),
            }
        )
    return pd.DataFrame(rows)


def _association(world: World, seed: int, number: int) -> pd.DataFrame:
    sample = world.draw(number, seed)
    blocks = activity_blocks(sample.counts.totals)
    rows = []
    for damping in (DAMPING, np.inf):
        found = association(
            sample.counts,
            sample.grouping,
            blocks=blocks,
            damping=damping,
            permutations=199,
            replicates=299,
            seed=number,
            workers=1,
        )
        for quantity, limits, truth in (
            ("Cramer's V", found.cramers_v_interval, world.cramers_v(damping)),
            ("mutual information", found.information_interval, world.information_bits(damping)),
        ):
            rows.append((quantity, damping, truth, *limits))
    return pd.DataFrame(rows, columns=["quantity", "damping", "truth", "low", "high"])


def _effects(world: World, seed: int, number: int) -> pd.DataFrame:
    sample = world.draw(number, seed)
    counts, grouping = sample.counts, sample.grouping
    used, base = _presence(world), np.asarray(world.group_shares)
    own, others = _profiles(world)
    odds = np.log(own / (1 - own)) - np.log(others / (1 - others))
    presence_table = presence_lifts(counts, grouping, GROUP)
    share_table = share_lifts(counts, grouping, GROUP, damping=DAMPING)
    odds_table = log_odds(counts, grouping, GROUP, damping=DAMPING)
    expected = used[1] * grouping.sizes[1]
    events = pd.cut(expected, [0, 3, 10, 20, np.inf], labels=["0-2", "3-9", "10-19", "20+"])
    parts = []
    for quantity, truth, table in (
        ("presence lift", used[1] / (base @ used), presence_table),
        ("share lift", own / others, share_table),
        ("log odds", odds, odds_table),
    ):
        frame = table[["low", "high"]].assign(truth=truth, events=events.astype(str))
        parts.append(frame.assign(quantity=quantity))
    return pd.concat(parts).dropna()


def _odds_ratios(world: World, seed: int, number: int) -> pd.DataFrame:
    sample = world.draw(number, seed)
    blocks = activity_blocks(sample.counts.totals)
    table = presence_odds_ratios(sample.counts, sample.grouping, GROUP, blocks)
    return table.assign(
        quantity="presence odds ratio given activity, null", events="all", truth=1.0
    ).dropna()


def _ellipses(world: World, seed: int, replicates: int, number: int) -> pd.DataFrame:
    counts = world.draw(number, seed).counts.without_empty_labels()
    users = counts.authors_by_label
    rare = [label for label, n in zip(counts.labels, users, strict=True) if n < 200]
    blocks = CrossProductBlocks.of(counts, n_blocks=512, damping=DAMPING, supplementary=rare)
    boot = bootstrap_axes(blocks, 4, replicates=replicates, seed=number, workers=1)
    truth = _population_axes(world, seed)
    shared = [name for name in boot.fit.columns.mass.index if name in truth.index]
    fixed = boot.estimate.loc[shared].to_numpy()
    moving = truth.loc[shared].to_numpy()
    mass = np.asarray(boot.fit.columns.mass.loc[shared], dtype=np.float64)
    turned = truth.to_numpy() @ procrustes_rotation(moving, fixed, mass)
    turned_at = pd.DataFrame(turned, index=truth.index)
    ellipses = boot.ellipses((1, 2))
    rows = []
    for label in shared:
        e, gap = ellipses.loc[label], turned_at.loc[label].to_numpy()[:2]
        gap = gap - e[["x", "y"]].to_numpy(dtype=np.float64)
        turn = np.array([np.cos(e["angle"]), np.sin(e["angle"])])
        along, across = gap @ turn, gap @ np.array([-turn[1], turn[0]])
        radius = (along / e["semi_major"]) ** 2 + (across / e["semi_minor"]) ** 2
        rows.append(("ellipse of a label, axes 1 and 2", "200+ authors", radius, 0.0, 1.0))
    return pd.DataFrame(rows, columns=["quantity", "events", "truth", "low", "high"])


def _intervals(world: World, seed: int, replicates: int, number: int) -> pd.DataFrame:
    sample = world.draw(number, seed)
    own = sample.counts.select_authors(sample.grouping.codes == 1)
    labels = np.argsort(-world.group_profiles[1])[[0, 10, 25]]
    weights = author_weights(own.n_authors, range(replicates), number, "validation/interval")
    truth = world.group_profiles[1, labels]
    kinds: tuple[IntervalKind, ...] = ("percentile", "basic", "bca")
    parts = []
    for name, damping in (("counts", np.inf), ("damped counts", DAMPING)):
        rows = own.damped(damping).toarray()
        size, rows = rows.sum(axis=1), rows[:, labels]
        draws = (weights @ rows) / (weights @ size)[:, None]
        estimate = rows.sum(axis=0) / size.sum()
        left_out = (rows.sum(axis=0) - rows) / (size.sum() - size)[:, None]
        for kind in kinds:
            low, high = interval(draws, estimate, kind, jackknife=left_out)
            frame = pd.DataFrame({"truth": truth, "low": low, "high": high})
            parts.append(frame.assign(quantity=f"label share of {name}, {kind}", events="20+"))
    return pd.concat(parts)


@lru_cache(maxsize=4)
def _population_axes(world: World, seed: int) -> pd.DataFrame:
    """Return label coordinates of a very large sample: the population's, to 1 % of an ellipse."""
    parts = [world.draw(-1 - k, seed, authors=25_000).counts for k in range(_POPULATION_PARTS)]
    crosses = [CrossProduct.of(part, damping=DAMPING) for part in parts]
    whole = CrossProduct(
        np.sum([cross.matrix for cross in crosses], axis=0),
        np.sum([cross.totals for cross in crosses], axis=0),
        parts[0].labels,
    )
    return correspondence_analysis_from(whole, 4).columns.coordinates


@lru_cache(maxsize=4)
def _presence(world: World) -> Floats:
    return world.presence()


@lru_cache(maxsize=4)
def _profiles(world: World) -> tuple[Floats, Floats]:
    """Return the label profiles of the group and of all others, by damped mass."""
    mass = world.masses(DAMPING)
    others = np.delete(world.group_profiles, 1, axis=0)
    rest = np.delete(mass, 1)
    return world.group_profiles[1], rest @ others / rest.sum()


def covered(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return by class how many intervals hold the truth and on which side the others miss."""
    below, above = rows["high"] < rows["truth"], rows["low"] > rows["truth"]
    frame = rows[by].assign(coverage=~(below | above), too_low=below, too_high=above, intervals=1)
    result = frame.groupby(by, sort=False).agg(
        intervals=("intervals", "sum"),
        coverage=("coverage", "mean"),
        too_low=("too_low", "mean"),
        too_high=("too_high", "mean"),
    )
    return result.reset_index()


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """Add ``holds`` and a ``verdict``: "holds", "conservative" (covers too often), "too short"."""
    low, high = ACCEPTED
    coverage = table["coverage"]
    verdict = np.select([coverage < low, coverage > high], ["too short", "conservative"], "holds")
    return table.assign(holds=verdict == "holds", verdict=verdict)
