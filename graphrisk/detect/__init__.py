"""Account graph -> candidate rings, one file per detector."""
