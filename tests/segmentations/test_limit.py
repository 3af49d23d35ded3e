import numpy as np
from sklearn.metrics import adjusted_rand_score

from analysis.segmentations.hybrid import Hybrid
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.limit import shortfall, taught_styles
from analysis.segmentations.recovery import Planted


def test_who_is_taught_the_truth_comes_near_who_knows_the_parameters(world):
    styles = tuple(f"style {s}" for s in range(world.weights.shape[1]))
    planted = Planted(styles, world.dominant, world.weights > 0)
    taught = taught_styles(world.counts, planted, dominant=0.65)
    best = adjusted_rand_score(world.dominant, world.optimal.argmax(axis=1))
    assert best - 0.06 < adjusted_rand_score(world.dominant, taught) < best + 0.02

    found = Hybrid(Lexicon.of(world.rules), components=8).fit(world.counts).assign(world.counts)
    rows = np.ones(len(taught), dtype=bool)
    limit, below, (low, high) = shortfall(found, taught, planted, rows=rows, replicates=50)
    own = adjusted_rand_score(world.dominant, found.posterior.argmax(axis=1))
    assert np.isclose(limit - below, own)
    assert low < below < high
    exact, none, _ = shortfall(found, found.posterior.argmax(axis=1), planted, rows=rows)
    assert np.isclose(none, 0.0)
    assert np.isclose(exact, own)
