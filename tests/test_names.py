"""Names for readers: words for every label that needs them, and no two labels under one name."""

from __future__ import annotations

import tomllib

import pytest

from analysis.names import label_of, method_words, series_words, type_words, words
from analysis.resources import data_file

NAMES = tomllib.loads(data_file("names.toml").read_text(encoding="utf-8"))
LEXICON = tomllib.loads(data_file("lexicon.toml").read_text(encoding="utf-8"))
TRENDS = tomllib.loads(data_file("trends.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("shoe/heelskinny", "skinny heel"),
        ("shoe_brand/new_balance", "New Balance (shoes)"),
        ("bag_brand/miumui", "Miu Miu (bags)"),
        ("object_detection/hat", "hat"),
        ("scene/tennisracket", "tennis racket"),
        ("pattern/never_seen", "never seen"),
        ("edgy", "edgy"),
    ],
)
def test_a_label_is_said_as_people_say_it(stored: str, said: str) -> None:
    assert label_of(stored) == said


def test_types_methods_and_series_have_words() -> None:
    assert type_words("object_detection") == "object"
    assert method_words("topics (NMF) + kmeans") == "topics (NMF) + k-means"
    assert method_words("by embeddings + gmm, its strongest") == (
        "by embeddings + Gaussian mixture, its strongest"
    )
    assert series_words("eu") == "Europe"
    assert series_words("shoes") == "shoes"


@pytest.mark.parametrize("part", ["objects", "patterns", "shoes"])
def test_no_two_labels_of_a_type_share_a_name(part: str) -> None:
    said = list(NAMES[part].values())
    assert len(said) == len(set(said))


def test_brands_share_a_name_only_as_spellings_of_one() -> None:
    spellings = tomllib.loads(data_file("vocabulary.toml").read_text())["brand_spellings"]
    merged = {spellings.get(brand, brand): words(brand) for brand in NAMES["brands"]}
    assert len(set(merged.values())) == len(merged)


def test_labels_that_rules_and_trends_name_have_no_words_run_together() -> None:
    named = {label for rule in LEXICON["rule"] for label in rule["labels"]}
    named |= {label for trend in TRENDS["trend"] for label in trend["labels"]}
    assert {label for label in named if max(map(len, label_of(label).split())) > 15} == set()
