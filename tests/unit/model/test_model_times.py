"""Moments of any zone, as they are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.model.times import naive_utc

ZONES = st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours)))


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)), ZONES)  # noqa: DTZ001 - naive UTC
def test_a_moment_is_the_same_however_its_zone_is_told(moment: datetime, zone: timezone) -> None:
    assert naive_utc(moment) == moment
    assert naive_utc(moment.replace(tzinfo=UTC).astimezone(zone)) == moment


def test_what_utc_has_no_time_for_is_an_error() -> None:
    with pytest.raises(OverflowError):
        naive_utc(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))))
