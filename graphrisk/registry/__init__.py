"""This run's rings against those of earlier runs."""
