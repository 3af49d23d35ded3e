"""Contingency tables of authors and labels: association, correspondence analysis, resampling."""
