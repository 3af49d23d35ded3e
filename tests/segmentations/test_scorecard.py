"""A good table passes, a shuffled one fails, and what cannot be measured is said not to be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.contingency.counts import AuthorLabelCounts
from analysis.segmentations.criteria import regrouped
from analysis.segmentations.scorecard import Evidence, Scorecard, scorecard
from analysis.trends.visibility import WeeklyCounts
from tests.segmentations.worlds import features, panel


@pytest.fixture(scope="module")
def world() -> tuple[Evidence, pd.Series]:
    rng = np.random.default_rng(11)
    counts, halves, style = panel(rng, authors=1_200)
    known = Evidence(counts, features(counts.authors, rng, style), halves)
    return known, pd.Series(np.array(["a", "b", "c"])[style], index=counts.authors)


def by_label(
    counts: AuthorLabelCounts, known: pd.DataFrame, rng: np.random.Generator
) -> np.ndarray[Any, Any]:
    """A method of its own kind: the band of the share of one label."""
    share = counts.profiles()[:, [0]].toarray().ravel()
    return np.where(share > 0.03, "much", "little").astype(object)


def test_planted_styles_pass_what_matters(world: tuple[Evidence, pd.Series]) -> None:
    evidence, styles = world
    card = scorecard(styles, evidence, effort=99, seed=1)
    for name in ("distinct", "homogeneous", "valid outside", "covering", "balanced"):
        assert card.criterion(name) == "pass", str(card)
    assert card.criterion("stable") == "not measured"
    flag = card.table.set_index("measure").loc["R² of the fashion-forward flag, noise removed"]
    assert flag["low"] > 0.05


def test_shuffled_segments_fail(world: tuple[Evidence, pd.Series]) -> None:
    evidence, styles = world
    shuffled = pd.Series(np.random.default_rng(0).permutation(styles), index=styles.index)
    card = scorecard(shuffled, evidence, effort=99, seed=1)
    assert card.verdict == "fail"
    for name in ("distinct", "homogeneous", "valid outside", "interpretable"):
        assert card.criterion(name) == "fail", str(card)


def test_without_any_style_nothing_passes_for_distinct() -> None:
    rng = np.random.default_rng(12)
    counts, halves, style = panel(rng, strength=0.0)
    evidence = Evidence(counts, features(counts.authors, rng, style), halves)
    card = scorecard(pd.Series(style.astype(str), index=counts.authors), evidence, effort=99)
    assert card.criterion("distinct") == "fail"
    assert card.criterion("homogeneous") == "fail"
    assert card.verdict == "fail"


def test_the_method_is_run_again(world: tuple[Evidence, pd.Series]) -> None:
    evidence, _ = world
    given = by_label(evidence.counts, evidence.features, np.random.default_rng(0))
    segments = pd.Series(given, index=evidence.counts.authors)
    card = scorecard(segments, evidence, reassign=by_label, effort=99, seed=1)
    scores = card.table.set_index("measure")["estimate"]
    assert scores["worst segment's Jaccard, authors resampled"] == 1.0
    # a rule on a share is noisy: it must change between halves and when labels get lost
    assert 0.0 < scores["adjusted Rand, first against second half"] < 1.0
    assert 0.3 < scores["worst segment's Jaccard, counts jittered"] < 1.0
    assert card.criterion("cheap") == "pass"


def test_a_rule_without_dates_is_not_called_stable_over_time(
    world: tuple[Evidence, pd.Series],
) -> None:
    evidence, _ = world

    def by_followers(counts: Any, known: pd.DataFrame, rng: np.random.Generator) -> Any:
        return np.where(known["FOLLOWERS"] > 3_000, "large", "small").astype(object)

    own = evidence.features
    segments = pd.Series(by_followers(None, own, None), index=own["AUTHOR_INDEX"])  # type: ignore[arg-type]
    table = scorecard(segments, evidence, reassign=by_followers, effort=99).table
    halves = table.set_index("measure").loc["adjusted Rand, first against second half"]
    assert halves["verdict"] == "not measured"
    assert "date" in halves["reason"]
    jitter = table.set_index("measure").loc["worst segment's Jaccard, counts jittered"]
    assert 0.8 < jitter["estimate"] < 1.0


def test_tables_of_any_form_give_the_same_scores(world: tuple[Evidence, pd.Series]) -> None:
    evidence, styles = world
    frame = styles.rename("SEGMENT").rename_axis("AUTHOR_INDEX").reset_index()
    stranger = pd.DataFrame({"AUTHOR_INDEX": [-5], "SEGMENT": ["a"]})
    one = scorecard(styles, evidence, effort=49)
    two = scorecard(pd.concat([frame, stranger]), evidence, effort=49)
    pd.testing.assert_frame_equal(one.table, two.table)
    printed = str(one)
    assert printed.splitlines()[0].startswith("criterion")
    assert "share of repeatable taste between segments" in printed


def test_left_out_authors_count_against_covering(world: tuple[Evidence, pd.Series]) -> None:
    evidence, styles = world
    half = styles.where(np.arange(len(styles)) % 2 == 0)
    card = scorecard(half, evidence, effort=49)
    covering = card.table.set_index("criterion").loc["covering"]
    assert covering["estimate"] == pytest.approx(0.5)
    assert covering["verdict"] == "fail"


def test_without_halves_the_held_out_measures_are_missing(
    world: tuple[Evidence, pd.Series],
) -> None:
    evidence, styles = world
    card = scorecard(styles, Evidence(evidence.counts, evidence.features), effort=49)
    assert card.criterion("homogeneous") == "not measured"
    assert card.table.iloc[0]["verdict"] == "pass"


def test_weekly_counts_are_summed_by_segment() -> None:
    items = np.array([[1.0, 0], [2, 1], [0, 4]])
    units = pd.DataFrame({"GROUP": "", "BLOCK": [3, 67, 5]})
    weeks = pd.date_range("2024-01-01", periods=2, freq="7D")
    from scipy.sparse import csr_array

    counts = WeeklyCounts(("t",), weeks, units, csr_array(items), np.full((3, 2), 10.0))
    found = regrouped(counts, pd.Series({3: "x", 67: "x", 5: "y"}))
    assert found.units.to_dict("list") == {"GROUP": ["x", "y"], "BLOCK": [3, 5]}
    assert found.of_trend("t").tolist() == [[3, 1], [0, 4]]
    assert found.images.tolist() == [[20, 20], [10, 10]]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame({"AUTHOR": [1], "SEGMENT": ["a"]}), "AUTHOR_INDEX"),
        (pd.Series(["a", "b"], index=[100, 100]), "twice"),
        (pd.Series("a", index=np.arange(100, 200)), "fewer than two segments"),
    ],
)
def test_refuses_tables_that_cannot_be_judged(
    world: tuple[Evidence, pd.Series], table: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        scorecard(table, world[0])


def test_verdict_of_a_criterion() -> None:
    def card(*verdicts: str) -> Scorecard:
        from analysis.segmentations.criteria import Score

        nan = float("nan")
        scores = tuple(
            Score("distinct", str(k), 1.0, nan, nan, 0.5, verdict, "")  # type: ignore[arg-type]
            for k, verdict in enumerate(verdicts)
        )
        return Scorecard(scores, pd.Series(dtype=int))

    assert card("pass", "not measured").criterion("distinct") == "pass"
    assert card("pass", "fail").criterion("distinct") == "fail"
    assert card("pass", "undecided").criterion("distinct") == "undecided"
    assert card("not measured").criterion("distinct") == "not measured"
    assert card("pass", "fail").verdict == "fail"
