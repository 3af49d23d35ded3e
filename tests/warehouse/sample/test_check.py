"""Calibration: every published figure is measured and judged."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from analysis.errors import SourceError
from analysis.warehouse.sample import SampleReport, build_sample, check_sample
from analysis.warehouse.sample.check import failures
from analysis.warehouse.sample.targets import figures, labels, sources, value


@pytest.fixture(scope="module")
def tenth(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    return build_sample(tmp_path_factory.mktemp("check") / "tenth.duckdb", scale=0.1)


def test_every_figure_has_a_source_a_kind_and_one_tolerance():
    tolerances = {"exact", "within", "within_percent", "within_sd", "within_days", "below", "above"}
    for figure in figures():
        assert len(tolerances & set(figure)) == 1, figure["id"]
        assert figure["kind"] in {"stated", "derived", "digitised"}
        named = any(short in figure["source"] for short in sources())
        assert named or "arithmetic" in figure["source"], figure["id"]


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


def test_a_spoilt_sample_fails_its_check(tenth: SampleReport, tmp_path: Path):
    spoilt = tmp_path / "spoilt.duckdb"
    spoilt.write_bytes(tenth.path.read_bytes())
    with duckdb.connect(str(spoilt)) as connection:
        connection.execute("update MART_IMAGES_OF_POSTS set NB_LIKES = 0")
    bad = set(failures(check_sample(spoilt))["id"])
    assert {"likes.zero", "likes.quantiles.p50", "posts.likes.tier.edgy.median"} <= bad


def test_check_refuses_what_is_no_sample(tmp_path: Path):
    stranger = tmp_path / "stranger.duckdb"
    duckdb.connect(str(stranger)).close()
    with pytest.raises(SourceError, match="not built by this project"):
        check_sample(stranger)
    with pytest.raises(SourceError, match="cannot be opened"):
        check_sample(tmp_path / "absent.duckdb")
