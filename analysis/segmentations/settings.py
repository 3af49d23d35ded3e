"""The settings of all methods that learn: those tried, and those that tuning chose.

``data/tuning.json`` says which candidate of each method was chosen, on which figures; it is
written by ``python -m benchmarks.tuning``. A method that it does not name keeps its first one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from analysis.resources import data_file
from analysis.segmentations.hybrid import Hybrid
from analysis.segmentations.interface import Segmenter
from analysis.segmentations.lexicon import Lexicon, RuleVotes
from analysis.segmentations.statistical import CorrespondenceClusters, LatentClasses
from analysis.segmentations.supervised import WeakStyles
from analysis.segmentations.unsupervised import Clustering, FactorClusters, Space


def candidates(lexicon: Lexicon) -> dict[str, tuple[Segmenter, ...]]:
    """Return the settings that are tried, by method; numbers go with the rules of the lexicon."""
    styles = len(lexicon.rules) + 2
    numbers = (styles, round(1.5 * styles))

    def spaces(space: Space, clustering: Clustering) -> tuple[FactorClusters, ...]:
        return tuple(
            FactorClusters(space, clustering, factors=factors, clusters=number)
            for factors in (styles - 3, styles + 2, styles + 9)
            for number in numbers
        )

    def learners(settings: WeakStyles) -> tuple[WeakStyles, ...]:
        return (
            settings,
            replace(settings, quiet=0.5),
            replace(settings, quiet=1.5),
            replace(settings, concentration=150.0),
            replace(settings, concentration=600.0),
        )

    hybrid = Hybrid(lexicon)
    tried: tuple[tuple[Segmenter, ...], ...] = (
        tuple(RuleVotes(lexicon, concentration) for concentration in (300.0, 150.0, 600.0)),
        tuple(
            CorrespondenceClusters(clusters=number, axes=axes)
            for axes in (16, 10, 24)
            for number in numbers
        ),
        (LatentClasses("multinomial"), LatentClasses("multinomial", criterion="bic")),
        (LatentClasses("tempered"), LatentClasses("tempered", criterion="bic")),
        tuple(LatentClasses("dirichlet", numbers=(number,)) for number in (*numbers, 2 * styles)),
        spaces("nmf", "kmeans"),
        spaces("lda", "kmeans"),
        spaces("ppmi", "kmeans"),
        spaces("ppmi", "gmm"),
        tuple(
            FactorClusters("ppmi", "hdbscan", factors=factors, clusters=parts)
            for factors in (6, 4, 8)
            for parts in (25, 15)
        ),
        learners(WeakStyles(lexicon, "logistic")),
        learners(WeakStyles(lexicon, "boosting"))[:2],
        (
            hybrid,
            replace(hybrid, per_style=1.6),
            replace(hybrid, per_style=2.4),
            replace(hybrid, least_t=2.0),
            replace(hybrid, least_t=3.0),
            replace(hybrid, least_explained=0.2),
            replace(hybrid, least_explained=0.4),
            replace(hybrid, variant=0.5),
            replace(hybrid, variant=0.7),
            replace(hybrid, far=0.35),
            replace(hybrid, far=0.65),
        ),
    )
    return {settings[0].method: settings for settings in tried}


def settings_of(segmenter: Segmenter) -> dict[str, Any]:
    """Return the settings of a method as plain values, the lexicon left out."""
    values = {f.name: getattr(segmenter, f.name) for f in fields(segmenter)}  # type: ignore[arg-type]
    values.pop("lexicon", None)
    return {
        name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()
    }


def tuned(lexicon: Lexicon, path: Path | None = None) -> dict[str, Segmenter]:
    """Return the chosen settings of each method."""
    path = path or data_file("tuning.json")
    rows = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    places = {row["method"]: int(row["place"]) for row in rows if row["chosen"]}
    return {method: tried[places.get(method, 0)] for method, tried in candidates(lexicon).items()}
