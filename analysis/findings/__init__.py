"""What the study asks of a source: statistics put to extracts, and the claims they support."""

from __future__ import annotations

from analysis.findings import (
    ahead,
    biases,
    cuts,
    data,
    lead,
    panels,
    published,
    quality,
    storage,
    today,
)

STEPS = (
    *data.STEPS,
    *published.STEPS,
    *panels.STEPS,
    *quality.STEPS,
    *biases.STEPS,
    *today.STEPS,
    *cuts.STEPS,
    *ahead.STEPS,
    *lead.STEPS,
    *storage.STEPS,
)
"""All steps of the report; ``prepare`` computes them, chapters read them."""
