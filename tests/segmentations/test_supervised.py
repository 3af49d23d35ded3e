import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.supervised import FlagModel, WeakStyles, predictors


@pytest.fixture(scope="module")
def flagged(world):
    """Half of the authors of one style are flagged: absence does not mean no."""
    rng = np.random.default_rng(0)
    deserving = world.dominant == 2
    features = pd.DataFrame({"FOLLOWERS_AUTHORS": np.exp(rng.normal(7, 2, 1500))})
    return features, deserving, deserving & (rng.random(1500) < 0.5)


@pytest.mark.parametrize("learner", ["logistic", "boosting"])
def test_flag_is_learnt_and_the_unflagged_are_not_called_no(learner, world, flagged):
    features, deserving, flag = flagged
    found = FlagModel(learner, folds=3).evaluate(world.counts, features, flag, repeats=2)
    assert found.average_precision > 2 * found.base_rate
    assert found.flagged.mean() == pytest.approx(flag.mean(), abs=0.03)
    assert found.found == pytest.approx(0.5, abs=0.15)
    assert found.deserving.sum() > 1.4 * flag.sum()
    assert found.deserving[deserving].mean() > 5 * found.deserving[~deserving].mean()
    assert set(found.importance["PREDICTORS"]) >= {"shoe", "pattern", "item"}
    assert "FOLLOWERS_AUTHORS" not in set(found.importance["PREDICTORS"])


def test_rows_of_an_author_stay_in_one_fold(world, flagged):
    features, _, flag = flagged
    doubled = world.counts.select_authors(np.arange(300))
    groups = np.arange(300) // 2
    found = FlagModel("logistic", folds=3).evaluate(
        doubled, features[:300], flag[:300], groups=groups, repeats=1
    )
    assert len(found.flagged) == 300


def test_too_few_flags_are_refused(world, flagged):
    features = flagged[0]
    with pytest.raises(ValueError, match="flag is set on 0 authors"):
        FlagModel().evaluate(world.counts, features, np.zeros(1500, dtype=bool))


def test_weak_styles_name_but_cannot_discover(world):
    settings = WeakStyles(Lexicon.of(world.rules))
    found = settings.fit(world.counts).assign(world.counts)
    named = np.isin(world.dominant, [1, 2, 3])
    assert adjusted_rand_score(world.dominant[named], found.posterior.argmax(axis=1)[named]) > 0.3
    assert {segment.kind for segment in found.segments} == {"named", "rest"}


def test_predictors_keep_missing_traits_missing(world):
    features = pd.DataFrame({"N_POSTS": [1.0] * 1499 + [None]})
    table = predictors(world.counts, features)
    assert table["N_POSTS"].isna().sum() == 1
    assert (table[list(world.counts.labels)] > 0).all().all()
