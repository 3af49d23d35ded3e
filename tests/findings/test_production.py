"""What is published is what was fitted, and what watches it stays silent on dealt halves."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import extracts
from analysis.errors import StudyError
from analysis.findings.approach import labels
from analysis.findings.production import REPORTED, segmented, steps, watched
from analysis.findings.step import Inputs, Result
from analysis.warehouse.duckdb_file import DuckDBFile
from tests.warehouse.small import PARAMETERS


@pytest.fixture(scope="module")
def inputs(small_sample: Path) -> Inputs:
    source = DuckDBFile(small_sample, threads=1)
    found = {name: extracts.get(name).run(source, PARAMETERS).table for name in watched.NEEDS}
    source.close()
    return Inputs(1, found, {})


@pytest.fixture
def _few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "_FEWEST", 100)


@pytest.mark.usefixtures("_few_are_enough")
def test_every_account_is_listed_and_the_publication_is_that_of_the_fit(inputs: Inputs) -> None:
    found = segmented.segmented(inputs, REPORTED)
    authors = found.tables["authors"]
    members = inputs.extract("author_features").query("IN_AUTHORS")["AUTHOR_INDEX"]
    assert sorted(authors["author_index"]) == sorted(members)
    assert set(authors) == {"author_index", "segment", "probability", "second", "abstains"}
    assert (authors["segment"].isna() == authors["abstains"]).all()
    assert authors["abstains"].sum() >= len(members) - found.values["labelled"] > 0
    read = Result.from_entry(found.to_entry())
    told = segmented.publication(read)
    assert told.version == found.values["version"]
    assert told.scoring == found.values["scoring"]
    assert told.data_from is not None
    assert told.data_from < (told.data_to or told.data_from)


@pytest.mark.usefixtures("_few_are_enough")
def test_another_fit_is_another_version(inputs: Inputs) -> None:
    versions = [
        segmented.segmented(Inputs(seed, inputs.extracts, {}), "correspondence clusters").values[
            "version"
        ]
        for seed in (1, 1, 2)
    ]
    assert versions[0] == versions[1] != versions[2]


@pytest.mark.usefixtures("_few_are_enough")
def test_a_method_without_a_query_is_kept_but_not_published(inputs: Inputs) -> None:
    found = segmented.segmented(inputs, "Rules alone")
    assert found.tables["authors"]["segment"].notna().any()
    with pytest.raises(StudyError, match="no closed form in SQL"):
        segmented.publication(found)


def test_the_bands_are_published_by_their_own_query(inputs: Inputs) -> None:
    told = segmented.publication(segmented.segmented(inputs, "follower-bands"))
    assert (told.method, told.axis) == ("follower bands", "reach")
    assert "MART_AUTHORS_SEGMENTATIONS" in told.scoring


def test_unknown_methods_are_answered_with_those_there_are() -> None:
    with pytest.raises(StudyError, match=r"There is no method mine.*follower-bands"):
        segmented.chosen("mine")
    assert [step.name for step in steps("Follower bands")] == [
        "segmentation.follower-bands",
        "monitoring.follower-bands",
    ]


@pytest.mark.usefixtures("_few_are_enough")
def test_watching_gives_limits_and_a_scorecard(inputs: Inputs) -> None:
    found = watched.watched(inputs, "correspondence clusters")
    assert found.claim("production.moved").verdict in ("yes", "no")
    claim = found.claim("production.restless")
    assert claim.verdict in ("undecided", "no")
    assert claim.interval is not None
    assert claim.estimate == pytest.approx(found.values["changed"])
    assert 0 < found.values["usual"] < found.values["changed_limit"] < 1
    verdicts = found.tables["verdicts"].set_index("criterion")["verdict"]
    assert verdicts.index[0] == "distinct"
    assert verdicts["stable"] in ("pass", "fail")
    assert Result.from_entry(found.to_entry()).values == found.values


def test_what_has_no_date_does_not_move(inputs: Inputs) -> None:
    found = watched.watched(inputs, "follower-bands")
    assert found.claim("production.moved").estimate == 0
    assert {claim.verdict for claim in found.claims} == {"no"}


def test_few_authors_are_refused_in_words(inputs: Inputs) -> None:
    for found in (segmented.segmented(inputs, REPORTED), watched.watched(inputs, REPORTED)):
        assert {claim.verdict for claim in found.claims} == {"cannot be answered"}
        assert "too few" in found.claims[0].reason
        assert not found.tables
    with pytest.raises(StudyError, match="too few"):
        segmented.publication(segmented.segmented(inputs, REPORTED))


def test_labels_of_one_item_are_dealt_together(inputs: Inputs) -> None:
    ties = watched.labels_per_item(inputs.extract("box_matching"))
    assert ties["shoe"] > 3
    assert ties["pattern"] < 1.5
    counts, _ = labels.shown(inputs)
    halves = watched._dealt(counts, counts, ties, 1)
    whole = halves[0].matrix + halves[1].matrix
    assert (whole != 2 * counts.matrix).nnz == 0
    shoes = [name.startswith("shoe/") for name in counts.labels]
    own = counts.matrix[:, shoes].sum(axis=1)
    busy = own > 50
    part = halves[0].matrix[:, shoes].sum(axis=1)[busy] / (2 * own[busy])
    alone = 0.5 / (2 * own[busy]) ** 0.5
    # the share that goes to a half moves as if there were fewer things to deal than labels
    assert (((part - 0.5) / alone) ** 2).mean() > 2
