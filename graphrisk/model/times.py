"""Times are naive UTC inside; whoever calls may have one with a zone."""

from __future__ import annotations

from datetime import UTC, datetime


def naive_utc(moment: datetime) -> datetime:
    """In UTC, without a zone; one without a zone is taken as UTC. Raises OverflowError where UTC has no such
    time."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
