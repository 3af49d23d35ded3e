"""Which method wins in which world, and where the source at hand lies.

Worlds are drawn from the source's own margins over a grid of what cannot be chosen there, and with
single breaks of what the models assume. The source is placed among them by figures that need no
truth: labels per author, how many authors the rules reach, how far segments persist between random
halves of an author's labels, and what they foretell of held-out labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.parallel import Parallel, delayed

from analysis.contingency.counts import AuthorLabelCounts, Floats
from analysis.randomness import stream
from analysis.segmentations.foresight import saved_nats
from analysis.segmentations.hybrid import Hybrid
from analysis.segmentations.interface import Segmenter
from analysis.segmentations.lexicon import Lexicon, vote
from analysis.segmentations.settings import tuned
from analysis.segmentations.simulation import Simulated, World, simulate
from analysis.segmentations.stability import thin
from analysis.segmentations.statistical import LatentClasses

SIGNS = ("LABELS", "REACHED", "PERSISTS", "FORETOLD")
"""What places a source among worlds without any truth."""

BASE = World(separation=1.2)
FACTORS: Mapping[str, tuple[float, ...]] = {
    "separation": (0.6, 1.0, 1.5),
    "overlap": (0.05, 0.35),
    "activity": (0.3, 1.0, 2.0),
    "noise": (0.05, 0.3),
    "rule_quality": (0.15, 0.7),
}
"""What the grid crosses: see :class:`~analysis.segmentations.simulation.World`."""
GRID = tuple(
    World(
        separation=separation, overlap=overlap, activity=activity, noise=noise, rule_quality=quality
    )
    for separation, overlap, activity, noise, quality in product(*FACTORS.values())
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
        """Return by world the best method, its lead over the second, and what it falls short of.

        Returns
        -------
        DataFrame
            WORLD, BROKEN, WINNER, ADJUSTED_RAND (its mean), SECOND, LEAD with LOW and HIGH (95 %,
            from the spread over seeds pooled over all worlds), CLEAR (whether LOW is above 0),
            OPTIMAL and SHORTFALL (of the winner from it).
        """
        rows, spreads, free = [], [], 0
        for world, part in self.table.groupby("WORLD", sort=True):
            wide = part.pivot_table("ADJUSTED_RAND", "SEED", "METHOD")
            order = wide.mean().sort_values(ascending=False, kind="stable")
            lead = wide[order.index[0]] - wide[order.index[1]]
            spreads.append(float(((lead - lead.mean()) ** 2).sum()))
            free += len(lead) - 1
            optimal = float(part["OPTIMAL"].mean())
            rows.append(
                {
                    "WORLD": world,
                    "BROKEN": part["BROKEN"].iloc[0],
                    "WINNER": order.index[0],
                    "ADJUSTED_RAND": float(order.iloc[0]),
                    "SECOND": order.index[1],
                    "LEAD": float(lead.mean()),
                    "SEEDS": len(lead),
                    "OPTIMAL": optimal,
                    "SHORTFALL": optimal - float(order.iloc[0]),
                }
            )
        table = pd.DataFrame(rows)
        spread = np.sqrt(sum(spreads) / free) * stats.t.ppf(0.975, free) if free else np.inf
        reach = spread / np.sqrt(table.pop("SEEDS"))
        return table.assign(
            LOW=table["LEAD"] - reach,
            HIGH=table["LEAD"] + reach,
            CLEAR=table["LEAD"] > reach,
        )

    def leads(self, method: str = "hybrid") -> pd.DataFrame:
        """Return by run how far a method is ahead of the best other one.

        Returns
        -------
        DataFrame
            WORLD, BROKEN, SEED, the world's factors, the signs, and LEAD (negative where another
            method wins).
        """
        run = ["WORLD", "SEED"]
        own = self.table["METHOD"] == method
        best = self.table[~own].groupby(run)["ADJUSTED_RAND"].max()
        table = self.table[own].set_index(run)
        lead = table["ADJUSTED_RAND"] - best
        kept = ["BROKEN", *FACTORS, *SIGNS]
        return table[kept].assign(LEAD=lead).reset_index()

    def effects(self, method: str = "hybrid") -> pd.DataFrame:
        """Return what each level of each factor of the grid does to a method's lead.

        Returns
        -------
        DataFrame
            FACTOR, LEVEL, WORLDS, LEAD with LOW and HIGH (95 %, over worlds), WON (share of the
            worlds in which the method is ahead).
        """
        leads = self.leads(method)
        grid = leads[leads["BROKEN"] == ""]
        by_world = grid.groupby("WORLD")[[*FACTORS, "LEAD"]].mean()
        rows = []
        for factor in FACTORS:
            for level, part in by_world.groupby(factor)["LEAD"]:
                low, high = _interval(part.to_numpy())
                rows.append(
                    {
                        "FACTOR": factor,
                        "LEVEL": level,
                        "WORLDS": len(part),
                        "LEAD": float(part.mean()),
                        "LOW": low,
                        "HIGH": high,
                        "WON": float((part > 0).mean()),
                    }
                )
        return pd.DataFrame(rows)

    def place(self, signs: Mapping[str, float], nearest: int = 5) -> pd.DataFrame:
        """Return the worlds nearest to a source by its signs.

        Distances are in standard deviations of each sign over the worlds.

        Returns
        -------
        DataFrame
            WORLD, DISTANCE, BROKEN, WINNER, LEAD (of the hybrid over the best other method).
        """
        means = self.table.groupby("WORLD")[list(SIGNS)].mean()
        spread = means.std(ddof=0).replace(0.0, 1.0)
        own = pd.Series({name: float(signs[name]) for name in SIGNS})
        distance = np.sqrt((((means - own) / spread) ** 2).sum(axis=1))
        near = distance.nsmallest(nearest).rename("DISTANCE").rename_axis("WORLD").reset_index()
        winners = self.winners().set_index("WORLD")[["BROKEN", "WINNER"]]
        ahead = self.leads().groupby("WORLD")["LEAD"].mean()
        placed: pd.DataFrame = near.join(winners, on="WORLD").join(ahead, on="WORLD")
        return placed


def lead_at(near: pd.DataFrame) -> tuple[float, float, float]:
    """Return the mean lead of the nearest worlds, and its 95 % interval over them."""
    leads = near["LEAD"].to_numpy(dtype=np.float64)
    return float(leads.mean()), *_interval(leads)


def _interval(values: Floats) -> tuple[float, float]:
    """Return the 95 % interval of a mean by Student's t; of one value, that value."""
    if len(values) < 2:
        return float(values.mean()), float(values.mean())
    reach = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean() - reach), float(values.mean() + reach)


