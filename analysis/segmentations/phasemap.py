"""Which method wins in which world, and where the source at hand lies.

Worlds are drawn from the source's own margins over a grid of what cannot be chosen there, and with
single breaks of what the models assume. The source is placed among them by figures that need no
truth: labels per author, how many authors the rules reach, how far segments persist between random
halves of an author's labels, and what they foretell of held-out labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.parallel import Parallel, delayed

from analysis.contingency.counts import AuthorLabelCounts, Floats
from analysis.randomness import stream
from analysis.segmentations.foresight import saved_nats
from analysis.segmentations.hybrid import Hybrid
from analysis.segmentations.interface import Segmenter
from analysis.segmentations.lexicon import Lexicon, vote
from analysis.segmentations.simulation import Simulated, World, simulate
from analysis.segmentations.stability import thin
from analysis.segmentations.statistical import CorrespondenceClusters, LatentClasses
from analysis.segmentations.supervised import WeakStyles
from analysis.segmentations.unsupervised import FactorClusters

SIGNS = ("LABELS", "REACHED", "PERSISTS", "FORETOLD")
"""What places a source among worlds without any truth."""

BASE = World(separation=1.2)
GRID = tuple(
    World(separation=separation, activity=activity, rule_quality=quality)
    for separation in (0.6, 1.0, 1.5)
    for activity in (0.4, 1.0)
    for quality in (0.4, 0.8)
)
BREAKS: Mapping[str, World] = {
    "nothing broken": BASE,
    "many with two styles": replace(BASE, overlap=0.4),
    "noisy detectors": replace(BASE, noise=0.35),
    "labels tied within items": replace(BASE, tied=5),
    "a strong crossing trait": replace(BASE, nuisance=0.6),
    "heavy tails of taste": replace(BASE, tails=1.0),
    "styles that drift": replace(BASE, drift=0.4),
}


@dataclass(frozen=True)
class PhaseMap:
    """Methods in worlds.

    Attributes
    ----------
    table : DataFrame
        One row per world, seed and method: WORLD, BROKEN (name of the break, "" on the grid), the
        world's parameters, SEED, METHOD, ADJUSTED_RAND, OPTIMAL (of the classifier that knows the
        parameters), and the signs LABELS (median per author), REACHED (authors with a vote),
        PERSISTS and FORETOLD (of overdispersed classes).
    """

    table: pd.DataFrame = field(repr=False)

    def winners(self) -> pd.DataFrame:
        """Return by world the best method, its mean and lead, and the shortfall from optimal.

        A win is CLEAR if the lead over the second exceeds twice its standard error over seeds.
        """
        rows = []
        for world, part in self.table.groupby("WORLD", sort=True):
            wide = part.pivot_table("ADJUSTED_RAND", "SEED", "METHOD")
            order = wide.mean().sort_values(ascending=False)
            lead = wide[order.index[0]] - wide[order.index[1]]
            error = float(lead.std(ddof=1) / np.sqrt(len(lead))) if len(lead) > 1 else np.inf
            optimal = float(part["OPTIMAL"].mean())
            rows.append(
                {
                    "WORLD": world,
                    "BROKEN": part["BROKEN"].iloc[0],
                    "WINNER": order.index[0],
                    "ADJUSTED_RAND": float(order.iloc[0]),
                    "SECOND": order.index[1],
                    "LEAD": float(lead.mean()),
                    "CLEAR": bool(lead.mean() > 2 * error),
                    "OPTIMAL": optimal,
                    "SHORTFALL": optimal - float(order.iloc[0]),
                }
            )
        return pd.DataFrame(rows)

    def place(self, signs: Mapping[str, float], nearest: int = 3) -> pd.DataFrame:
        """Return the worlds nearest to a source by its signs: WORLD, BROKEN, DISTANCE, WINNER.

        Distances are in standard deviations of each sign over the worlds.
        """
        means = self.table.groupby("WORLD")[list(SIGNS)].mean()
        spread = means.std(ddof=0).replace(0.0, 1.0)
        own = pd.Series({name: float(signs[name]) for name in SIGNS})
        distance = np.sqrt((((means - own) / spread) ** 2).sum(axis=1))
        near = distance.nsmallest(nearest).rename("DISTANCE").rename_axis("WORLD").reset_index()
        winners = self.winners().set_index("WORLD")
        placed: pd.DataFrame = near.join(winners[["BROKEN", "WINNER", "LEAD"]], on="WORLD")
        return placed


def families(lexicon: Lexicon, world: World | None = None) -> tuple[Segmenter, ...]:
    """Return one strong method per family; they know how many labels an item carries."""
    k = len(lexicon.rules) + 2
    hybrid = Hybrid(lexicon, starts=2)
    if world is not None:
        hybrid = replace(hybrid, tied={"shoe": 3.0} if world.tied > 1 else {})
    return (
        CorrespondenceClusters(clusters=k, axes=max(k, 12)),
        LatentClasses("dirichlet", numbers=(k,), starts=1),
        FactorClusters("ppmi", "gmm", factors=k + 2, clusters=k),
        WeakStyles(lexicon),
        hybrid,
    )


def phase_map(
    base: Floats,
    totals: Floats,
    labels: tuple[str, ...],
    *,
    worlds: Sequence[World] = GRID,
    breaks: Mapping[str, World] = BREAKS,
    authors: int = 1500,
    seeds: int = 2,
    workers: int = 1,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> PhaseMap:
    """Run the families in all worlds.

    Parameters
    ----------
    base, totals, labels : arrays and names
        Label shares and labels per author of the source; see
        :func:`~analysis.segmentations.simulation.simulate`.
    """
    cases = [(f"grid {i:02d}", "", world) for i, world in enumerate(worlds)]
    cases += [(name, name, world) for name, world in breaks.items()]
    if progress is not None:
        progress(f"{len(cases)} worlds")
    parts = Parallel(n_jobs=workers)(
        delayed(_run)(base, totals, labels, name, broken, world, authors, seed + s)
        for name, broken, world in cases
        for s in range(seeds)
    )
    return PhaseMap(pd.concat(parts, ignore_index=True))


def signs_of(counts: AuthorLabelCounts, lexicon: Lexicon, *, seed: int = 0) -> dict[str, float]:
    """Measure what places counts among worlds, without any truth."""
    counts = counts.select_authors(np.flatnonzero(counts.totals > 0)).without_empty_labels()
    first, second = (
        replace(counts, matrix=part)
        for part in thin(counts.matrix, stream(seed, "signs", "halves"))
    )
    number = len(lexicon.rules) + 2
    classes = LatentClasses("dirichlet", numbers=(number,), starts=1).fit(first, seed=seed)
    before, after = classes.assign(first), classes.assign(second)
    both = (before.codes >= 0) & (after.codes >= 0)
    worth = float(second.damped(300.0).sum())
    return {
        "LABELS": float(np.median(counts.totals)),
        "REACHED": float(
            vote(counts, lexicon, concentration=300.0).cast.any(axis=1).mean()
            if lexicon.rules
            else 0.0
        ),
        "PERSISTS": float(adjusted_rand_score(before.codes[both], after.codes[both])),
        "FORETOLD": float(saved_nats(first, second, before.posterior).sum() / worth),
    }


def _run(
    base: Floats,
    totals: Floats,
    labels: tuple[str, ...],
    name: str,
    broken: str,
    world: World,
    authors: int,
    seed: int,
) -> pd.DataFrame:
    drawn: Simulated = simulate(base, totals, world, authors=authors, seed=seed, labels=labels)
    lexicon = Lexicon.of(drawn.rules)
    signs = signs_of(drawn.counts, lexicon, seed=seed)
    judged = drawn.counts.totals >= 20
    optimal = adjusted_rand_score(drawn.dominant[judged], drawn.optimal.argmax(axis=1)[judged])
    rows = []
    for segmenter in families(lexicon, world):
        found = segmenter.fit(drawn.counts, seed=seed).assign(drawn.counts)
        score = adjusted_rand_score(drawn.dominant[judged], found.posterior.argmax(axis=1)[judged])
        rows.append({"METHOD": segmenter.method, "ADJUSTED_RAND": float(score)})
    return pd.DataFrame(rows).assign(
        WORLD=name, BROKEN=broken, SEED=seed, OPTIMAL=float(optimal), **vars(world), **signs
    )
