"""Tests of analysis.trends."""
