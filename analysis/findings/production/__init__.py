"""From report to production: a segmentation that can be published, and what watches over it."""

from __future__ import annotations

from analysis.findings.production import segmented, watched
from analysis.findings.step import Step

REPORTED = "hybrid"
"""The method that the report recommends, publishes and watches."""


def steps(method: str) -> tuple[Step, ...]:
    """Return the steps that fit a method, by its name, and watch it."""
    return segmented.step(method), watched.step(method)


STEPS = steps(REPORTED)
