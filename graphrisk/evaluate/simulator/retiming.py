"""A finished world told anew over several days: who comes later and what is done later moves past the window,
by whole days, so that hours stay what they were, and so do all gaps within the life of who comes later."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from graphrisk.evaluate.simulator.fates import SnapshotParams
from graphrisk.evaluate.simulator.lives import Lives, members_by_account, span_uses
from graphrisk.evaluate.simulator.params import DAY, Part, generator
from graphrisk.evaluate.simulator.people import Role
from graphrisk.evaluate.simulator.sampling import Bools, Ints
from graphrisk.evaluate.simulator.sessions import NOTHING, Sessions
from graphrisk.evaluate.simulator.spans import Span, Spans
from graphrisk.evaluate.simulator.spelling import Spellings
from graphrisk.evaluate.simulator.trade import Payments
from graphrisk.evaluate.simulator.uses import Kind, Uses, UsesByKind, is_among
from graphrisk.evaluate.simulator.verdicts import LABEL_WORDS, Labels
from graphrisk.evaluate.simulator.world import World

NEW_SHARE_A_DAY = 0.004  # of the honest accounts; in the window half of all accounts come in 120 days
LATE_SHARE_A_DAY = 0.004  # of what those do who are there from the first


@dataclass(frozen=True, slots=True)
class _Moves:
    """shift: (accounts,) whole days in seconds by which all that an account does moves. stays: (accounts,)
    who is there from the first snapshot to the last, of whose acts some come late. stopped_at: (accounts,)
    seconds from which on an account does nothing."""

    rng: np.random.Generator
    snapshots: SnapshotParams
    window: int
    shift: Ints
    stays: Bools
    stopped_at: Ints

    def delay_some(self, at: Ints, account: Ints) -> Ints:
        """LATE_SHARE_A_DAY of the acts of those who stay move to each day after the first snapshot."""
        last = self.snapshots.never - 1
        share = LATE_SHARE_A_DAY * self.snapshots.days_apart * last
        late = np.flatnonzero(self.stays[account] & (self.rng.random(len(at)) < share))
        moved = at.copy()
        steps = self.rng.integers(1, last + 1, size=len(late))
        moved[late] = self.snapshots.move_into(self.rng, self.window, at[late], steps)
        return moved

    def since(self, at: Ints) -> Span:
        """From the first snapshot after each time, for good."""
        return Span(self.snapshots.step_of(self.window, at), np.full(len(at), self.snapshots.never))

    def until_stopped(self, at: Ints, *accounts: Ints) -> Span:
        """The same of an act at each time, but never where one of its accounts had stopped by then."""
        span = self.since(at)
        happens = np.all([at < self.stopped_at[each] for each in accounts], axis=0)
        return Span(span.begins, np.where(happens, span.ends, span.begins))


def retime(snapshots: SnapshotParams, world: World, lives: Lives) -> tuple[World, Spans]:
    """The world with its times moved, and what each snapshot shows of it."""
    rng = generator(world.params, Part.RETIMING)
    shift = _shift_accounts(rng, snapshots, world, lives)
    stays = shift == 0
    stays[world.rings.account[lives.stops < snapshots.never]] = False
    stopped_at = lives.stopped_of_accounts(world.rings, len(world.people))
    moves = _Moves(rng, snapshots, world.params.window, shift, stays, stopped_at)
    uses, of_uses, spellings = _retime_uses(moves, world, lives)
    sessions, of_sessions = _retime_sessions(moves, world.sessions, uses, of_uses)
    paid = world.payments
    at = moves.delay_some(paid.at + shift[paid.payer], paid.payer)
    order = np.argsort(at, kind="stable")
    payments = Payments(
        paid.payer[order], paid.payee[order], at[order],
        paid.category[order], paid.status[order], paid.amount[order],
    )  # fmt: skip
    labels = _report_anew(moves, world, lives)
    people = replace(world.people, created_at=world.people.created_at + shift)
    retold = replace(
        world,
        people=people,
        uses=uses,
        spellings=spellings,
        sessions=sessions,
        payments=payments,
        labels=labels,
    )
    spans = Spans(
        accounts=moves.since(people.created_at), uses=of_uses, sessions=of_sessions,
        payments=moves.until_stopped(payments.at, payments.payer, payments.payee),
        labels=moves.since(labels.at),
    )  # fmt: skip
    return retold, spans


def _shift_accounts(rng: np.random.Generator, snapshots: SnapshotParams, world: World, lives: Lives) -> Ints:
    """Members who join later, so that their first act with their ring falls before the snapshot that has it
    first; and honest newcomers, none of them a seller, whom people pay already."""
    people, rings = world.people, world.rings
    shift = np.zeros(len(people), dtype=np.int64)
    is_member = members_by_account(rings, len(people)) >= 0
    may_come = np.flatnonzero(~is_member & (people.role == Role.BUYER) & (people.created_at >= 0))
    days = snapshots.days_apart * (snapshots.never - 1)
    wanted = min(round(NEW_SHARE_A_DAY * days * len(people)), len(may_come) // 2)
    newcomers = rng.choice(may_come, size=wanted, replace=False)
    steps = rng.integers(1, snapshots.never, size=wanted)
    came = people.created_at[newcomers]
    shift[newcomers] = snapshots.move_into(rng, world.params.window, came, steps) - came

    first = _first_acts(world) // DAY
    for ring in range(rings.count):
        here = np.flatnonzero((rings.ring == ring) & (lives.joins > 0) & (lives.joins < snapshots.never))
        if len(here) == 0:
            continue
        day = first[here]
        span = int(day.max() - day.min()) + 1
        begin = world.params.window // DAY + (lives.joins[here] - 1) * snapshots.days_apart
        new_day = begin + (day - day.min()) * snapshots.days_apart // span
        shift[rings.account[here]] = (new_day - day) * DAY
    return shift


def _first_acts(world: World) -> Ints:
    """(members,) when each first used what its ring gave it, or was first active where it never did."""
    rings = world.rings
    first = np.full(len(world.people), np.iinfo(np.int64).max)
    for kind in Kind:
        acts = world.uses[kind].where(is_among(world.uses[kind], world.ring_things[kind]))
        np.minimum.at(first, acts.account, acts.at)
    mine = first[rings.account]
    return np.where(mine == np.iinfo(np.int64).max, world.people.active_from[rings.account], mine)


def _retime_uses(moves: _Moves, world: World, lives: Lives) -> tuple[UsesByKind, dict[Kind, Span], Spellings]:
    snapshots, window = moves.snapshots, moves.window
    uses: UsesByKind = {}
    spans: dict[Kind, Span] = {}
    spellings = world.spellings
    for kind in Kind:
        old = world.uses[kind]
        allowed = span_uses(snapshots, world.rings, lives, old, world.ring_things[kind])
        at = old.at + moves.shift[old.account]
        if kind in (Kind.ADDRESS, Kind.INSTRUMENT):  # the other kinds are told by sessions alone
            at = moves.delay_some(at, old.account)
        waits = np.flatnonzero(snapshots.step_of(window, at) < allowed.begins)
        at[waits] = snapshots.move_into(moves.rng, window, at[waits], allowed.begins[waits])
        rows = np.lexsort((old.thing, at, old.account))
        uses[kind] = Uses(old.account[rows], old.thing[rows], at[rows])
        done = moves.until_stopped(uses[kind].at, uses[kind].account)
        spans[kind] = Span(done.begins, np.minimum(done.ends, allowed.ends[rows]))
        if kind is Kind.ADDRESS:
            spellings = Spellings(spellings.how[rows], spellings.variant[rows])
    return uses, spans, spellings


def _retime_sessions(
    moves: _Moves, old: Sessions, uses: UsesByKind, spans: dict[Kind, Span]
) -> tuple[Sessions, Span]:
    """No snapshot shows one without the use of what it was made with."""
    at = moves.delay_some(old.at + moves.shift[old.account], old.account)
    ends = np.full(len(at), moves.snapshots.never)
    for kind, thing in ((Kind.DEVICE, old.device), (Kind.IP, old.ip)):
        row = _rows_of(uses[kind], old.account, thing)
        there = np.flatnonzero(row != NOTHING)
        ends[there] = np.minimum(ends[there], spans[kind].ends[row[there]])
        early = there[moves.snapshots.step_of(moves.window, at[there]) < spans[kind].begins[row[there]]]
        at[early] = uses[kind].at[row[early]]
    order = np.argsort(at, kind="stable")
    sessions = Sessions(old.account[order], old.device[order], old.ip[order], at[order])
    done = moves.until_stopped(sessions.at, sessions.account)
    return sessions, Span(done.begins, np.minimum(done.ends, ends[order]))


def _rows_of(uses: Uses, account: Ints, thing: Ints) -> Ints:
    """The row of `uses` with each account and thing, NOTHING for a thing that is NOTHING. An account has a
    thing once."""
    code = np.unique(np.concatenate([uses.thing, thing]), return_inverse=True)[1].reshape(-1)
    width = np.int64(int(code.max(initial=0)) + 1)
    pair = uses.account * width + code[: len(uses)]
    order = np.argsort(pair)
    wanted = account * width + code[len(uses) :]
    place = np.minimum(np.searchsorted(pair[order], wanted), max(len(uses) - 1, 0))
    row = order[place] if len(uses) else np.zeros(len(thing), dtype=np.int64)
    return np.where(thing == NOTHING, NOTHING, row).astype(np.int64)


def _report_anew(moves: _Moves, world: World, lives: Lives) -> Labels:
    """Who is suspended is labelled a fraud then, and by no other label; the other labels move with their
    accounts."""
    old = world.labels
    caught = np.flatnonzero(lives.suspended)
    account, at = world.rings.account[caught], lives.stopped_at[caught]
    kept = ~np.isin(old.account, account)
    return Labels(
        np.concatenate([old.account[kept], account]),
        np.concatenate([old.label[kept], np.full(len(caught), LABEL_WORDS.index("fraud"))]),
        np.concatenate([old.at[kept] + moves.shift[old.account[kept]], at]),
    )
