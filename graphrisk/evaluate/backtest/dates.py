"""As of which dates a backtest runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from graphrisk.errors import InputError

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Spans:
    """What the tables reach over; None where nothing has such a time.

    enough_at: from when on a quarter of all links and a tenth of all bad labels were known. active_until: the
    last sign-up, use or payment. ends_at: the latest time of all, of labels too: what would have been known
    later is not in the tables.
    """

    enough_at: datetime | None
    active_until: datetime | None
    ends_at: datetime | None


def spread_dates(spans: Spans, horizon_days: int, count: int) -> tuple[datetime, ...]:
    """At most `count` midnights, evenly spread from when enough was known to the last date whose labels had
    `horizon_days` to mature. Raises InputError where there is no such date."""
    if spans.enough_at is None or spans.active_until is None or spans.ends_at is None:
        raise InputError(
            "no bad label, or no link, has a time: nobody knows what was known when",
            where="backtest",
            remedy="map reported_at of the labels, and the times of what accounts use",
        )
    first = _midnight(spans.enough_at + _DAY)
    last = _midnight(min(spans.active_until, spans.ends_at - timedelta(days=horizon_days)))
    if first > last:
        raise InputError(
            "no date has enough known before it and a whole horizon after it",
            where="backtest",
            value=f"enough from {first:%Y-%m-%d} on, a horizon up to {last:%Y-%m-%d}",
            remedy="choose a shorter --horizon, or dates of your own with --as-of",
        )
    days = (last - first).days
    steps = {round(days * at / max(count - 1, 1)) for at in range(count)} if count > 1 else {days}
    return tuple(first + timedelta(days=step) for step in sorted(steps))


def settle_dates(asked: Sequence[datetime], spans: Spans, horizon_days: int) -> tuple[datetime, ...]:
    """The dates that somebody asked for, ascending and once each. Raises InputError for one whose labels
    have not had the horizon to mature."""
    for as_of in asked:
        if spans.ends_at is None or as_of + timedelta(days=horizon_days) > spans.ends_at:
            reach = "have no times" if spans.ends_at is None else f"end at {spans.ends_at:%Y-%m-%d %H:%M}"
            raise InputError(
                f"its labels have not matured: the tables {reach}",
                where=f"as of {as_of:%Y-%m-%d %H:%M}, horizon {horizon_days} days",
                remedy="choose an earlier --as-of or a shorter --horizon",
            )
    return tuple(sorted(set(asked)))


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
