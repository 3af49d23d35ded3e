from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis.findings import approach
from analysis.findings.approach import gating, worlds
from analysis.findings.approach import methods as comparison
from analysis.findings.approach.gating import _gate_claims
from analysis.findings.approach.labels import shown
from analysis.findings.production.segmented import segmented
from analysis.findings.step import Inputs, Result
from analysis.segmentations.comparison import methods
from analysis.segmentations.gates import Gate, chance
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.phasemap import BREAKS, FACTORS, GRID, phase_map
from analysis.segmentations.replicates import Effort
from tests.segmentations.conftest import SMALL, draw


@pytest.fixture(scope="module")
def drawn():
    return draw(SMALL, 700)


@pytest.fixture(scope="module")
def inputs(drawn):
    """The three extracts, made from a small world; labels are split over the halves at random."""
    rng = np.random.default_rng(0)
    n = drawn.counts.n_authors
    followers = np.round(np.exp(rng.normal(8, 2, n)))
    features = pd.DataFrame(
        {
            "AUTHOR_INDEX": np.arange(n) + 5,
            "IN_AUTHORS": True,
            "IS_DRAWN": True,
            "FIRST_DAY": pd.Timestamp("2024-01-01"),
            "LAST_DAY": pd.Timestamp("2024-12-31"),
            "FOLLOWERS_AUTHORS": followers,
            "FOLLOWERS_SEGMENTATIONS": followers,
            "FOLLOWS": 1.0,
            "BAND": np.select(
                [followers > 40_000, followers > 12_000], ["edgy", "trendy"], "mainstream"
            ),
            "FLAG": (drawn.dominant == 2) & (rng.random(n) < 0.5),
            "N_POSTS": rng.poisson(20, n),
            "N_IMAGES": rng.poisson(20, n),
            "LIKES_MEDIAN": rng.poisson(20, n).astype(float),
            "COMMENTS_MEDIAN": rng.poisson(2, n).astype(float),
        }
    )
    names = drawn.counts.labels
    kinds = {"shoe": "shoe", "pattern": "pattern", "item": "object_detection"}
    labels = pd.DataFrame(
        {
            "TYPE": [*(kinds[name.partition("/")[0]] for name in names), "object_detection"],
            "LABEL_NAME": [*(name.replace("/", "") for name in names), "human"],
            "LABEL_INDEX": np.arange(len(names) + 1),
        }
    )
    coo = drawn.counts.matrix.tocoo()
    first = rng.binomial(coo.data.astype(int), 0.5)
    long = pd.DataFrame(
        {
            "AUTHOR_INDEX": coo.coords[0] + 5,
            "LABEL_INDEX": coo.coords[1],
            "N_IMAGES_1": first,
            "N_IMAGES_2": coo.data.astype(int) - first,
        }
    )
    people = pd.DataFrame(
        {"AUTHOR_INDEX": [5], "LABEL_INDEX": [len(names)], "N_IMAGES_1": [99], "N_IMAGES_2": [0]}
    )
    long = pd.concat([long, people])
    tables = {"author_features": features, "label_vocabulary": labels, "author_label_counts": long}
    return Inputs(
        0, {k: pa.Table.from_pandas(v, preserve_index=False) for k, v in tables.items()}, {}
    )


@pytest.fixture
def lexicon(monkeypatch, drawn):
    """Rules of the small world, under the names that the extracts give its labels."""
    renamed = {"shoe": "shoe/", "pattern": "pattern/", "item": "scene/"}
    rules = {
        style: tuple(renamed[label.partition("/")[0]] + label.replace("/", "") for label in labels)
        for style, labels in drawn.rules.items()
    }
    monkeypatch.setattr(Lexicon, "load", classmethod(lambda cls, path=None: cls.of(rules)))


def test_people_in_the_picture_are_no_label(inputs):
    counts, features = shown(inputs)
    assert not any(label.endswith("human") for label in counts.labels)
    assert {label.partition("/")[0] for label in counts.labels} == {"shoe", "pattern", "scene"}
    assert (features["AUTHOR_INDEX"].to_numpy() == counts.authors).all()
    first, second = (shown(inputs, half)[0] for half in (1, 2))
    assert first.totals.sum() + second.totals.sum() == counts.totals.sum()


