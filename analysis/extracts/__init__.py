"""Named queries that bring author features and counts, never rows of labels, to Python."""

from analysis.extracts.catalogue import Column, Extract, get, names, read
from analysis.extracts.trends import Trend, load_trends

__all__ = ["Column", "Extract", "Trend", "get", "load_trends", "names", "read"]
