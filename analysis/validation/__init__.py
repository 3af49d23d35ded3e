"""Simulation studies of the level and power of tests and the coverage of intervals."""
