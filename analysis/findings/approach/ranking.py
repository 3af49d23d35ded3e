"""How far the ranking of methods hangs on the weights of the criteria."""

from __future__ import annotations

import pandas as pd

from analysis.claims import Claim
from analysis.findings.step import Inputs, Result
from analysis.segmentations.ranking import ranking

_RANKED = "Does the choice of method hang on how criteria are weighted?"


def ranked(inputs: Inputs) -> Result:
    """Say how far the ranking of methods depends on the weights of the criteria."""
    given = inputs.results["approach.compared"]
    foresight = inputs.results["approach.foretold"]
    if not (given.tables and foresight.tables):
        reason = "The methods could not be compared on this source."
        return Result(claims=(Claim.unanswerable("approach.ranked", _RANKED, reason),))
    table = given.tables["overview"].set_index("method")
    measures = pd.DataFrame(
        {
            "foretells": foresight.tables["gains"].set_index("method")["gain"],
            "named": table["named"],
            "covered": table["covered"],
            "probabilities": table["probabilities"].astype(float),
            "several": (table["several"] > 0).astype(float),
            "cheap": -table["cpu_seconds"],
            "exports": table["sql"].astype(float),
        }
    )
    summary = given.tables["stability"]
    for scheme in ("subset", "author halves", "time halves"):
        part = summary[(summary["scheme"] == scheme) & (summary["measure"] == "adjusted Rand")]
        measures[scheme] = part.set_index("method")["estimate"]
    found = ranking(measures.loc[table.index], seed=inputs.seed)
    best = found.sort_values("FIRST", ascending=False).iloc[0]
    claim = Claim(
        "approach.ranked",
        _RANKED,
        float(best["FIRST"]),
        f"share of random weightings under which {best['METHOD']} comes first",
        None,
        None,
        "no" if best["FIRST"] >= 0.9 else "yes",
        f"First most often: {best['METHOD']}.",
    )
    return Result(
        {
            "measures": measures.rename_axis("method").reset_index(),
            "ranking": found.rename(columns=str.lower),
        },
        claims=(claim,),
    )
