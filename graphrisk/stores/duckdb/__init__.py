"""The embedded store: one DuckDB file holding everything that was loaded and found."""
