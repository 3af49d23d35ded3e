"""Ratios against peers, limits and growth curves; never part of the tests."""
