import numpy as np
import pandas as pd
import pytest

from analysis.contingency.counts import AuthorLabelCounts
from analysis.segmentations.comparison import (
    Effort,
    Method,
    fit_all,
    held_out,
    methods,
    overview,
    ranking,
    stability,
)
from analysis.segmentations.followers import FollowerBands
from analysis.segmentations.hybrid import Hybrid
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.stability import thin
from analysis.segmentations.statistical import CorrespondenceClusters


@pytest.fixture(scope="module")
def few(world):
    lexicon = Lexicon.of(world.rules)
    spread = CorrespondenceClusters(clusters=5, axes=8)
    return (
        Method(FollowerBands(), "today", affordable=True),
        Method(spread, "statistical", other_number=CorrespondenceClusters(clusters=6, axes=8)),
        Method(Hybrid(lexicon, components=7, starts=1), "hybrid", affordable=True),
    )


@pytest.fixture(scope="module")
def features():
    rng = np.random.default_rng(0)
    followers = np.exp(rng.normal(9, 2, 1500))
    return pd.DataFrame({"FOLLOWERS_AUTHORS": followers, "FOLLOWERS_SEGMENTATIONS": followers})


@pytest.fixture(scope="module")
def entries(few, world, features):
    return fit_all(few, world.counts, features)


def test_overview_states_what_each_method_gives(entries, world):
    table = overview(entries, world.counts).set_index("METHOD")
    assert table["SQL"].all()
    assert table.loc["hybrid", "PROBABILITIES"]
    assert not table.loc["follower bands", "PROBABILITIES"]
    assert table.loc["hybrid", "SEVERAL"] > 0
    assert table.loc["correspondence clusters", "NAMED"] == 0
    assert table.loc["follower bands", "ROWS_READ"] == 1500


def test_schemes_are_kept_apart_and_workers_change_nothing(entries, world, features):
    effort = Effort(bootstrap=3, subset=2, authors=500, seeds=2)
    first, second = thin(world.counts.matrix, np.random.default_rng(0))
    parts = tuple(
        AuthorLabelCounts(part, world.counts.authors, world.counts.labels)
        for part in (first, second)
    )
    found = stability(entries, world.counts, features, halves=parts, effort=effort)
    table = found.summary.set_index(["METHOD", "SCHEME", "MEASURE"])
    assert not found.summary.duplicated(["METHOD", "SCHEME", "MEASURE"]).any()
    bands = table.loc["follower bands"]
    assert bands.loc[("bootstrap", "adjusted Rand"), "ESTIMATE"] == 1.0
    assert ("correspondence clusters", "bootstrap", "adjusted Rand") not in table.index
    assert table.loc[("hybrid", "bootstrap", "adjusted Rand"), "ESTIMATE"] > 0.7
    assert table.loc[("hybrid", "bootstrap", "adjusted Rand"), "REPLICATES"] == 3
    assert ("correspondence clusters", "numbers", "adjusted Rand") in table.index
    assert ("hybrid", "time halves", "adjusted Rand") in table.index
    assert set(found.segments["SCHEME"]) == {"bootstrap", "subset"}

    two = stability(
        entries[1:2],
        world.counts,
        features,
        effort=Effort(bootstrap=3, subset=2, authors=500, seeds=1, workers=2),
    )
    same = found.summary.query("METHOD == 'correspondence clusters' and SCHEME == 'subset'")
    other = two.summary.query("SCHEME == 'subset'")
    assert same["ESTIMATE"].tolist() == other["ESTIMATE"].tolist()


def test_labels_foretold_separate_styles_from_bands(few, world, features):
    first, second = thin(world.counts.matrix, np.random.default_rng(0))
    parts = [
        AuthorLabelCounts(part, world.counts.authors, world.counts.labels)
        for part in (first, second)
    ]
    found = held_out(few, *parts, features, replicates=99)
    gains = found.gains.set_index("METHOD")
    assert abs(gains.loc["follower bands", "GAIN"]) < 0.01
    assert gains.loc["hybrid", "LOW"] > 0.03
    differences = found.differences.set_index("METHOD")
    assert differences.loc["follower bands", "HIGH"] < 0
    best = differences["BEST"].iloc[0]
    assert differences.loc[best, ["DIFFERENCE", "LOW", "HIGH"]].tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="same authors"):
        held_out(few, parts[0], parts[1].select_authors(np.arange(9)), features)


def test_ranking_says_when_weights_decide():
    clear = pd.DataFrame({"x": [3, 2, 1], "y": [3, 1, 2]}, index=["a", "b", "c"])
    found = ranking(clear).set_index("METHOD")
    assert found.loc["a", ["FIRST", "WORST"]].tolist() == [1.0, 1]
    torn = pd.DataFrame({"x": [2, 1], "y": [1, 2]}, index=["a", "b"])
    assert ranking(torn)["FIRST"].between(0.4, 0.6).all()


def test_every_family_is_in_the_comparison():
    chosen = methods(Lexicon.load())
    names = [method.name for method in chosen]
    assert len(set(names)) == len(names)
    assert {method.family for method in chosen} == {
        "today",
        "hand",
        "rules",
        "statistical",
        "unsupervised",
        "supervised",
        "hybrid",
    }
