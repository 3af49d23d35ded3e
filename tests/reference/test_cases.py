from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.validation import record
from tests.reference.cases import Case
from tests.reference.summary import EXACT, OUT_OF_SCOPE, case_names

TESTS = Path(__file__).parents[1]


def test_every_case_is_used_by_a_test_that_is_not_out_of_scope() -> None:
    texts = [
        path.read_text(encoding="utf-8")
        for path in TESTS.rglob("test_*.py")
        if path != Path(__file__)
    ]
    unused = [name for name in case_names() if not any(f'"{name}"' in text for text in texts)]
    assert unused == []
    assert not set(case_names()) & set(OUT_OF_SCOPE)


def test_the_kept_table_holds_every_case_and_its_agreement() -> None:
    kept = record.read("reference")
    assert kept is not None
    table = kept.table.set_index("case")
    assert set(table.index) == {*case_names(), *OUT_OF_SCOPE}
    inside = table[table["reason"] == ""]
    assert inside["within"].astype(bool).all()
    exact = inside[["absolute", "relative"]].astype(float).min(axis=1).dropna()
    assert (exact <= EXACT).all()
    assert (table.loc[list(OUT_OF_SCOPE), "reason"] != "").all()


@pytest.fixture
def case() -> Case:
    return Case(
        "made up",
        {},
        {"a": 1.0, "b": {"c": [1.0, 2.0]}, "d": [0.0, 3.0]},
        {"default": "by a rule", "b": {"rtol": 0.1, "atol": 0.0}},
        {},
    )


def test_tolerances_in_words_need_numbers_from_the_test(case: Case) -> None:
    case.agree(("b", "c"), [1.05, 2.0])
    with pytest.raises(ValueError, match="by a rule"):
        case.agree("a", 1.0)
    case.agree("a", 1.0 + 1e-12, rtol=1e-9, atol=0.0)
    with pytest.raises(AssertionError):
        case.agree("a", 1.1, rtol=1e-9, atol=0.0)


def test_resampled_quantities_have_their_own_tolerance(case: Case) -> None:
    case.within(("b", "c"), [1.2, 2.0], [0.3, 0.0])
    with pytest.raises(AssertionError):
        case.within(("b", "c"), np.array([1.2, 2.0]), 0.1)
