"""Where rows live: Snowflake, a DuckDB file, a folder of Parquet or CSV, or the sample."""
