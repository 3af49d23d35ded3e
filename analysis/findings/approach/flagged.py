"""Whether FASHION_INTEREST_SEGMENT can be learnt from what accounts show."""

from __future__ import annotations

import pandas as pd

from analysis.claims import Claim, Verdict
from analysis.findings.approach.labels import shown
from analysis.findings.step import Inputs, Result
from analysis.segmentations.supervised import FlagModel


def flag(inputs: Inputs) -> Result:
    """Learn FASHION_INTEREST_SEGMENT and read it as positive-unlabelled."""
    question = "Can the fashion flag be learnt from what accounts show?"
    counts, features = shown(inputs)
    flagged = features["FLAG"].fillna(False).to_numpy(dtype=bool)
    curves, importances, rows = [], [], []
    try:
        for learner in ("logistic", "boosting"):
            for followers in (False, True):
                model = FlagModel(learner, with_followers=followers)
                found = model.evaluate(counts, features, flagged, seed=inputs.seed)
                name = f"{learner}, {'with' if followers else 'without'} followers"
                rows.append(
                    {
                        "model": name,
                        "average_precision": found.average_precision,
                        "base_rate": found.base_rate,
                        "lift": found.average_precision / found.base_rate,
                        "found": found.found,
                        "deserving": float(found.deserving.sum()),
                    }
                )
                curve = found.curve.iloc[:: max(1, len(found.curve) // 200)]
                curves.append(curve.rename(columns=str.lower).assign(model=name))
                importances.append(found.importance.rename(columns=str.lower).assign(model=name))
    except ValueError as error:
        return Result(claims=(Claim.unanswerable("approach.flag", question, error),))
    table = pd.DataFrame(rows)
    plain = table[table["model"].str.contains("without")]["lift"].max()
    verdict: Verdict = "yes" if plain > 3 else ("no" if plain < 1.5 else "undecided")
    claim = Claim(
        "approach.flag",
        question,
        float(plain),
        "times the precision of guessing",
        None,
        None,
        verdict,
        "Average precision out of fold, followers not used.",
    )
    return Result(
        {
            "models": table,
            "curves": pd.concat(curves, ignore_index=True),
            "importance": pd.concat(importances, ignore_index=True),
        },
        {"flagged": int(flagged.sum())},
        (claim,),
    )
