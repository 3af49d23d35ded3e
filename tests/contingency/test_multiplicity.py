"""Adjusted p-values: against R, and by what any adjustment must satisfy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.contingency.multiplicity import adjust_p_values
from tests.reference.cases import load

METHODS = {"holm": "holm", "hochberg": "hochberg", "hommel": "hommel"}
METHODS |= {"bonferroni": "bonferroni", "BH": "bh", "BY": "by"}


@pytest.mark.parametrize("case_id", ["padjust_synth", "padjust_children_rows"])
def test_p_adjust(case_id: str) -> None:
    case = load(case_id)
    p = case.files["p.csv"]["p"].to_numpy()
    case.agree("m", np.isfinite(p).sum())
    for name, method in METHODS.items():
        expected = case.value("adjusted")[name].to_numpy()
        case.agree("adjusted", adjust_p_values(p, method), expected=expected)
        rejected = int(np.nansum(adjust_p_values(p, method) <= 0.05))
        assert rejected == case.value("n_rejected_05")[name]
    larger = case.value("adjusted_with_extra_50_tests")
    for name in set(larger).intersection(METHODS) - {"hommel"}:
        got = adjust_p_values(p, METHODS[name], family=len(p) + 50)
        case.agree("adjusted_with_extra_50_tests", got, expected=larger[name].to_numpy())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.sampled_from(["bh", "by", "holm"]))
def test_adjusting_keeps_order_and_never_helps(p: list[float], method: str) -> None:
    adjusted = adjust_p_values(p, method)
    assert (adjusted >= np.array(p) - 1e-12).all()
    assert (adjusted <= 1).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(adjusted[order]) >= -1e-12).all()


def test_missing_values_stay_and_do_not_count() -> None:
    p = [0.01, np.nan, 0.04]
    assert np.isnan(adjust_p_values(p)[1])
    np.testing.assert_allclose(adjust_p_values(p)[[0, 2]], adjust_p_values([0.01, 0.04]))


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="p_values"):
        adjust_p_values([1.2])
    with pytest.raises(ValueError, match="family"):
        adjust_p_values([0.1, 0.2], family=1)
