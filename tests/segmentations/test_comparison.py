from analysis.segmentations.comparison import methods, overview
from analysis.segmentations.lexicon import Lexicon


def test_overview_states_what_each_method_gives(entries, world):
    table = overview(entries, world.counts).set_index("METHOD")
    assert table["SQL"].all()
    assert table.loc["hybrid", "PROBABILITIES"]
    assert not table.loc["follower bands", "PROBABILITIES"]
    assert table.loc["hybrid", "SEVERAL"] > 0
    assert table.loc["correspondence clusters", "NAMED"] == 0
    assert table.loc["follower bands", "ROWS_READ"] == 1500


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
