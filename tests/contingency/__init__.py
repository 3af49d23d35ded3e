"""Tests of analysis.contingency."""
