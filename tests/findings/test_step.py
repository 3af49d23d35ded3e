"""Steps run after what they need, and results survive the cache."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.claims import Claim
from analysis.extracts import catalogue
from analysis.findings import STEPS, lead
from analysis.findings.bias_estimates import AUDIT, MARGINS, PLANTED
from analysis.findings.step import Inputs, Result, Step, ordered


def step(name: str, *needs: str) -> Step:
    return Step(name, name, lambda _: Result(), needs)


def test_steps_come_after_what_they_need() -> None:
    steps = [step("c", "b", "x"), step("b", "a"), step("a")]
    assert [one.name for one in ordered(steps)] == ["a", "b", "c"]


def test_a_circle_is_named() -> None:
    with pytest.raises(ValueError, match="a, b"):
        ordered([step("a", "b"), step("b", "a"), step("c")])


def test_every_step_of_the_report_needs_only_what_exists() -> None:
    names = [one.name for one in STEPS]
    assert len(set(names)) == len(names)
    filled = {"truth_authors", lead.FIGURES, MARGINS, AUDIT, PLANTED}  # by prepare itself
    known = {*names, *catalogue.names(), *filled}
    for one in STEPS:
        assert set(one.needs) <= known, one.name


def test_a_result_survives_the_cache() -> None:
    claim = Claim("a.b", "Is it so?", 1.5, "V", (1.0, 2.0), 0.01, "yes", "Because.")
    result = Result(
        {"t": pd.DataFrame({"name": ["é", None], "n": [1, 2], "share": [0.5, 1.0]})},
        {"n": 3, "words": ["a", "b"], "missing": None},
        (claim,),
    )
    back = Result.from_entry(result.to_entry())
    assert back.claims == result.claims
    assert back.values == result.values
    pd.testing.assert_frame_equal(back.tables["t"], result.tables["t"], check_dtype=False)
    assert back.claim("a.b") == claim


def test_a_step_reads_nothing_that_it_did_not_declare() -> None:
    with pytest.raises(KeyError):
        Inputs(0, {}, {}).extract("author_features")
