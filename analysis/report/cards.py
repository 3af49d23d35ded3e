"""The model card of a fitted method, from the results of a run."""

from __future__ import annotations

from dataclasses import asdict

from analysis.errors import StudyError
from analysis.findings.production import REPORTED
from analysis.segmentations.interface import slug
from analysis.segmentations.modelcard import ModelCard
from analysis.study import Study


def reported(study: Study) -> ModelCard:
    """Return the card of the method that the report recommends."""
    return model_card(study, REPORTED)


def card_files(study: Study) -> dict[str, str]:
    """Return both forms of that card by file name; nothing where the source has no segments."""
    name = f"segmentation.{slug(REPORTED)}"
    if not study.has(name) or not study.result(name).values:
        return {}
    return reported(study).files()


def model_card(study: Study, method: str) -> ModelCard:
    """Collect the card of a method from its segmentation and its monitoring.

    Raises
    ------
    StudyError
        If the source could not be segmented.
    """
    name = slug(method)
    fitted = study.result(f"segmentation.{name}")
    if not fitted.values:
        raise StudyError(fitted.claims[0].reason, "Choose another source or method.")
    watched = study.result(f"monitoring.{name}") if study.has(f"monitoring.{name}") else None
    values = fitted.values
    scored = watched is not None and "scores" in watched.tables
    return ModelCard(
        values["method"],
        values["version"],
        values["axis"],
        {**asdict(study.source), "is_sample": study.source.is_sample},
        {
            "from": values["data_from"],
            "to": values["data_to"],
            **{k: values[k] for k in ("authors", "labelled", "labels", "abstains", "several")},
        },
        values["parameters"],
        fitted.tables["segments"],
        watched.tables["scores"] if watched and scored else None,
        watched.tables["verdicts"] if watched and scored else None,
        watched.values if watched else {},
        values["scoring"] or values["scoring_refused"],
        bool(values["scoring"]),
        values["probabilities"],
        study.manifest["versions"],
    )