def test_hybrid_step_names_segments_and_keeps_reach_an_axis_of_its_own(inputs, lexicon):
    fitted = segmented(inputs, "hybrid")
    found = approach.segments(Inputs(0, inputs.extracts, {"segmentation.hybrid": fitted}))
    names = set(found.tables["segments"]["segment"])
    assert len(names & {"style 1", "style 2", "style 3"}) >= 2
    assert found.tables["axes"]["authors"].sum() == 700
    styles = found.tables["segments"]
    assert styles["authors"].sum() == 700 - fitted.values["abstains"]
    assert (styles["low"] < styles["share"]).all()
    assert (styles["share"] < styles["high"]).all()
    assert found.claim("approach.proposals").verdict == "yes"
    assert Result.from_entry(found.to_entry()).values == found.values


def test_comparison_recovery_and_ranking_fit_together(inputs, lexicon, drawn, monkeypatch):
    monkeypatch.setattr(comparison, "EFFORT", Effort(bootstrap=2, pairs=1, authors=300, seeds=1))
    few = (
        "follower bands",
        "engagement and activity",
        "rules alone",
        "correspondence clusters",
        "embeddings + kmeans",
        "weak labels + logistic",
        "hybrid",
    )
    monkeypatch.setattr(
        comparison, "methods", lambda lexicon: tuple(m for m in methods(lexicon) if m.name in few)
    )
    compared = approach.compared(inputs)
    assert list(compared.tables["overview"]["method"]) == list(few)
    foretold = approach.foretold(inputs)
    assert foretold.claim("approach.foretold").estimate > 0

    styles = np.array([f"style {s}" for s in drawn.dominant])
    truth = pd.DataFrame(
        {
            "AUTHOR_INDEX": np.arange(700) + 5,
            "STYLE": styles,
            "SECOND_STYLE": styles,
            "UNNAMED": drawn.dominant == 4,
            "OPTIMAL_STYLE": [f"style {s}" for s in drawn.optimal.argmax(axis=1)],
            "OPTIMAL_DESCRIBED": [f"style {s}" for s in drawn.optimal.argmax(axis=1)],
            "DESCRIBED": drawn.counts.totals,
        }
    )
    results = {"approach.compared": compared, "approach.foretold": foretold}
    with_truth = Inputs(
        0, {**inputs.extracts, approach.TRUTH: pa.Table.from_pandas(truth)}, results
    )
    recovered = approach.recovered(with_truth)
    table = recovered.tables["methods"].set_index("method")
    assert table.loc["hybrid", "adjusted_rand"] > table.loc["rules alone", "adjusted_rand"]
    assert table.loc["hybrid", "adjusted_rand"] > 0.6
    assert abs(table.loc["follower bands", "adjusted_rand"]) < 0.05
    assert recovered.claim("approach.recovered").interval is not None
    limits = recovered.tables["limits"].set_index("inputs")
    assert limits.loc["all labels", "hybrid"] == table.loc["hybrid", "adjusted_rand"]
    assert limits["hybrid"].iloc[0] > limits["hybrid"].iloc[1]  # fewer labels say less
    below = recovered.claim("approach.limit.all")
    assert below.estimate == pytest.approx(limits["limit"].iloc[0] - limits["hybrid"].iloc[0])

    ranked = approach.ranked(Inputs(0, {}, results))
    assert ranked.tables["ranking"]["first"].sum() == pytest.approx(1.0)

    said = {claim.id: claim for claim in approach.families(Inputs(0, {}, results)).claims}
    assert len(said) == 14  # an advantage and a limit of seven families
    assert said["approach.today.limit"].verdict == "no"
    assert said["approach.supervised.limit"].estimate == 0
    assert said["approach.rules.limit"].estimate < 0.95
    assert said["approach.hybrid.advantage"].estimate > 0.7
    nothing = {name: Result() for name in results}
    refused = approach.families(Inputs(0, {}, nothing)).claims
    assert {claim.id for claim in refused} == set(said)
    assert {claim.verdict for claim in refused} == {"cannot be answered"}


