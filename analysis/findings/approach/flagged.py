"""Whether FASHION_INTEREST_SEGMENT can be learnt from what accounts show."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils.parallel import Parallel, delayed

from analysis.claims import Claim, Verdict
from analysis.contingency.counts import AuthorLabelCounts
from analysis.contingency.parallel import available_cores
from analysis.findings.approach.labels import shown
from analysis.findings.step import Inputs, Result
from analysis.segmentations.supervised import FlagFindings, FlagModel, Learner

_LEARNERS: tuple[Learner, ...] = ("logistic", "boosting")
_MODELS = tuple(product(_LEARNERS, (False, True)))
"""Learner, and whether it may use the followers."""


def flag(inputs: Inputs) -> Result:
    """Learn FASHION_INTEREST_SEGMENT and read it as positive-unlabelled."""
    question = "Can the fashion flag be learnt from what accounts show?"
    counts, features = shown(inputs)
    flagged = features["FLAG"].fillna(False).to_numpy(dtype=bool)
    try:
        evaluations = Parallel(n_jobs=available_cores())(
            delayed(_evaluated)(counts, features, flagged, learner, followers, inputs.seed)
            for learner, followers in _MODELS
        )
    except ValueError as error:
        return Result(claims=(Claim.unanswerable("approach.flag", question, error),))
    curves, importances, rows = [], [], []
    for (learner, followers), found in zip(_MODELS, evaluations, strict=True):
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


def _evaluated(
    counts: AuthorLabelCounts,
    features: pd.DataFrame,
    flagged: npt.NDArray[np.bool_],
    learner: Learner,
    followers: bool,
    seed: int,
) -> FlagFindings:
    model = FlagModel(learner, with_followers=followers)
    return model.evaluate(counts, features, flagged, seed=seed)
