import json

import pandas as pd
import pytest

from analysis.segmentations.comparison import methods
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.settings import candidates, settings_of, tuned
from analysis.segmentations.tuning import choose, tune
from analysis.segmentations.unsupervised import FactorClusters


def test_tuning_prefers_clusters_that_are_there(world, nothing):
    one = FactorClusters("ppmi", "kmeans", factors=6, clusters=5)
    there = tune(world.counts, [one], splits=1).iloc[0]
    absent = tune(nothing.counts, [one], splits=1).iloc[0]
    assert there["HELD_OUT"] > 5 * max(absent["HELD_OUT"], 0.001)
    assert there["STABILITY"] > absent["STABILITY"] + 0.3


def test_of_settings_that_foretell_alike_the_more_stable_is_chosen():
    rows = [
        ("w", split, place, held + 0.001 * split * place, stable)
        for split in range(3)
        for place, (held, stable) in enumerate(((0.10, 0.9), (0.1005, 0.5), (0.05, 1.0)))
    ]
    tuned = pd.DataFrame(rows, columns=["WORLD", "SPLIT", "PLACE", "HELD_OUT", "STABILITY"])
    chosen = choose(tuned.assign(COVERED=1.0, SEGMENTS=5))
    assert chosen["CHOSEN"].tolist() == [False, True, False]  # 0 is clearly behind, 2 far
    alike = tuned.assign(HELD_OUT=tuned["HELD_OUT"].mask(tuned["PLACE"] == 1, 0.10))
    assert choose(alike.assign(COVERED=1.0, SEGMENTS=5))["CHOSEN"].tolist() == [True, False, False]


def test_all_methods_that_learn_are_tuned():
    lexicon = Lexicon.load()
    tried = candidates(lexicon)
    learning = {m.name for m in methods(lexicon) if m.family not in {"today", "hand"}}
    assert set(tried) == learning
    for settings in tried.values():
        plain = [settings_of(one) for one in settings]
        assert all(plain.count(one) == 1 for one in plain)
    assert "lexicon" not in settings_of(tried["hybrid"][0])
    assert settings_of(tried["hybrid"][1])["per_style"] == pytest.approx(1.6)


def test_what_tuning_chose_is_what_is_compared(tmp_path):
    lexicon = Lexicon.load()
    tried = candidates(lexicon)
    assert tuned(lexicon, tmp_path / "absent.json") == {m: tried[m][0] for m in tried}
    path = tmp_path / "tuning.json"
    path.write_text(json.dumps([{"method": "hybrid", "place": 2, "chosen": True}]))
    assert tuned(lexicon, path)["hybrid"] == tried["hybrid"][2]
    chosen = tuned(lexicon)
    assert all(
        method.segmenter == chosen.get(method.name, method.segmenter) for method in methods(lexicon)
    )