def test_methods_claim_segments_that_come_out_again_and_last(inputs, lexicon, monkeypatch):
    few = ("correspondence clusters", "tempered latent classes")
    monkeypatch.setattr(
        gating, "methods", lambda lexicon: tuple(m for m in methods(lexicon) if m.name in few)
    )
    monkeypatch.setattr(gating, "chance", partial(chance, replicates=3))
    found = approach.by_chance(inputs)
    assert found.claim("approach.chance").verdict == "yes"
    assert found.tables["methods"]["lasts"].all()
    # other labels of other authors: nobody keeps a segment
    rng = np.random.default_rng(1)
    long = inputs.extract("author_label_counts")
    names = np.unique(long["AUTHOR_INDEX"])
    moved = pd.Series(rng.permutation(names), index=names)
    key = ["AUTHOR_INDEX", "LABEL_INDEX"]
    second = long[[*key, "N_IMAGES_2"]].assign(AUTHOR_INDEX=long["AUTHOR_INDEX"].map(moved))
    mixed = long[[*key, "N_IMAGES_1"]].merge(second, on=key, how="outer").fillna(0)
    torn = pa.Table.from_pandas(mixed, preserve_index=False)
    refused = approach.by_chance(Inputs(0, {**inputs.extracts, "author_label_counts": torn}, {}))
    assert refused.claim("approach.chance").verdict == "no"


def test_worlds_place_the_source_and_say_what_breaks(inputs, lexicon, monkeypatch):
    few = {"nothing broken": BREAKS["nothing broken"], "noisy detectors": BREAKS["noisy detectors"]}
    tiny = partial(
        phase_map, worlds=GRID[:1] + GRID[-1:], breaks=few, authors=150, seeds=1, broken_seeds=1
    )
    monkeypatch.setattr(worlds, "phase_map", tiny)
    found = approach.charted(inputs)
    assert {claim.id for claim in found.claims} == {
        "approach.charted",
        "approach.grid",
        "approach.broken",
    }
    assert len(found.tables["leads"]) == 4
    assert set(found.tables["effects"]["factor"]) == set(FACTORS)
    assert Result.from_entry(found.to_entry()).claims == found.claims


def test_without_truth_recovery_cannot_be_answered(inputs):
    assert approach.recovered(inputs).claims[0].verdict == "cannot be answered"


def test_flag_step(inputs):
    found = approach.flag(inputs)
    assert set(found.tables["models"]["model"]) >= {"logistic, without followers"}
    assert found.claim("approach.flag").estimate > 1


@pytest.mark.parametrize(
    ("kept", "grouped", "verdict", "words"),
    [
        (0.5, 99.0, "yes", "fall into groups"),
        (0.0, 99.0, "no", "say nothing of the other half"),
        (0.5, -99.0, "no", "but not in groups"),
    ],
)
def test_recommendation_follows_the_gates(kept, grouped, verdict, words):
    nothing = np.zeros(39)
    gates = (
        Gate("persistence", kept, nothing + 0.01),
        Gate("gain", grouped, nothing, least=0.0),
        Gate("agreement", 0.5, nothing),
    )
    claims = {claim.id: claim for claim in _gate_claims(gates)}
    assert claims["approach.segment"].verdict == verdict
    assert words in claims["approach.segment"].reason


@pytest.mark.parametrize(
    "step",
    [approach.gates, approach.segments, approach.compared, approach.foretold, approach.charted],
)
def test_few_authors_are_refused_in_words(step, inputs):
    members = inputs.extracts["author_features"].slice(0, 40)
    few = Inputs(0, {**inputs.extracts, "author_features": members}, {})
    few = Inputs(0, few.extracts, {"segmentation.hybrid": segmented(few, "hybrid")})
    (claim,) = step(few).claims
    assert claim.verdict == "cannot be answered"
    assert "too few" in claim.reason
