"""Runs as of past dates, scored with what came out later."""
