import numpy as np

from analysis.contingency.counts import AuthorLabelCounts
from analysis.segmentations.replicates import Effort, stability
from analysis.segmentations.stability import thin


def test_schemes_are_kept_apart_and_workers_change_nothing(entries, world, features):
    effort = Effort(bootstrap=3, pairs=1, authors=500, seeds=2)
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
    assert table.loc[("hybrid", "subset", "adjusted Rand"), "REPLICATES"] == 2
    assert table.loc[("hybrid", "author halves", "adjusted Rand"), "ESTIMATE"] > 0.5
    assert ("follower bands", "author halves", "adjusted Rand") not in table.index
    assert set(found.segments["SCHEME"]) == {"bootstrap", "subset"}

    two = stability(
        entries[1:2],
        world.counts,
        features,
        effort=Effort(bootstrap=3, pairs=1, authors=500, seeds=1, workers=2),
    )
    same = found.summary.query("METHOD == 'correspondence clusters' and SCHEME == 'subset'")
    other = two.summary.query("SCHEME == 'subset'")
    assert same["ESTIMATE"].tolist() == other["ESTIMATE"].tolist()