STRONG = (
    "correspondence clusters",
    "overdispersed latent classes",
    "embeddings + gmm",
    "weak labels + logistic",
    "hybrid",
)
"""One method per family (two for statistics): its strongest that is quick."""


def families(lexicon: Lexicon, world: World | None = None) -> tuple[Segmenter, ...]:
    """Return one strong method per family; they know how many labels an item carries.

    All of them are asked for segments, so the hybrid does without the gate that the others lack:
    whether there is anything to segment is judged apart, by the same rule for all.
    """
    chosen = tuned(lexicon)
    hybrid = chosen["hybrid"]
    if isinstance(hybrid, Hybrid) and world is not None:
        tied = {"shoe": 3.0} if world.tied > 1 else {}
        chosen["hybrid"] = replace(hybrid, tied=tied, starts=2, gated=False)
    return tuple(chosen[name] for name in STRONG)


def phase_map(
    base: Floats,
    totals: Floats,
    labels: tuple[str, ...],
    *,
    worlds: Sequence[World] = GRID,
    breaks: Mapping[str, World] = BREAKS,
    authors: int = 800,
    seeds: int = 2,
    broken_seeds: int = 4,
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
    worlds : sequence of World
        The grid, which tells where a family wins.
    breaks : mapping of str to World
        Worlds that break one assumption each, with twice the authors.
    authors : int
        Authors of a world of the grid.
    seeds, broken_seeds : int
        Seeds of each world of the grid, and of each broken one.
    workers : int
        Processes; results are the same for any number.
    """
    cases = [(f"grid {i:02d}", "", world) for i, world in enumerate(worlds)]
    cases += [(name, name, world) for name, world in breaks.items()]
    if progress is not None:
        progress(f"{len(cases)} worlds")
    parts = Parallel(n_jobs=workers)(
        delayed(_run)(
            base, totals, labels, name, broken, world, authors * (2 if broken else 1), seed + s
        )
        for name, broken, world in cases
        for s in range(broken_seeds if broken else seeds)
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
