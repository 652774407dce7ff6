"""Finds fraud rings in a marketplace's tables, names and scores them, and says why."""
