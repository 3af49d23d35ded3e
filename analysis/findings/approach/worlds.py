"""Which family wins in which world, and where the source lies among them."""

from __future__ import annotations

from analysis.claims import Claim
from analysis.contingency.parallel import available_cores
from analysis.findings.approach.labels import require, shown
from analysis.findings.step import Inputs, Result
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.phasemap import phase_map, signs_of


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
    winners = chart.winners()
    won = winners["WINNER"].value_counts(normalize=True)
    nearby = near["WINNER"].iloc[0]
    agree = bool((near["WINNER"] == nearby).all())
    claim = Claim(
        "approach.charted",
        question,
        float(won.get("hybrid", 0.0)),
        "share of worlds in which the hybrid wins",
        None,
        None,
        ("yes" if nearby == "hybrid" else "no") if agree else "undecided",
        f"In the worlds nearest to the source {nearby} wins."
        if agree
        else "The worlds nearest to the source have different winners.",
    )
    return Result(
        {
            "worlds": chart.table.rename(columns=str.lower),
            "winners": winners.rename(columns=str.lower),
            "nearest": near.rename(columns=str.lower),
        },
        {"signs": signs},
        (claim,),
    )
