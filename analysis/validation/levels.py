"""Level and power of the tests of association.

Every test is run on data sets in which groups are unrelated to taste: once with groups alike in
activity, once with groups two to three times as active as the rest, as the follower bands are.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.contingency import distances
from analysis.contingency.association import pearson_test
from analysis.contingency.counts import (
    AuthorLabelCounts,
    Floats,
    Sparse,
    as_sparse,
    contingency_table,
    scale_rows,
)
from analysis.contingency.multiplicity import adjust_p_values
from analysis.contingency.permutation import (
    Statistic,
    activity_blocks,
    between_groups,
    chi_squared,
    permutation_p_value,
    permute_authors,
)
from analysis.contingency.rao_scott import rao_scott
from analysis.contingency.stratified import blockwise_tests, presence
from analysis.segmentations.telling import telling_labels
from analysis.validation.sets import over_sets, rates
from analysis.validation.worlds import ALIKE, UNLIKE, Sample, World

DAMPING = 300.0
LEAST_LABELS = 20
LEAST_AUTHORS = 100
PERMUTATIONS = 199
FEWER_PERMUTATIONS = 99

USED = {
    "permutation in blocks: damped counts",
    "permutation in blocks: equal profiles",
    "permutation in blocks: Hellinger",
    "permutation in blocks: first axis",
    "Rao-Scott, second order: damped counts",
    "single labels in blocks: damped counts",
    "single labels in blocks: damped counts, any after Benjamini-Hochberg",
    "single labels in blocks: presence",
    "single labels in blocks: presence, any after Benjamini-Hochberg",
}
"""The tests that the report relies on; the others are there to show why not they."""
TELLING = "log odds of all groups"
"""How the report finds the labels that tell groups apart."""


def rejections(sample: Sample, seed: int) -> dict[str, float]:
    """Return, by test, 1 where it rejects at 5 %, 0 where not (a share for single labels)."""
    counts = sample.counts.without_empty_labels()
    grouping = sample.grouping
    blocks = activity_blocks(counts.totals)
    result: dict[str, float] = {}
    table = contingency_table(counts, grouping)
    result["Pearson on label rows"] = float(pearson_test(table).p_value <= 0.05)
    for damping, name in ((DAMPING, "damped counts"), (np.inf, "counts")):
        test = rao_scott(counts, grouping, damping=damping)
        if damping == DAMPING:
            result["Rao-Scott, first order: damped counts"] = float(test.p_first_order <= 0.05)
        result[f"Rao-Scott, second order: {name}"] = float(test.p_value <= 0.05)
    enough = (counts.totals >= LEAST_LABELS).astype(np.float64)
    features = as_sparse(
        sparse.hstack(
            [
                counts.matrix,
                counts.damped(DAMPING),
                scale_rows(counts.profiles(), enough),
                distances.hellinger(counts),
                presence(counts),
            ]
        )
    )
    names = ("counts", "damped counts", "equal profiles", "Hellinger", "presence", "first axis")
    statistic = _statistics(counts.n_labels, between_groups(grouping.sizes))
    for where, strata in (("of all authors", None), ("in blocks", blocks)):
        observed, null = permute_authors(
            features,
            grouping,
            statistic,
            permutations=PERMUTATIONS if strata is not None else FEWER_PERMUTATIONS,
            blocks=strata,
            seed=seed,
            stage=f"validation/{where}",
            workers=1,
        )
        p_values = permutation_p_value(observed, null)
        for name, p_value in zip(names, p_values, strict=True):
            result[f"permutation {where}: {name}"] = float(p_value <= 0.05)
    common = counts.authors_by_label >= LEAST_AUTHORS
    for name, values in _single(counts).items():
        p = blockwise_tests(values, counts.labels, grouping, blocks).labels["p_value"][common]
        result[f"single labels in blocks: {name}"] = float((p <= 0.05).mean())
        result[f"single labels in blocks: {name}, any after Benjamini-Hochberg"] = float(
            (adjust_p_values(p.to_numpy()) <= 0.05).any()
        )
    return result


def level_study(seed: int = 0, sets: int = 2000, workers: int | None = None) -> pd.DataFrame:
    """Return rejection rates at 5 % where nothing is to be found.

    Returns
    -------
    DataFrame
        ``test``, ``groups`` ("alike" or "unlike" in activity), ``sets``, ``rate``, ``band_low``,
        ``band_high``, ``holds`` and ``used`` (the report relies on the test).
    """
    parts = []
    for world in (ALIKE, UNLIKE):
        run = partial(_rejections_of, world, seed)
        table = rates(pd.DataFrame(over_sets(run, sets, workers))).reset_index()
        parts.append(table.assign(groups=world.name))
    result = pd.concat(parts, ignore_index=True)
    return result.assign(used=result["test"].isin(USED))


def power_study(
    seed: int = 0,
    sets: int = 200,
    odds: tuple[float, ...] = (1.1, 1.3, 1.6, 2.0, 3.0),
    workers: int | None = None,
) -> pd.DataFrame:
    """Return power against the odds by which two groups prefer a style.

    Groups differ in activity as well. ``cramers_v`` is the population's, of damped counts.
    """
    parts = []
    for value in odds:
        world = replace(UNLIKE, name=f"odds {value:g}", style_odds=value)
        run = partial(_rejections_of, world, seed)
        power = pd.DataFrame(over_sets(run, sets, workers)).mean().rename("power")
        power = power[[test for test in power.index if test in USED]]
        table = power.rename_axis("test").reset_index()
        parts.append(table.assign(odds=value, cramers_v=world.cramers_v(DAMPING), sets=sets))
    return pd.concat(parts, ignore_index=True)


def discovery_study(
    seed: int = 0,
    sets: int = 500,
    shifts: tuple[float, ...] = (0.0, 0.25, 0.5),
    workers: int | None = None,
) -> pd.DataFrame:
    """Return false discovery rate and power of single-label tests when some labels differ.

    In "edgy", five labels gain what five others lose; all other labels stay as they are, while
    the groups differ in activity. Nominal rate: 5 % of the discoveries; where no label differs
    (shift 0), the share of data sets with any discovery.
    """
    parts = []
    for shift in shifts:
        world = replace(UNLIKE, name=f"shift {shift:g}", shifted_pairs=5, shift=shift)
        rows = pd.DataFrame(over_sets(partial(_discoveries, world, seed), sets, workers))
        summary = rows.mean().rename("value").rename_axis("quantity").reset_index()
        split = summary["quantity"].str.split(": ", n=1, expand=True)
        parts.append(
            pd.DataFrame(
                {
                    "values": split[0],
                    "quantity": split[1],
                    "value": summary["value"],
                    "shift": shift,
                    "sets": sets,
                    "used": split[0].isin([TELLING, "damped counts"]),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _single(counts: AuthorLabelCounts) -> dict[str, Sparse]:
    """Return the values that single-label tests may compare; plain shares have heavy tails."""
    return {
        "shares": counts.profiles(),
        "damped counts": counts.damped(DAMPING),
        "presence": presence(counts),
    }


def _rejections_of(world: World, seed: int, number: int) -> dict[str, float]:
    return rejections(world.draw(number, seed), number)


def _discoveries(world: World, seed: int, number: int) -> dict[str, float]:
    sample = world.draw(number, seed)
    counts = sample.counts
    blocks = activity_blocks(counts.totals)
    common = counts.authors_by_label >= LEAST_AUTHORS
    differs = np.zeros(counts.n_labels, dtype=bool)
    differs[world.shifted_labels] = world.shift > 0
    result: dict[str, float] = {}
    for name, values in _single(counts).items():
        p = blockwise_tests(values, counts.labels, sample.grouping, blocks).labels["p_value"]
        for method in ("bh", "by"):
            found = adjust_p_values(p.to_numpy()[common], method) <= 0.05
            false = found & ~differs[common]
            result[f"{name}: false discovery rate ({method})"] = float(
                false.sum() / max(1, found.sum())
            )
            result[f"{name}: power ({method})"] = float(
                (found & differs[common]).sum() / max(1, (differs & common).sum())
            )
    telling = telling_labels(counts, sample.grouping)
    true = telling["label"].isin(np.array(counts.labels)[differs]).to_numpy()
    q = telling["q"].to_numpy() <= 0.05
    result[f"{TELLING}: false discovery rate (bh)"] = float((q & ~true).sum() / max(1, q.sum()))
    result[f"{TELLING}: power (bh)"] = float((q & true).sum() / max(1, true.sum()))
    return result


def _statistics(labels: int, between: Statistic) -> Statistic:
    """Return all permutation statistics of stacked feature blocks, one column each."""

    def statistic(tables: Floats) -> Floats:
        counts, damped, equal, hellinger, used = (
            tables[..., k * labels : (k + 1) * labels] for k in range(5)
        )
        total = damped.sum(axis=(-2, -1), keepdims=True)
        rows = damped.sum(axis=-1, keepdims=True) / total
        columns = damped.sum(axis=-2, keepdims=True) / total
        residual = (damped / total - rows * columns) / np.sqrt(rows * columns)
        cross = residual @ np.swapaxes(residual, -1, -2)
        values = [
            chi_squared(counts),
            chi_squared(damped),
            chi_squared(equal),
            between(hellinger),
            chi_squared(used),
            np.linalg.eigvalsh(cross)[..., -1],
        ]
        return np.stack(values, axis=-1)

    return statistic
