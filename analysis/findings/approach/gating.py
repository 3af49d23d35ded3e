"""Is there anything to segment? The gates that open or close the whole chapter."""

from __future__ import annotations

import pandas as pd

from analysis.claims import Claim
from analysis.contingency.parallel import available_cores
from analysis.findings.approach.labels import require, shown
from analysis.findings.step import Inputs, Result
from analysis.segmentations.comparison import methods
from analysis.segmentations.gates import Gate, chance, persistence, structure
from analysis.segmentations.hybrid import Hybrid
from analysis.segmentations.lexicon import Lexicon

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
    """Ask of every method whether its segments are more than chance gives."""
    question = "Which methods find segments beyond chance?"
    counts, _ = shown(inputs)
    try:
        require(counts)
    except ValueError as error:
        return Result(claims=(Claim.unanswerable("approach.chance", question, error),))
    reading = [m.segmenter for m in methods(Lexicon.load()) if m.family not in {"today", "hand"}]
    found = chance(reading, counts, workers=available_cores(), seed=inputs.seed)
    beyond = found.loc[found["BEYOND"], "METHOD"].tolist()
    return Result(
        {"methods": found.rename(columns=str.lower)},
        claims=(
            Claim(
                "approach.chance",
                question,
                float(found["BEYOND"].mean()),
                "of the methods",
                None,
                None,
                "yes" if beyond else "no",
                f"Fits to halves of the authors agree beyond chance: {', '.join(beyond)}."
                if beyond
                else "No method agrees between halves of the authors more than on data drawn from "
                "one overdispersed cluster: do not segment by style.",
            ),
        ),
    )
