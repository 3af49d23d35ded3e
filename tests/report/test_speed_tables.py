from __future__ import annotations

import pandas as pd

from analysis.report import speed_tables as tables
from analysis.warehouse.cost import Shape, estimate, inputs

MACHINE = {"measured": "2026-01-05", "machine": {"cores": 2, "memory_GiB": 23.5}}
GOALS = [
    {"goal": "times as fast", "measured": 3.0, "wanted": 2, "sense": "at least", "met": True},
    {"goal": "peak memory", "measured": 0.3, "wanted": 0.1, "sense": "at most", "met": False},
]
GROWTH = MACHINE | {
    "goals": [],
    "rounds": 3,
    "stages": {
        "warehouse": {
            "times": {
                "1.0": {"median": 1.0, "least": 1.0, "most": 1.0},
                "10.0": {"median": 9.0, "least": 8.5, "most": 9.5},
            },
            "exponent": {"median": 0.954, "least": 0.929, "most": 0.978},
        },
    },
    "accuracy": {
        "drawn": 40_000, "authors": 300_000, "inertia_error": 0.004, "adjusted_rand": 0.98,
        "inertia_errors": [-0.004, 0.002], "stated_errors": [0.003, 0.005],
    },
}  # fmt: skip


def test_goals_that_are_missed_are_named():
    found = {"extraction": MACHINE | {"goals": GOALS}}
    answer = tables.answer_sentence(found)
    assert answer.startswith("1 of the 2 goals that were measured are met. Not met: peak memory.")
    assert "a new week of posts" in answer.partition("neither met nor missed")[2]
    page = tables.goals_table(found).as_raw_html()
    assert "missed" in page
    assert "at most 0.1" in page
    assert "extracts against other ways on 5 January 2026" in tables.measured_sentence(found)


def test_ways_stand_from_slow_to_fast_with_ours_as_the_measure():
    def figure(value):
        return {"median": value, "least": value - 0.5, "most": value + 0.5}

    ways = {
        way: {
            "seconds": figure(took),
            "processor_seconds": figure(2 * took),
            "peak_MiB": figure(mib),
        }
        for way, took, mib in (("extracts", 3.0, 512), ("pandas", 60.0, 12_288))
    }
    times = {"extracts": figure(1.0), "pandas": figure(20.0)}
    page = tables.ways_table({"extraction": {"ways": ways, "times_as_fast": times}})
    assert page._tbl_data["way"].tolist() == ["pandas", "extracts"]
    assert page._tbl_data["times"].tolist() == ["20.0", "1.0"]
    assert page._tbl_data["memory"].tolist() == ["12.0", "0.5"]
    assert page._tbl_data["seconds"][1].startswith("3.0 (2.5")
    assert tables.ways_table({})._tbl_data.empty


def test_growth_is_relative_to_the_smallest_size():
    frame = tables.growth_frame({"growth": GROWTH})
    assert frame["times"].tolist() == [1.0, 9.0]
    assert frame["most"].tolist() == [1.0, 9.5]
    assert "0.95 of the size (0.93 to 0.98 in 3 rounds)" in tables.growth_sentence(
        {"growth": GROWTH}
    )
    assert "40,000 authors stand for 300,000" in tables.growth_sentence({"growth": GROWTH})
    assert tables.growth_sentence({"growth": GROWTH}).count("(stated: ") == 2


def test_a_copy_without_benchmarks_says_so():
    assert "Nothing was measured" in tables.answer_sentence({})
    assert "not measured" in tables.growth_sentence({})
    assert tables.growth_frame({}).empty
    assert ".nothing" in tables.growth_figure(tables.growth_frame({})).data


def test_cost_names_the_largest_size_and_its_inputs():
    given, shape = inputs(), Shape(800, 110, 460, 70, 4000, 245)
    cost = pd.concat(
        [estimate(shape, n, given, kinds=300).assign(authors=n) for n in (1000, 10**9)]
    )
    sentence = tables.cost_sentence(cost, given["warehouse"], 300)
    assert "1,000,000,000 authors" in sentence
    assert "X-Small" in sentence
    assert "300 kinds" in sentence
    assert "1,000 authors" in tables.cost_table(cost).as_raw_html()


def test_pairs_are_counted_by_labelled_image():
    class Copy:
        def extract(self, name):
            if name == "dirt":
                kinds = ["repeated author rows", "labelled images without a post"]
                return pd.DataFrame({"KIND": kinds, "N_LOOKED_AT": [7, 20]})
            return pd.DataFrame({"N_IMAGES": [60, 38]})

    assert "take 4.9 rows an image" in tables.pairs_sentence(Copy())
