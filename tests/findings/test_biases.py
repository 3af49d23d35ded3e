"""A planted bias is found and its correction works; without one, nothing is claimed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis.findings import biases
from analysis.findings.step import Inputs

N, LABELS = 1_500, 12


def world(
    rng: np.random.Generator,
    *,
    unknown_taste: float = 0.0,
    seller_taste: float = 0.0,
    flag_by_size: bool = False,
) -> Inputs:
    """Authors with a Dirichlet taste over labels; deviations are planted on label 0."""
    followers = np.exp(rng.normal(8.5, 2.2, N)).round()
    missing = rng.random(N) < 0.06
    sells = rng.random(N) < 0.15
    images = np.maximum(20, np.exp(rng.normal(4, 0.8, N))).round()
    taste = rng.dirichlet(np.full(LABELS, 8.0), N)
    taste[:, 0] *= np.exp(unknown_taste * missing + seller_taste * sells)
    counts = rng.poisson(0.5 * images[:, None] * taste)
    flag = rng.random(N) < (0.02 + 0.2 * (followers > 40_000) if flag_by_size else 0.05)
    band = np.select(
        [missing, followers <= 12_000, followers <= 40_000],
        ["unknown", "mainstream", "trendy"],
        "edgy",
    )
    author, label = np.nonzero(counts)
    known = np.where(missing, np.nan, followers)
    features = pd.DataFrame(
        {
            "AUTHOR_INDEX": np.arange(N, dtype=np.int32),
            "IN_AUTHORS": True,
            "IS_DRAWN": True,
            "BAND": band,
            "FOLLOWERS_AUTHORS": known,
            "FOLLOWERS_SEGMENTATIONS": known,
            "FLAG": flag,
            "ZONE": "us",
            "N_LABELLED_IMAGES": images.astype(np.int32),
            "N_POSTS_1": 5,
            "N_POSTS_2": np.where(rng.random(N) < 0.8, 5, 0),
            "BIO_SHOP": sells,
            "BIO_BRAND": False,
            "BIO_AMBASSADOR": False,
            "N_IMAGE_ROWS": images.astype(np.int32),
            "CAPTION_ANY": 1.0,
            "CAPTION_SHOP": 0.0,
            "CAPTION_CODE": 0.0,
            "CAPTION_SPONSOR": 0.0,
        }
    )
    long = pd.DataFrame(
        {
            "AUTHOR_INDEX": author.astype(np.int32),
            "LABEL_INDEX": label.astype(np.int16),
            "N_IMAGES_1": counts[author, label].astype(np.int32),
            "N_IMAGES_2": np.int8(0),
        }
    )
    vocabulary = pd.DataFrame(
        {
            "TYPE": "pattern",
            "LABEL_NAME": [f"l{i}" for i in range(LABELS)],
            "LABEL_INDEX": np.arange(LABELS, dtype=np.int16),
            "N_DETECTIONS": counts.sum(axis=0),
        }
    )
    tables = {
        "author_features": features,
        "author_label_counts": long,
        "label_vocabulary": vocabulary,
    }
    return Inputs(1, {n: pa.Table.from_pandas(t) for n, t in tables.items()}, {})


def verdicts(inputs: Inputs) -> dict[str, str]:
    return {claim.id: claim.verdict for claim in biases.biases(inputs).claims}


def test_nothing_is_claimed_where_nothing_is_planted() -> None:
    found = verdicts(world(np.random.default_rng(3)))
    assert set(found.values()) == {"no"}, found
    assert len(found) == len(biases.BIASES)


@pytest.mark.parametrize(
    ("planted", "bias"),
    [({"unknown_taste": 1.2}, "missing_edgy"), ({"seller_taste": 1.2}, "sellers")],
)
def test_a_planted_bias_is_found_and_corrected(planted: dict[str, float], bias: str) -> None:
    result = biases.biases(world(np.random.default_rng(5), **planted))
    assert result.claim(f"biases.{bias}").verdict == "yes"
    row = result.tables["biases"].set_index("bias").loc[bias]
    assert row["label"] == "pattern/l0"
    assert row["careful"] < row["careless"]
    clean = biases.biases(world(np.random.default_rng(5)))
    truth = clean.tables["distortions"]
    truth = truth[(truth["bias"] == bias) & (truth["label"] == "pattern/l0")]["careful"].iloc[0]
    assert abs(row["careful"] - truth) < abs(row["careless"] - truth)


def test_the_interval_of_a_size_holds_the_size() -> None:
    for claim in biases.biases(world(np.random.default_rng(7), flag_by_size=True)).claims:
        assert claim.interval is not None
        assert claim.interval[0] <= claim.estimate <= claim.interval[1], claim.id


def test_a_source_without_flags_or_large_accounts_is_answered_in_words() -> None:
    inputs = world(np.random.default_rng(9))
    features = inputs.extract("author_features")
    features = features[features["BAND"] == "mainstream"].assign(FLAG=False)
    extracts = {**inputs.extracts, "author_features": pa.Table.from_pandas(features)}
    found = {claim.id: claim for claim in biases.biases(Inputs(1, extracts, {})).claims}
    assert found["biases.handpicked"].verdict == "cannot be answered"
    assert found["biases.missing_edgy"].verdict == "cannot be answered"
    assert "One side of the comparison" in found["biases.handpicked"].reason


def test_a_source_that_knows_no_followers_is_asked_about_the_flag_all_the_same() -> None:
    inputs = world(np.random.default_rng(9))
    features = inputs.extract("author_features").assign(
        FOLLOWERS_AUTHORS=np.nan, FOLLOWERS_SEGMENTATIONS=np.nan, BAND="unknown"
    )
    extracts = {**inputs.extracts, "author_features": pa.Table.from_pandas(features)}
    found = {claim.id: claim for claim in biases.biases(Inputs(1, extracts, {})).claims}
    assert found["biases.handpicked"].estimate is not None
    assert found["biases.activity"].verdict == "cannot be answered"
