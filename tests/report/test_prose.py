"""Numbers and verdicts as words; nothing that is not a number reaches a page."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.claims import Claim
from analysis.report import prose

NUMBERS = [prose.count, prose.decimal, prose.percent, prose.p_value]


@pytest.mark.parametrize("say", NUMBERS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(say, value: float) -> None:
    with pytest.raises(ValueError, match="cannot print"):
        say(value)


@given(st.floats(-1e12, 1e12))
def test_a_decimal_reads_back_as_the_number(value: float) -> None:
    text = prose.decimal(value, 3)
    assert float(text.replace(",", "").replace("−", "-")) == pytest.approx(value, abs=6e-4)
    assert "-" not in text


@given(st.integers(0, 10**12))
def test_a_count_reads_back_as_the_number(value: int) -> None:
    assert int(prose.count(value).replace(",", "")) == value


def test_words() -> None:
    assert prose.percent(0.123) == "12.3\N{NO-BREAK SPACE}%"
    assert prose.percent(-0.0001) == "0.0\N{NO-BREAK SPACE}%"
    assert prose.p_value(0.0) == "below 0.001"
    assert prose.p_value(0.0321) == "0.032"
    assert prose.listing(["a", "b", "c"]) == "a, b and c"
    assert prose.listing([]) == "none"
    assert prose.noun(1, "author") == "1 author"
    assert prose.noun(2, "category", "categories") == "2 categories"
    assert prose.day("2025-01-19") == "19 January 2025"
    assert prose.interval((-0.5, 1.0)) == "−0.50 to 1.00"


def claim(**changes: object) -> Claim:
    facts: dict[str, object] = {
        "id": "a.b",
        "question": "Is it so?",
        "estimate": 0.25,
        "unit": "V",
        "interval": (0.1, 0.4),
        "p_adjusted": 0.004,
        "verdict": "yes",
        "reason": "Because.",
    }
    return Claim(**{**facts, **changes})  # type: ignore[arg-type]


def test_evidence_names_effect_interval_and_p_value() -> None:
    assert (
        prose.evidence(claim())
        == "0.25 V, 95\N{NO-BREAK SPACE}% interval 0.10 to 0.40, adjusted p 0.004"
    )
    small = claim(estimate=0.0003, unit="nats", interval=None, p_adjusted=None)
    assert prose.evidence(small) == "0.0003 nats"


def test_a_claim_without_estimate_gives_its_reason() -> None:
    silent = claim(estimate=None, interval=None, p_adjusted=None, verdict="cannot be answered")
    assert prose.evidence(silent) == "Because."
    assert prose.verdict(silent) == "Cannot be answered from this source"


@pytest.mark.parametrize(
    "changes",
    [{"estimate": math.nan}, {"p_adjusted": math.inf}, {"interval": (0.4, 0.1)}],
)
def test_a_claim_refuses_numbers_that_no_page_can_print(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"a\.b"):
        claim(**changes)


def test_what_is_withheld_has_no_share() -> None:
    assert prose.percent(pd.NA) == "–"
    assert prose.percent(0.125) == "12.5\N{NO-BREAK SPACE}%"
