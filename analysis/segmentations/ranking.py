"""How much a ranking of methods depends on the weights of the criteria."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.randomness import stream


def ranking(measures: pd.DataFrame, *, draws: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Say how much the ranking of methods depends on the weights of the criteria.

    Parameters
    ----------
    measures : DataFrame (methods x criteria)
        Larger is better; missing values rank last.

    Returns
    -------
    DataFrame
        METHOD, MEAN_RANK (equal weights), FIRST (share of random weightings, uniform on the
        simplex, under which it comes first), WORST (its lowest overall place in them).
    """
    ranks = measures.rank(ascending=False, na_option="bottom").to_numpy()
    weights = stream(seed, "ranking").dirichlet(np.ones(ranks.shape[1]), size=draws)
    weighted = weights @ ranks.T
    place = weighted.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    return pd.DataFrame(
        {
            "METHOD": list(measures.index),
            "MEAN_RANK": ranks.mean(axis=1),
            "FIRST": (place == 0).mean(axis=0),
            "WORST": place.max(axis=0) + 1,
        }
    )
