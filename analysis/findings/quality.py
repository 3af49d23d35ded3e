"""The scorecard put to three segmentations of the same sizes: the rule's, chance's and the best."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pandas as pd

from analysis.claims import Claim, Verdict
from analysis.findings.evidence import NEEDS, evidence, follower_rule
from analysis.findings.step import Inputs, Result, Step
from analysis.randomness import stream
from analysis.segmentations.explained import best_grouping
from analysis.segmentations.scorecard import ESSENTIAL, Scorecard, scorecard

_QUESTION = "Do the follower bands make a good segmentation?"
_VERDICTS: dict[str, Verdict] = {"pass": "yes", "fail": "no", "undecided": "undecided"}


def scores(inputs: Inputs) -> Result:
    """Score the follower bands, the same bands shuffled, and the best groups of their sizes."""
    known = evidence(inputs)
    features = known.features.set_index("AUTHOR_INDEX")
    bands = features["BAND"].where(features["BAND"] != "unknown").dropna()
    try:
        rule = scorecard(bands, known, reassign=follower_rule, seed=inputs.seed)
    except ValueError as error:
        return Result(claims=(Claim.unanswerable("quality.bands", _QUESTION, error),))
    cards = {"follower bands": rule}
    shuffled = stream(inputs.seed, "quality", "shuffled").permutation(bands.to_numpy())
    rulers = {"the same, shuffled": pd.Series(shuffled, index=bands.index)}
    if known.halves is not None:
        inside = np.isin(known.halves.authors, bands.index)
        shares = bands.loc[known.halves.authors[inside]].value_counts()
        wanted = np.asarray(shares, dtype=np.int64)
        best = best_grouping(known.halves, wanted, seed=inputs.seed)
        names = np.array(best.names, dtype=object)[best.codes]
        # found in the first half, judged in the second: known to nobody outside of both
        rulers["best of the same sizes"] = pd.Series(names, index=known.halves.authors)
    for name, segments in rulers.items():
        with suppress(ValueError):  # few authors: all that are seen twice fell into one group
            cards[name] = scorecard(segments, known, seed=inputs.seed)
    table = pd.concat(
        [card.table.assign(segmentation=name) for name, card in cards.items()], ignore_index=True
    )
    verdicts = pd.DataFrame(
        [
            {"segmentation": name, "criterion": criterion, "verdict": card.criterion(criterion)}
            for name, card in cards.items()
            for criterion in dict.fromkeys(card.table["criterion"])
        ]
    )
    sizes = rule.segments.rename_axis("segment").reset_index(name="authors")
    return Result(
        {"scores": table, "verdicts": verdicts, "sizes": sizes},
        {"essential": list(ESSENTIAL)},
        (_claim(rule),),
    )


def _claim(card: Scorecard) -> Claim:
    judged = {name: card.criterion(name) for name in ESSENTIAL}
    measured = {name: verdict for name, verdict in judged.items() if verdict != "not measured"}
    passed = [name for name, verdict in measured.items() if verdict == "pass"]
    failed = [name for name, verdict in measured.items() if verdict == "fail"]
    return Claim(
        "quality.bands",
        _QUESTION,
        float(len(passed)),
        f"of {len(measured)} essential criteria passed",
        None,
        None,
        _VERDICTS[card.verdict],
        f"They fail where it matters: {', '.join(failed)}."
        if failed
        else "They pass every essential criterion that could be measured."
        if len(passed) == len(measured)
        else "No essential criterion fails, but not all are surely met.",
    )


STEPS = (Step("quality.scores", "Scorecard of the follower bands", scores, NEEDS),)
