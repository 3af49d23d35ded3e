"""Tests of analysis.segmentations."""
