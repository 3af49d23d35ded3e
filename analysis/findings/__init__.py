"""What the study asks of a source: statistics put to extracts, and the claims they support."""

from __future__ import annotations

from analysis.findings import (
    ahead,
    approach,
    bias_estimates,
    biases,
    cuts,
    data,
    every_way,
    ideas,
    lead,
    panels,
    production,
    published,
    quality,
    speed,
    storage,
    today,
    validation,
)

STEPS = (
    *data.STEPS,
    *published.STEPS,
    *panels.STEPS,
    *quality.STEPS,
    *biases.STEPS,
    *bias_estimates.STEPS,
    *today.STEPS,
    *cuts.STEPS,
    *ahead.STEPS,
    *lead.STEPS,
    *approach.STEPS,
    approach.RECOVERY,
    *storage.STEPS,
    *production.STEPS,
    *ideas.STEPS,
    *speed.STEPS,
    *every_way.STEPS,
    *validation.STEPS,
)
"""All steps of the report; ``prepare`` computes them, chapters read them."""
