"""Correction of p-values for the family they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from statsmodels.stats.multitest import multipletests

from analysis.contingency.counts import Floats

Method = Literal["bh", "by", "holm", "hochberg", "hommel", "bonferroni"]
_STATSMODELS = {
    "bh": "fdr_bh",
    "by": "fdr_by",
    "holm": "holm",
    "hochberg": "simes-hochberg",
    "hommel": "hommel",
    "bonferroni": "bonferroni",
}


def adjust_p_values(
    p_values: Sequence[float] | Floats, method: Method = "bh", *, family: int | None = None
) -> Floats:
    """Adjust p-values for multiple testing.

    Parameters
    ----------
    p_values : array of shape (tests,)
        Missing (NaN) values stay missing and do not count.
    method : {"bh", "by", "holm", "hochberg", "hommel", "bonferroni"}
        ``bh`` (Benjamini and Hochberg 1995) controls the false discovery rate under independence
        or positive dependence, ``by`` (Benjamini and Yekutieli 2001) under any, ``holm`` the
        family-wise error rate under any.
    family : int, optional
        Number of tests in the family when more were planned than are given.

    Returns
    -------
    array of shape (tests,)
        Adjusted p-values, at most 1, in the order given (as ``p.adjust`` of R).

    Raises
    ------
    ValueError
        If a value lies outside [0, 1] or ``family`` is smaller than the tests given.
    """
    values = np.asarray(p_values, dtype=np.float64)
    known = ~np.isnan(values)
    if ((values[known] < 0) | (values[known] > 1)).any():
        raise ValueError("p_values lie outside [0, 1]: give probabilities.")
    count = int(known.sum())
    size = count if family is None else family
    if size < count:
        raise ValueError(f"family is {family} for {count} tests: give the larger number.")
    adjusted = np.full(values.shape, np.nan)
    if count:
        padded = np.concatenate([values[known], np.ones(size - count)])
        result = multipletests(padded, method=_STATSMODELS[method])[1]
        adjusted[known] = np.minimum(result[:count], 1.0)
    return adjusted
