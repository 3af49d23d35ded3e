"""The first page says what the claims say, and grades it by how they are supported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest

from analysis.cache.passport import Passport
from analysis.claims import Claim
from analysis.findings.step import Result
from analysis.report.summary import (
    Summary,
    describe_segments,
    grade,
    segments,
    segments_subtitle,
    segments_title,
)
from analysis.warehouse.source import SourceInfo


def claim(
    id: str,
    verdict: str = "yes",
    estimate: float | None = 0.3,
    interval: tuple[float, float] | None = (0.1, 0.5),
    p: float | None = 0.01,
) -> Claim:
    return Claim(id, "?", estimate, "units", interval, p, verdict, "Because.")  # type: ignore[arg-type]


@dataclass
class Run:
    """A study of claims alone."""

    results: dict[str, Result] = field(default_factory=dict)
    source = SourceInfo("folder", "marts", "")

    def passport(self, name: str) -> Passport:
        return Passport(name, "result", "", "", "", "", "", 0, 0, "", 0.0, "")

    def has(self, name: str) -> bool:
        return name in self.results

    def result(self, name: str) -> Result:
        return self.results[name]


STYLES = pd.DataFrame(
    {
        "segment": ["luxury", "sportswear", "not fashion", "proposal 1"],
        "kind": ["named", "named", "named", "proposed"],
        "share": [0.1, 0.2, 0.6, 0.1],
        "low": [0.08, 0.18, 0.57, 0.08],
        "high": [0.12, 0.22, 0.63, 0.12],
        "labels": [
            "bag_brand/x, item/coat",
            "shoe/y",
            "scene/bowl",
            "item/hat, item/top, a/b, c/d",
        ],
    }
)


def summary(**results: Any) -> Summary:
    named = {name.replace("__", "."): result for name, result in results.items()}
    return Summary(Run(named))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (claim("a"), "A"),
        (claim("a", p=None), "B"),
        (claim("a", interval=None), "B"),
        (claim("a", interval=None, p=None), "C"),
        (claim("a", "undecided"), "D"),
        (claim("a", "cannot be answered", None, None, None), "D"),
        (None, "D"),
    ],
)
def test_a_grade_is_what_supports_the_claim(made: Claim | None, expected: str) -> None:
    assert grade(made) == expected


def test_an_answer_is_graded_by_its_weakest_claim() -> None:
    answer = summary(
        today__association=Result(claims=(claim("today.association", "no"),)),
        today__edgy_lead=Result(claims=(claim("today.edgy_lead", "undecided"),)),
    ).today
    assert answer.grade == "D"
    assert "wear much the same (0.300 units" in answer.sentences
    assert "earlier than mainstream ones is open (" in answer.sentences
    assert answer.sentences.count(". ") == 1
    assert "stop reading them as taste" in answer.monday
    assert "Do not sell edgy series" in answer.monday


def test_advice_follows_the_verdicts() -> None:
    answer = summary(
        today__association=Result(claims=(claim("today.association"),)),
        today__edgy_lead=Result(claims=(claim("today.edgy_lead"),)),
    ).today
    assert answer.grade == "A"
    assert "Keep the bands as a panel of taste" in answer.monday
    assert "Do not" not in answer.monday


def test_the_bands_are_judged_in_one_sentence() -> None:
    judged = summary(
        quality__scores=Result(claims=(claim("quality.bands", "no", 3.0, None, None),))
    ).quality
    assert "threshold: the follower bands fail them, with 3 units. " in judged.sentences
    assert judged.sentences.count(". ") == 1


def test_the_first_lines_turn_with_the_verdicts() -> None:
    found = summary(
        quality__scores=Result(claims=(claim("quality.bands", "no"),)),
        today__association=Result(claims=(claim("today.association", "no"),)),
        today__edgy_lead=Result(claims=(claim("today.edgy_lead"),)),
        approach__gates=Result(claims=(claim("approach.segment", "no"),)),
    ).short
    assert found == (
        "Follower bands do not make a good segmentation; their accounts wear much the same, and "
        "edgy accounts wear trends earlier. Authors fall into no styles that last: do not segment "
        "by style."
    )
    assert summary().short.count("open") == 4


def test_styles_are_named_only_where_the_gates_open() -> None:
    shut = Result(claims=(claim("approach.segment", "no", None, None),))
    found = Result({"segments": STYLES})
    answer = summary(approach__gates=shut, approach__segments=found).approach
    assert "luxury" not in answer.sentences
    opened = Result(claims=(claim("approach.segment", "yes", None, None),))
    answer = summary(approach__gates=opened, approach__segments=found).approach
    assert "2 named styles in 30\N{NO-BREAK SPACE}% of the authors with labels" in answer.sentences
    assert answer.sentences.count(". ") == 1
    assert answer.grade == "B"


def test_a_run_without_results_says_so() -> None:
    empty = summary()
    assert empty.today.sentences.count("not computed") == 2
    assert "No bias could be measured" in empty.quality.sentences
    assert {empty.quality.grade, empty.today.grade, empty.approach.grade} == {"D"}


def test_the_figure_of_styles_says_what_it_shows() -> None:
    counted = STYLES.assign(authors=[10, 20, 60, 10])
    assert "Share of 100 authors with labels" in segments_subtitle(counted)
    assert segments(STYLES)["segment"].iloc[0] == "not fashion"
    assert segments(STYLES)["words"].iloc[-1].count(",") <= 2
    assert segments_title(STYLES) == "Sportswear is the largest of 3 styles"
    assert "luxury 10\N{NO-BREAK SPACE}%" in describe_segments(STYLES)
