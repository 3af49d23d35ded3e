"""The study's own DuckDB cache: extracts and results, each with its passport."""
