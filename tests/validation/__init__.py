"""Tests of analysis.validation."""
