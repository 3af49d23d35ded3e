"""Tests of analysis.panels."""
