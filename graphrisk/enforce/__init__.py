"""Rings become a plan, a plan a signed package, and back again."""
