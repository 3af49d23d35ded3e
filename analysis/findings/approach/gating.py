"""Is there anything to segment? The gates that open or close the whole chapter."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.utils.parallel import Parallel, delayed

from analysis.claims import Claim
from analysis.contingency.counts import AuthorLabelCounts
from analysis.contingency.parallel import available_cores
from analysis.findings.approach.labels import only, require, shown
from analysis.findings.step import Inputs, Result
from analysis.randomness import stream
from analysis.segmentations.comparison import methods
from analysis.segmentations.gates import Gate, chance, persistence, structure
from analysis.segmentations.hybrid import Hybrid
from analysis.segmentations.interface import Segmenter
from analysis.segmentations.lexicon import Lexicon

_SOME = 3000
"""Authors on whom it is measured whether segments last."""
_SEGMENT = "Should authors be segmented by style at all?"


def gates(inputs: Inputs) -> Result:
    """Ask whether styles persist, and whether authors fall into groups at all."""
    counts, _ = shown(inputs)
    try:
        require(counts)
        first, second = shown(inputs, 1)[0], shown(inputs, 2)[0]
        segmenter = Hybrid(Lexicon.load(), starts=1, gated=False)
        found = (
            persistence(first, second, segmenter, seed=inputs.seed),
            *structure(counts, workers=available_cores(), seed=inputs.seed),
        )
    except ValueError as error:
        return Result(claims=(Claim.unanswerable("approach.segment", _SEGMENT, error),))
    table = pd.DataFrame(
        [
            {
                "gate": gate.name,
                "observed": gate.observed,
                "limit": gate.limit,
                "p": gate.p_value,
                "opens": gate.opens,
                "replicates": len(gate.reference),
            }
            for gate in found
        ]
    )
    return Result({"gates": table}, claims=_gate_claims(found))


def _gate_claims(found: tuple[Gate, ...]) -> tuple[Claim, ...]:
    kept, gain, agreement = found
    opens = kept.opens and gain.opens and agreement.opens
    if opens:
        reason = (
            "Authors keep their segment from one half of the window to the other, and fall into "
            "groups beyond what one overdispersed cluster shows."
        )
    elif not kept.opens:
        reason = (
            "Segments read from one half of the window say nothing of the other half: do not "
            "segment by style."
        )
    else:
        reason = (
            "Tastes differ and persist, but not in groups beyond what one overdispersed cluster "
            "shows: do not segment by style."
        )
    return (
        Claim(
            "approach.persistence",
            "Do authors keep their style over the window?",
            kept.observed,
            "adjusted Rand index between halves",
            None,
            kept.p_value,
            "yes" if kept.opens else "no",
            "It is above that of like-active strangers."
            if kept.opens
            else "It is not above that of like-active strangers.",
        ),
        Claim(
            "approach.structure",
            "Do authors fall into groups of style?",
            gain.observed,
            "gain in BIC over one cluster",
            None,
            max(gain.p_value, agreement.p_value),
            "yes" if gain.opens and agreement.opens else "no",
            "Gain and agreement between halves of the authors both exceed the bootstrap of one "
            "overdispersed cluster."
            if gain.opens and agreement.opens
            else "Gain or agreement stays within the bootstrap of one overdispersed cluster.",
        ),
        Claim(
            "approach.segment",
            _SEGMENT,
            None,
            "",
            None,
            max(gate.p_value for gate in found),
            "yes" if opens else "no",
            reason,
        ),
    )


def by_chance(inputs: Inputs) -> Result:
    """Ask of every method whether its segments are more than chance gives, and whether they last.

    A method claims segments if halves of the authors agree beyond one overdispersed cluster, and
    if authors keep their segment from one half of the window to the other: tastes that hang on a
    detector, or on what lies in one image together, pass the first test alone.
    """
    question = "Which methods find segments beyond chance?"
    counts, _ = shown(inputs)
    try:
        require(counts)
    except ValueError as error:
        return Result(claims=(Claim.unanswerable("approach.chance", question, error),))
    reading = [m.segmenter for m in methods(Lexicon.load()) if m.family not in {"today", "hand"}]
    found = chance(reading, counts, workers=available_cores(), seed=inputs.seed)
    halves = (shown(inputs, 1)[0], shown(inputs, 2)[0])
    lasting = Parallel(n_jobs=available_cores())(
        delayed(_lasting)(segmenter, *halves, inputs.seed) for segmenter in reading
    )
    found["KEPT"] = [kept for kept, _ in lasting]
    found["LASTS"] = [p_value <= 0.05 / len(reading) for _, p_value in lasting]
    claiming = found.loc[found["BEYOND"] & found["LASTS"], "METHOD"].tolist()
    return Result(
        {"methods": found.rename(columns=str.lower)},
        claims=(
            Claim(
                "approach.chance",
                question,
                len(claiming) / len(reading),
                "of the methods",
                None,
                None,
                "yes" if claiming else "no",
                f"Their segments come out again, and last: {', '.join(claiming)}."
                if claiming
                else "No method has segments that come out again beyond chance and that authors "
                "keep: do not segment by style.",
            ),
        ),
    )


def _lasting(
    segmenter: Segmenter, first: AuthorLabelCounts, second: AuthorLabelCounts, seed: int
) -> tuple[float, float]:
    """Return how far authors keep their segment, and the p-value against strangers."""
    chosen = stream(seed, "lasting").permutation(np.intersect1d(first.authors, second.authors))
    some = np.sort(chosen[:_SOME])
    try:
        gate = persistence(only(first, some), only(second, some), segmenter, permutations=299)
    except ValueError:
        return 0.0, 1.0  # nothing to learn from, or too few authors: nothing is claimed
    return gate.observed, gate.p_value
