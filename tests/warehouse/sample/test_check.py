"""Calibration: every published figure is measured and judged."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from analysis.errors import SourceError
from analysis.warehouse.sample import SampleReport, build_sample, check_sample
from analysis.warehouse.sample.check import CHANCES, compare, failures, judge
from analysis.warehouse.sample.targets import chances, figures, labels, sources, value


@pytest.fixture(scope="module")
def tenth(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    return build_sample(tmp_path_factory.mktemp("check") / "tenth.duckdb", scale=0.1)


def test_every_figure_has_a_source_a_kind_and_one_tolerance():
    tolerances = {
        *("exact", "within_sd", "below", "above", "bound"),
        *("reading", "reading_percent"),
    }
    for figure in figures():
        assert len(tolerances & set(figure)) == 1, figure["id"]
        assert figure["kind"] in {"stated", "derived", "digitised"}
        named = any(short in figure["source"] for short in sources())
        assert named or "arithmetic" in figure["source"], figure["id"]


def test_chance_is_known_of_figures_that_were_read_and_of_no_others():
    read = {figure["id"] for figure in figures() if {"reading", "reading_percent"} & set(figure)}
    assert set(chances()) <= read
    assert all(sd > 0 for sd in chances().values())


def test_tolerance_is_reading_and_three_deviations_of_chance():
    ratio = next(f for f in figures() if f["id"] == "likes.quantiles.p90")
    width = np.log(1.08) + CHANCES * chances()[ratio["id"]]
    for factor, inside in ((0.99, True), (1.01, False)):
        for sign in (1, -1):
            measured = ratio["value"] * np.exp(sign * width * factor)
            assert judge(ratio, ratio["value"], measured, 1.0)[1] == inside
    plain = next(f for f in figures() if f["id"] == "likes.three")
    width = plain["reading"] + CHANCES * chances()[plain["id"]]
    assert judge(plain, plain["value"], plain["value"] + 0.99 * width, 1.0)[1]
    assert not judge(plain, plain["value"], plain["value"] - 1.01 * width, 1.0)[1]
    # A tenth of the accounts: counts are a tenth, their chance relative to them is larger.
    tenth = 0.1 * plain["value"]
    assert judge(plain, tenth, tenth + 0.11 * width, 0.1)[1]
    assert not judge(plain, tenth, None, 1.0)[1]


def test_published_labels_add_up_to_the_published_total():
    assert labels().images.sum() == value("n.labels.dedup")
    assert (labels().images > 0).all()
    assert len(set(zip(labels().types.tolist(), labels().names, strict=True))) == 245


def test_all_figures_are_measured_and_nearly_all_hold(tenth: SampleReport):
    checked = check_sample(tenth.path)
    assert len(checked) == len(figures())
    assert checked["measured"].notna().all()
    # A tenth of the authors: quotas are rounded and the tails are thinner than at full size.
    assert checked["passed"].mean() > 0.80
    exact = checked[checked["tolerance"] == "exact"]
    assert exact["passed"].mean() > 0.9
    assert len(failures(checked)) == (~checked["passed"]).sum()


def test_measures_do_not_hang_on_the_order_of_a_parallel_sum(tenth: SampleReport):
    first = check_sample(tenth.path)["measured"].astype(str)
    for _ in range(3):
        again = check_sample(tenth.path)["measured"].astype(str)
        assert first.tolist() == again.tolist()


def test_digits_beyond_those_that_are_kept_are_judged_all_the_same():
    figure = next(f for f in figures() if f["id"] == "tier.mart.mean_followers.edgy")
    exact = compare({figure["id"]: figure["value"]}, 1.0).set_index("id")
    assert exact.loc[figure["id"], "passed"]


def test_a_spoilt_sample_fails_its_check(tenth: SampleReport, tmp_path: Path):
    spoilt = tmp_path / "spoilt.duckdb"
    spoilt.write_bytes(tenth.path.read_bytes())
    with duckdb.connect(str(spoilt)) as connection:
        connection.execute("update MART_IMAGES_OF_POSTS set NB_LIKES = 0")
    bad = set(failures(check_sample(spoilt))["id"])
    assert {"likes.zero", "likes.quantiles.p50", "posts.likes.tier.mainstream.median"} <= bad


def test_check_refuses_what_is_no_sample(tmp_path: Path):
    stranger = tmp_path / "stranger.duckdb"
    duckdb.connect(str(stranger)).close()
    with pytest.raises(SourceError, match="not built by this project"):
        check_sample(stranger)
    with pytest.raises(SourceError, match="cannot be opened"):
        check_sample(tmp_path / "absent.duckdb")
