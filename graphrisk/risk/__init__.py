"""Known-bad accounts -> account risk; signals -> ring score; evidence that a person can check."""
