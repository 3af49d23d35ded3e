"""Which family wins in which world, and where the source lies among them."""

from __future__ import annotations

import pandas as pd

from analysis.claims import Claim, Verdict
from analysis.contingency.parallel import available_cores
from analysis.findings.approach.labels import require, shown
from analysis.findings.step import Inputs, Result
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.phasemap import PhaseMap, lead_at, phase_map, signs_of


def charted(inputs: Inputs) -> Result:
    """Run the families in worlds drawn from the source's margins, and place the source."""
    question = "Which family wins where the data look like these?"
    counts, _ = shown(inputs)
    try:
        require(counts)
    except ValueError as error:
        return Result(claims=(Claim.unanswerable("approach.charted", question, error),))
    described = counts.without_empty_labels()
    chart = phase_map(
        described.label_totals / described.label_totals.sum(),
        described.totals,
        described.labels,
        workers=available_cores(),
        seed=inputs.seed,
    )
    signs = signs_of(counts, Lexicon.load(), seed=inputs.seed)
    near = chart.place(signs)
    leads = chart.leads()
    return Result(
        {
            "worlds": chart.table.rename(columns=str.lower),
            "winners": chart.winners().rename(columns=str.lower),
            "leads": leads.rename(columns=str.lower),
            "effects": chart.effects().rename(columns=str.lower),
            "nearest": near.rename(columns=str.lower),
        },
        {"signs": signs},
        (_here(near), _everywhere(chart), _broken(leads)),
    )


def _here(near: pd.DataFrame) -> Claim:
    lead, low, high = lead_at(near)
    winner = str(near["WINNER"].mode().iloc[0])
    won = int((near["WINNER"] == winner).sum())
    return Claim(
        "approach.charted",
        "Which family wins where the data look like these?",
        lead,
        "adjusted Rand index of the hybrid over the best other family",
        (low, high),
        None,
        _sign(low, high),
        f"Of the {len(near)} worlds nearest to the source by what can be measured without a truth, "
        f"{won} {'is' if won == 1 else 'are'} won by {'the ' * (winner == 'hybrid')}{winner}.",
    )


def _everywhere(chart: PhaseMap) -> Claim:
    leads = chart.leads()
    grid = leads[leads["BROKEN"] == ""].groupby("WORLD")["LEAD"].mean()
    lead, low, high = lead_at(grid.reset_index())
    effects = chart.effects()
    steps = effects.groupby("FACTOR")["LEAD"].agg(lambda means: means.max() - means.min())
    factor = str(steps.idxmax())
    own = effects[effects["FACTOR"] == factor].sort_values("LEAD")
    words = {"rule_quality": "quality of rules", "activity": "labels per author"}
    return Claim(
        "approach.grid",
        "Does the hybrid win over the whole grid of worlds?",
        lead,
        "adjusted Rand index of the hybrid over the best other family",
        (low, high),
        None,
        _sign(low, high),
        f"What moves its lead most is {words.get(factor, factor)}: it is greatest at the level "
        f"{own['LEVEL'].iloc[-1]:g} and least at {own['LEVEL'].iloc[0]:g}.",
    )


def _broken(leads: pd.DataFrame) -> Claim:
    plain = leads.loc[leads["BROKEN"] == "nothing broken", "LEAD"]
    broken = leads[~leads["BROKEN"].isin(["", "nothing broken"])]
    means = broken.groupby("BROKEN")["LEAD"].mean()
    lead, low, high = lead_at(means.reset_index())
    lost = means[means <= 0].index.tolist()
    kept = "greater" if lead > plain.mean() else "smaller"
    return Claim(
        "approach.broken",
        "Does the hybrid still win where the assumptions of its model are broken?",
        lead,
        "adjusted Rand index of the hybrid over the best other family",
        (low, high),
        None,
        _sign(low, high),
        f"Where an assumption is broken, the hybrid's lead is on average {kept} than where none is"
        + (
            f"; another family wins under: {', '.join(lost)}." if lost else "; it loses under none."
        ),
    )


def _sign(low: float, high: float) -> Verdict:
    return "yes" if low > 0 else "no" if high < 0 else "undecided"
