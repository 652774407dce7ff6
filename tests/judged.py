"""Judgements for tests: by hand, and drawn by Hypothesis."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies as st

from graphrisk.model.judgements import Judgement, RingState, Ruling, Subject, Target

NOON = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - naive UTC, as everywhere
HOUR = timedelta(hours=1)


def account(account_id: str) -> Target:
    return Target(Subject.ACCOUNT, account_id=account_id)


def thing(kind: str, identifier: str) -> Target:
    return Target(Subject.IDENTIFIER, kind=kind, identifier=identifier)


def link(account_id: str, kind: str, identifier: str) -> Target:
    return Target(Subject.LINK, account_id=account_id, kind=kind, identifier=identifier)


def said(
    target: Target,
    ruling: Ruling,
    *,
    by: str = "eve",
    hour: float = 0,
    until: float | None = None,
    why: str = "seen in person",
) -> Judgement:
    """hour, until: after NOON."""
    expires_at = None if until is None else NOON + until * HOUR
    return Judgement(target, ruling, by, NOON + hour * HOUR, why, expires_at)


def said_of_ring(
    ring_id: str, ruling: Ruling, state: RingState, *, by: str = "eve", hour: float = 0
) -> Judgement:
    target = Target(Subject.RING, ring_id=ring_id)
    return Judgement(target, ruling, by, NOON + hour * HOUR, "looked at", None, state)


def ring_state(core: tuple[str, ...], fringe: tuple[str, ...] = (), *, odds: float = 0.0) -> RingState:
    return RingState("RUN-1", NOON - HOUR, "company", odds, tuple(sorted(core)), tuple(sorted(fringe)))


def withdrawn(judgement: Judgement, *, by: str = "eve", hour: float = 0) -> Judgement:
    target = Target(Subject.JUDGEMENT, withdraws=judgement.judgement_id)
    return Judgement(target, Ruling.WITHDRAW, by, NOON + hour * HOUR, "a mistake")


HOSTILE = st.text(
    st.sampled_from(
        ["a", "=", "'", ";", '"', ",", "\n", "\r", "\x00", "\x1b", "\\", "n", "\u202e", "é", "-", "1"]
    ),
    min_size=1,
    max_size=6,
)
_HOURS = st.integers(0, 6)
TARGETS = st.one_of(
    st.sampled_from(["ann", "bob"]).map(account),
    st.sampled_from(["d1", "d2"]).map(lambda name: thing("device", name)),
    st.sampled_from(["ann", "bob"]).map(lambda name: link(name, "device", "d1")),
)
_DECIDED = st.builds(
    lambda target, ruling, by, hour, until: said(
        target, ruling, by=by, hour=hour, until=None if until is None else hour + until
    ),
    TARGETS,
    st.sampled_from([Ruling.CONFIRM, Ruling.REJECT, Ruling.UNSURE]),
    st.sampled_from(["eve", "kim"]),
    _HOURS,
    st.none() | st.integers(1, 4),
)
_OF_RINGS = st.builds(
    lambda core, ruling, hour: said_of_ring("RING-" + "".join(core), ruling, ring_state(core), hour=hour),
    st.sampled_from([("ann", "bob", "cyd"), ("cyd", "dan", "eve")]),
    st.sampled_from([Ruling.CONFIRM, Ruling.REJECT, Ruling.UNSURE]),
    _HOURS,
)


@st.composite
def judgement_sets(draw: st.DrawFn, most: int = 8) -> list[Judgement]:
    """In any order, withdrawals among them, also of what is not there."""
    decided = draw(st.lists(_DECIDED | _OF_RINGS, max_size=most))
    chosen = draw(st.lists(st.sampled_from(decided), max_size=3)) if decided else []
    withdrawals = [
        withdrawn(each, by=draw(st.sampled_from(["eve", "kim"])), hour=draw(_HOURS)) for each in chosen
    ]
    if draw(st.booleans()):
        withdrawals.append(withdrawn(said(account("nobody"), Ruling.CONFIRM)))
    return draw(st.permutations([*decided, *withdrawals]))
