"""What the study asks of a source: statistics put to extracts, and the claims they support."""

from __future__ import annotations

from analysis.findings import data, published, today

STEPS = (*data.STEPS, *published.STEPS, *today.STEPS)
"""All steps of the report; ``prepare`` computes them, chapters read them."""
