import pandas as pd

from analysis.segmentations.ranking import ranking


def test_ranking_says_when_weights_decide():
    clear = pd.DataFrame({"x": [3, 2, 1], "y": [3, 1, 2]}, index=["a", "b", "c"])
    found = ranking(clear).set_index("METHOD")
    assert found.loc["a", ["FIRST", "WORST"]].tolist() == [1.0, 1]
    torn = pd.DataFrame({"x": [2, 1], "y": [1, 2]}, index=["a", "b"])
    assert ranking(torn)["FIRST"].between(0.4, 0.6).all()
