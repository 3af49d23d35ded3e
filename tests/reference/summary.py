"""How closely the study's functions agree with R: one row for each case."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tests.reference.cases import DIFFERENCES, FOLDER, load

EXACT = 1e-8
"""Largest absolute or relative difference of a deterministic quantity."""

REGRESSION = "the study fits no regression of posts; weighted shares of authors have cases"
LATENT = "presence of labels follows activity, so the study fits no latent classes of presence"
NESTED = "the forecasts compared are those of nested models, which Clark and West's test is for"
OUT_OF_SCOPE = {
    "dm_wwwusage": NESTED,
    "glm_logit_bacteria": REGRESSION,
    "glm_logit_posts_synth": REGRESSION,
    "glm_nb_epil": REGRESSION,
    "glm_nb_posts_synth": REGRESSION,
    "glm_poisson_epil": REGRESSION,
    "wls_posts_synth": REGRESSION,
    "lca_hobbies": LATENT,
    "lca_tea": LATENT,
    "lca_values": LATENT,
}
"""Cases of the collection that are not kept here, and why."""


def differences() -> pd.DataFrame:
    """Return everything compared so far, with whether a quantity counts as deterministic.

    A comparison whose tolerance is wider than 1e-6 rests on an optimum, an iteration that R stops
    early or on resampling; its case states why.
    """
    table = pd.DataFrame(DIFFERENCES)
    return table.assign(exact=table["allowed"] <= 1e-6)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per case.

    Returns
    -------
    DataFrame
        ``case``, ``statistic``, ``module`` (of ours), ``quantities``, ``values``; of deterministic
        quantities ``absolute``, ``relative`` (largest differences) and ``within`` (each at most
        1e-8 in one or the other); ``stated`` (number of quantities with a wider tolerance of their
        own) and ``stated_largest`` (their largest difference, absolute or relative, whichever is
        smaller for a quantity). Cases that are out of
        scope carry ``reason``.
    """
    rows = []
    for case, part in table.groupby("case"):
        exact, stated = part[part["exact"]], part[~part["exact"]]
        close = (exact["absolute"] <= EXACT) | (exact["relative"] <= EXACT)
        rows.append(
            {
                "case": case,
                "statistic": load(str(case)).meta["title"],
                "module": ", ".join(sorted({_module(test) for test in part["test"]})),
                "quantities": part["quantity"].nunique(),
                "values": int(part["values"].sum()),
                "absolute": exact["absolute"].max() if len(exact) else np.nan,
                "relative": exact["relative"].max() if len(exact) else np.nan,
                "within": bool(close.all()),
                "stated": stated["quantity"].nunique(),
                "stated_largest": stated[["absolute", "relative"]].min(axis=1).max(),
                "reason": "",
            }
        )
    rows += [{"case": case, "reason": why} for case, why in OUT_OF_SCOPE.items()]
    return pd.DataFrame(rows)


def case_names() -> list[str]:
    """Return the names of all cases kept here."""
    return sorted(path.parent.name for path in FOLDER.glob("*/case.toml"))


def _module(test: str) -> str:
    """Return our module that a test file mirrors."""
    path = Path(test)
    stem = path.stem.removeprefix("test_").removesuffix("_reference")
    return f"{path.parent.name}.{stem}"
