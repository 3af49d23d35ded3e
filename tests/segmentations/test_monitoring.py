"""Drift between snapshots: silent where nothing changed, loud where something did."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.segmentations.monitoring import Drift, drift

NAMES = np.array(["sport", "luxury", "street", None], dtype=object)
SHARES = [0.5, 0.1, 0.35, 0.05]


def shown(
    rng: np.random.Generator, style: np.ndarray, moves: float = 0.15
) -> pd.Series[str | None]:
    """Return a snapshot of authors that show their style, or now and then another."""
    other = rng.choice(4, len(style), p=SHARES)
    return pd.Series(NAMES[np.where(rng.random(len(style)) < moves, other, style)])


def world(seed: int, authors: int = 2000) -> tuple[np.random.Generator, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng, rng.choice(4, authors, p=SHARES)


def compared(seed: int, authors: int = 400) -> Drift:
    rng, style = world(seed, authors)
    a, b, c, d = (shown(rng, style) for _ in range(4))
    return drift(a, b, unchanged=(c, d), replicates=299, alarm=0.05, seed=seed)


def test_alarms_where_nothing_changed_are_as_rare_as_promised() -> None:
    found = [compared(seed) for seed in range(300)]
    # a perfect alarm of 1 in 20 gives 5 to 27 of 300 in all but 1 of 1,000 cases
    assert 5 <= sum(one.moved for one in found) <= 27
    assert 5 <= sum(bool(one.restless) for one in found) <= 27
    inside = [one.index_interval[0] <= one.index <= one.index_interval[1] for one in found]
    assert np.mean(inside) > 0.9


def test_a_wave_to_one_segment_is_seen_and_named() -> None:
    rng, style = world(1)
    before, quiet = shown(rng, style), (shown(rng, style), shown(rng, style))
    gone = np.where((style == 0) & (rng.random(len(style)) < 0.15), 1, style)
    found = drift(before, shown(rng, gone), unchanged=quiet, seed=1)
    assert found.moved
    assert found.index_p_value <= 0.001
    table = found.table.set_index("SEGMENT")
    assert table["CONTRIBUTION"].idxmax() == "luxury"
    assert table.loc["luxury", "LOW"] > 0 > table.loc["sport", "HIGH"]
    assert table["CONTRIBUTION"].sum() == pytest.approx(found.index)


def test_restless_authors_are_seen_where_the_mix_stands_still() -> None:
    rng, style = world(2)
    quiet = (shown(rng, style), shown(rng, style))
    found = drift(shown(rng, style, 0.3), shown(rng, style, 0.3), unchanged=quiet, seed=2)
    assert not found.moved
    assert found.restless
    assert found.usual_interval[1] < found.changed_interval[0]


def test_index_by_hand_and_authors_that_come_and_go() -> None:
    before = pd.DataFrame({"AUTHOR_INDEX": range(6), "SEGMENT": ["a", "a", "a", "b", "b", None]})
    after = pd.DataFrame({"AUTHOR_INDEX": range(1, 8), "SEGMENT": ["a", "b", *"bbb", None, "a"]})
    found = drift(before, after, replicates=50)
    p, q = np.array([3.5, 2.5, 1.5]) / 7.5, np.array([2.5, 4.5, 1.5]) / 8.5
    assert found.index == pytest.approx(((q - p) * np.log(q / p)).sum())
    assert (found.authors, found.joined, found.left) == (8, 2, 1)
    assert found.changed == pytest.approx(1 / 4)
    assert found.restless is None
    assert found.table["KEPT"].tolist()[:2] == [1 / 2, 1.0]


def test_the_same_table_twice_has_not_moved() -> None:
    _, style = world(3)
    same = pd.Series(NAMES[style])
    found = drift(same, same, unchanged=(same, same), replicates=99)
    assert found.index == found.changed == found.changed_limit == 0
    assert not found.moved
    assert not found.restless


@pytest.mark.parametrize(
    ("before", "match"),
    [
        (pd.DataFrame({"AUTHOR_INDEX": [1], "BAND": ["a"]}), "lacks SEGMENT"),
        (pd.Series(["a", "b"], index=[1, 1]), "twice"),
        (pd.Series(["a"], index=[9]), "no author is in both"),
    ],
)
def test_tables_that_cannot_be_compared_are_refused(before: object, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        drift(before, pd.Series(["a", "b"], index=[1, 2]))  # type: ignore[arg-type]


def test_same_seed_same_limits() -> None:
    assert compared(5).index_limit == compared(5).index_limit
