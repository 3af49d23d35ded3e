"""What is planted, who may read it, and that there is nothing to find in the null world."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pytest
from scipy.stats import spearmanr

import analysis
from analysis.errors import SourceError
from analysis.findings import STEPS
from analysis.findings.bias_estimates import AUDIT, MARGINS, PLANTED
from analysis.prepare import Run, prepare
from analysis.settings import Settings
from analysis.study import Study
from analysis.warehouse.sample import WORLDS, SampleReport, build_sample
from analysis.warehouse.sample.build import draw_block
from analysis.warehouse.sample.scenes import segments
from analysis.warehouse.sample.styles import STYLES, UNNAMED, signatures
from analysis.warehouse.sample.targets import labels
from analysis.warehouse.sample.trends import TRENDS, calendar
from analysis.warehouse.truth import TABLES, Truth

PACKAGE = Path(analysis.__file__).parent
# Evaluation, and the command that checks a sample, may know the truth; nobody else.
MAY_READ = ("truth.py",)


def test_only_evaluation_reads_the_truth():
    readers = set()
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [f"{node.module}.{alias.name}" for alias in node.names]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            if any(name.startswith("analysis.warehouse.truth") for name in names):
                readers.add(path.relative_to(PACKAGE).as_posix())
    allowed = {name for name in readers if "evaluation" in name or name in MAY_READ}
    assert readers == allowed


def test_no_query_of_the_study_names_the_truth():
    for path in (PACKAGE.parent / "sql").rglob("*.sql"):
        assert "truth." not in path.read_text(encoding="utf-8").lower(), path.name


def test_truth_cannot_be_opened_when_it_is_gone(small: SampleReport, tmp_path: Path):
    with pytest.raises(SourceError, match="planted truth"):
        Truth(_without_truth(small.path, tmp_path / "bare.duckdb"))


def test_segmentations_and_verdicts_are_equal_when_the_truth_is_gone(
    prepared: tuple[Settings, Run], tmp_path: Path
):
    settings = Settings(directory=tmp_path / "blind", scale=prepared[0].scale)
    settings.sample_file.parent.mkdir(parents=True)
    _without_truth(prepared[0].sample_file, settings.sample_file)
    run = prepare(settings)
    assert not _schemas(settings.sample_file) & {"truth"}
    seeing, blind = Study.open(prepared[0]), Study.open(settings)
    # A cache of its own: everything was fetched and computed anew.
    assert {query["name"] for query in run.queries} >= {"author_features", "author_label_counts"}
    hashes = [
        study.passports().set_index("name")["content_hash"].to_dict() for study in (seeing, blind)
    ]
    assert "approach.segments" in hashes[1]
    # What stands in for figures from outside the marts goes with the truth, and what rests on it.
    outside = {MARGINS, AUDIT, PLANTED}
    gone = outside | {step.name for step in STEPS if outside & set(step.needs)}
    assert hashes[0].keys() - gone == hashes[1].keys()
    # The scorecard reports how long its fits took.
    differing = {name for name, content in hashes[1].items() if hashes[0][name] != content}
    assert differing <= {"quality.scores"}
    claims = [
        [claim for name in hashes[1] if "." in name for claim in study.result(name).claims]
        for study in (seeing, blind)
    ]
    assert len(claims[0]) > 20
    assert claims[0] == claims[1]


def _without_truth(path: Path, copy: Path) -> Path:
    shutil.copyfile(path, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("drop schema truth cascade")
    return copy


def _schemas(path: Path) -> set[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute("select schema_name from duckdb_schemas()").fetchall()
    return {str(row[0]) for row in rows}


def test_every_truth_table_can_be_read(small: SampleReport):
    with Truth(small.path) as truth:
        for name in TABLES:
            assert len(truth.table(name)) > 0, name
        assert truth.world == WORLDS["calibrated"]
        with pytest.raises(ValueError, match="one of"):
            truth.table("MART_AUTHORS")


def test_every_author_has_a_style_and_a_weight(small: SampleReport, marts):
    with Truth(small.path) as truth:
        planted = truth.styles()
    everybody = marts.execute("select AUTHORID from MART_AUTHORS_SEGMENTATIONS").df()
    assert set(planted["authorid"]) == set(everybody["AUTHORID"])
    assert set(planted["style"]) <= set(STYLES)
    single = planted["style"] == planted["second_style"]
    assert (planted.loc[single, "weight"] == 1.0).all()
    assert (planted.loc[~single, "weight"] == WORLDS["calibrated"].dominant_weight).all()


def test_no_rule_of_the_planted_lexicon_names_the_unnamed_style(small: SampleReport):
    with Truth(small.path) as truth:
        assert UNNAMED not in set(truth.table("lexicon")["style"])
        assert not truth.table("styles").set_index("style").loc[UNNAMED, "named"]


def test_population_shares_undo_the_planted_selection(small: SampleReport):
    with Truth(small.path) as truth:
        margins = truth.table("population_margins")
    assert margins["population_share"].sum() == pytest.approx(1.0)
    ratio = margins["panel_share"] / margins["population_share"]
    assert np.allclose(ratio / margins["inclusion"], (ratio / margins["inclusion"]).iloc[0])
    edgy = margins["segment"] == "edgy"
    assert (
        margins.loc[edgy, "panel_share"].sum() > 1.5 * margins.loc[edgy, "population_share"].sum()
    )


def test_the_best_classifier_finds_styles_where_they_are_and_none_where_they_are_not(
    tmp_path: Path, null_world: Path
):
    full = build_sample(tmp_path / "tenth.duckdb", scale=0.1).path
    with Truth(full) as truth:
        found = truth.bayes_styles()
        # Smaller than the full size, where rare labels say more: a little below 0.85 is possible.
        assert truth.bayes_agreement() > 0.80
        assert found["probability"].mean() == pytest.approx(
            (found["style"] == found["decided"]).mean(), abs=0.04
        )
        more = truth.bayes_styles(objects=True)
        assert (more["style"] == more["decided"]).mean() > (
            found["style"] == found["decided"]
        ).mean() + 0.01
    with Truth(null_world) as truth:
        assert abs(truth.bayes_agreement()) < 0.02


def test_null_world_labels_know_nothing_of_style_or_audience():
    block = draw_block(3, 0, 0.1, WORLDS["null"])
    label, image = block.found.key & 255, block.found.key >> 8
    author = block.images.author
    per_author = np.bincount(author, minlength=block.authors.size)
    writes = per_author >= 30
    for name in ("bag", "dress", "shoes"):
        has = label == labels().number(0, name)
        count = np.bincount(author[image[has]], minlength=block.authors.size)
        share = count[writes] / per_author[writes]
        assert abs(spearmanr(share, block.authors.audience[writes]).statistic) < 0.08
        by_style = [
            share[block.authors.style[writes] == style].mean() for style in range(len(STYLES))
        ]
        assert max(by_style) / min(by_style) < 1.25


def test_followers_world_ties_style_to_the_bands():
    def spread(world: str) -> float:
        authors = draw_block(1, 0, 0.05, WORLDS[world]).authors
        band = segments(authors)
        small, large = authors.style[band == 0], authors.style[band == 2]
        n = len(STYLES)
        shares = [np.bincount(part, minlength=n) / part.size for part in (small, large)]
        return float(np.abs(shares[0] - shares[1]).sum() / 2)

    assert spread("followers") > spread("calibrated") + 0.25


@pytest.mark.parametrize(("world", "weeks"), [("leaders", 3), ("no-lead", 0)])
def test_planted_leads_shift_the_calendar_of_those_who_follow(world: str, weeks: int):
    for trend in TRENDS:
        number = labels().number(trend.kind, trend.label)
        ahead, behind = calendar(WORLDS[world], number)
        if trend.shape == "pulse":
            # Season is shared by date: only the movement is shifted.
            plain = calendar(WORLDS[world].but("flat", trends=0.0), number)
            moved = np.argmax(behind / plain[1]) - np.argmax(ahead / plain[0])
            assert moved == weeks


def test_separation_scales_the_signatures():
    one = signatures(WORLDS["calibrated"])
    none = signatures(WORLDS["null"])
    assert np.abs(one.labels).max() > 1.0
    assert np.abs(none.labels).max() == 0.0
    assert np.allclose(none.kinds, none.kinds[0])
