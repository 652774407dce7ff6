"""This run's rings against all earlier ones: lasting names, what became of each, and how stable they are."""
