"""judge: what a person says about an account, an identifier, a link or a ring is put down for later runs.

What is judged must exist, so that a slip of the pen is no judgement. At once it is told who hung on it: the
members of the rings that it holds together, whom the next run sees with other eyes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from graphrisk.errors import ConfigError, NotFoundError, printable, visible
from graphrisk.flows.answer import RingLibrary, RunReader, choose_run
from graphrisk.flows.follow import LifeReader, open_ring_itself
from graphrisk.model.bursts import burst_kind
from graphrisk.model.derived_kinds import with_derived
from graphrisk.model.families import family_kinds
from graphrisk.model.findings import KnownLabel, RingDossier
from graphrisk.model.judgements import (
    JUDGED_SIGNAL,
    Judgement,
    RingState,
    Ruling,
    Subject,
    Target,
    check_judgement,
    score_scale,
)
from graphrisk.model.kinds import KindSet
from graphrisk.model.rings import MemberRole
from graphrisk.model.runs import RunRecord
from graphrisk.model.times import naive_utc
from graphrisk.model.verdicts import Verdict
from graphrisk.registry.judgements import first_withdrawals, stand_at


class JudgementReader(Protocol):
    def read_judgements(self) -> tuple[Judgement, ...]:
        """All that were ever passed or brought in, in order."""
        ...


class JudgementWriter(Protocol):
    def add_judgements(self, judgements: Sequence[Judgement]) -> None:
        """All or none; one that is there already is not written twice."""
        ...


@dataclass(frozen=True, slots=True)
class HeldMember:
    """A member of a ring that hangs on what is judged. holds_it: whether the member itself has it."""

    ring_id: str
    account_id: str
    role: MemberRole
    account_risk: float
    holds_it: bool


class JudgedThings(Protocol):
    """What there is to judge."""

    def find_identifiers(self, kind: str, text: str) -> Sequence[str]:
        """The identifier of that text, or else those with a spelling of that text, or else, of a kind that is
        derived, the one that some run has as evidence."""
        ...

    def near_identifiers(self, kind: str, text: str) -> Sequence[str]: ...

    def has_link(self, account_id: str, kind: str, identifier: str) -> bool: ...

    def read_labels(self, account_id: str) -> Sequence[KnownLabel] | None:
        """What the tables say of an account; None where they know no such account."""
        ...

    def near_account_ids(self, name: str) -> Sequence[str]: ...

    def read_held(self, run: RunRecord, target: Target) -> Sequence[HeldMember]:
        """By ring, those who hold it first. Of an account: its ring. Of a link: rings of its account."""
        ...


@dataclass(frozen=True, slots=True)
class JudgeSides:
    things: JudgedThings
    rings: RingLibrary
    lives: LifeReader
    runs: RunReader
    reader: JudgementReader
    writer: JudgementWriter


@dataclass(frozen=True, slots=True)
class JudgeOrder:
    """target: as the person names it: identifiers in any spelling, names of rings and judgements by how they
    start. judged_at, expires_at: UTC, or with a zone; None for now, and for never. run_id: that the ring is
    of and whose members are told, None for the latest."""

    target: Target
    ruling: Ruling
    judged_by: str
    reason: str
    judged_at: datetime | None = None
    expires_at: datetime | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """held: who hangs on what was judged, or on what a withdrawn judgement was of, in run run_id; nobody
    where there is no run. contested: by whom the opposite was said, so that now nothing counts. opposed:
    labels of the tables that say the opposite of an account."""

    judgement: Judgement
    run_id: str | None
    held: tuple[HeldMember, ...]
    contested: tuple[Judgement, ...]
    opposed: tuple[KnownLabel, ...]


def judge(sides: JudgeSides, kinds: KindSet, order: JudgeOrder, now: datetime) -> JudgeReport:
    """now: naive UTC. Raises NotFoundError where there is nothing like the target, ConfigError where the
    judgement makes no sense, or withdraws what was withdrawn by then."""
    judged_at = now if order.judged_at is None else naive_utc(order.judged_at)
    expires_at = None if order.expires_at is None else naive_utc(order.expires_at)
    run = _choose_run(sides.runs, order)
    target, ring = _resolve(sides, kinds, order, run)
    judgement = Judgement(target, order.ruling, order.judged_by, judged_at, order.reason, expires_at, ring)
    try:
        check_judgement(judgement)
        if judged_at > now:
            raise ValueError("nothing was judged in the future")
    except ValueError as error:
        raise ConfigError(str(error), where="the judgement", remedy="see `graphrisk judge --help`") from error
    _refuse_needless(sides.reader.read_judgements(), judgement)
    sides.writer.add_judgements([judgement])
    everything = sides.reader.read_judgements()
    about = next((each.target for each in everything if each.judgement_id == target.withdraws), target)
    held = () if run is None else tuple(sides.things.read_held(run, about))
    contested = stand_at(everything, now).contested
    return JudgeReport(
        judgement, None if run is None else run.run_id, held,
        tuple(each for each in contested if each.target == target and each.ruling is not judgement.ruling),
        _opposed(sides.things, judgement),
    )  # fmt: skip


def _refuse_needless(judgements: Sequence[Judgement], judgement: Judgement) -> None:
    """A withdrawal of what was withdrawn by its own time says nothing. One that is put down for an earlier
    time does: runs as of the time between heed it."""
    first = first_withdrawals(judgements).get(judgement.target.withdraws)
    if first is not None and first.judged_at <= judgement.judged_at:
        raise ConfigError(
            f"already withdrawn by {printable(first.judged_by)} on {first.judged_at:%Y-%m-%d %H:%M}:"
            f" {visible(first.reason)} ({first.judgement_id})",
            where=judgement.target.withdraws, remedy="nothing is left to do: it counts no longer",
        )  # fmt: skip


def _choose_run(runs: RunReader, order: JudgeOrder) -> RunRecord | None:
    """A ring is of a run; for everything else a workspace without runs will do."""
    if order.run_id is None and order.target.subject is not Subject.RING and not runs.read_runs():
        return None
    return choose_run(runs, order.run_id)


def _resolve(
    sides: JudgeSides, kinds: KindSet, order: JudgeOrder, run: RunRecord | None
) -> tuple[Target, RingState | None]:
    """What is judged, by its exact names; and the ring as it is now."""
    target, things = order.target, sides.things
    if target.subject is Subject.RING and run is not None:
        dossier = open_ring_itself(sides.rings, sides.lives, run, target.ring_id)
        return replace(target, ring_id=dossier.ring.ring_id), freeze_ring(dossier, run)
    if target.subject is Subject.JUDGEMENT:
        judgements = sides.reader.read_judgements()
        return replace(target, withdraws=find_judgement(judgements, target.withdraws).judgement_id), None
    if target.subject is not Subject.IDENTIFIER and things.read_labels(target.account_id) is None:
        near = _either(things.near_account_ids(target.account_id))
        remedy = near or "ids are case-sensitive"
        raise NotFoundError("no such account", value=target.account_id, remedy=remedy)
    if target.subject is Subject.ACCOUNT:
        return target, None
    _check_kind(kinds, target)
    identifier = _find_identifier(things, target)
    found = replace(target, identifier=identifier)
    if target.subject is Subject.LINK and not things.has_link(target.account_id, target.kind, identifier):
        raise NotFoundError(
            f"the account never used this {target.kind}", where=printable(target.account_id),
            value=target.identifier, remedy="`graphrisk account ID` lists what it used",
        )  # fmt: skip
    return found, None


def freeze_ring(dossier: RingDossier, run: RunRecord) -> RingState:
    """The ring with its score as it was before judged rings had a say in it."""
    by_role: dict[MemberRole, list[str]] = {role: [] for role in MemberRole}
    for member in dossier.members:
        by_role[member.role].append(member.account_id)
    share = min(max(dossier.ring.score, 1e-12), 1 - 1e-12)
    heard = sum(signal.points for signal in dossier.signals if signal.signal == JUDGED_SIGNAL)
    return RingState(
        run.run_id, run.as_of, _scale(run), math.log(share / (1 - share)) - heard,
        *(tuple(sorted(by_role[role])) for role in (MemberRole.CORE, MemberRole.FRINGE)),
    )  # fmt: skip


def _scale(run: RunRecord) -> str:
    told = json.loads(run.parameters)
    return score_scale(told.get("judged_by", ""), told.get("prior"))


def find_judgement(judgements: Sequence[Judgement], name: str) -> Judgement:
    """The one of that name, or the only one whose name starts so, with or without `J-`, in any case. Raises
    NotFoundError."""
    start = name.upper() if name.upper().startswith("J-") else f"J-{name.upper()}"
    judged = [each for each in judgements if each.ruling is not Ruling.WITHDRAW]
    fitting = [each for each in judged if name and each.judgement_id.startswith(start)]
    if len(fitting) == 1:
        return fitting[0]
    raise NotFoundError(
        "more than one judgement is called so" if fitting else "no such judgement", value=name,
        remedy=_either([each.judgement_id for each in fitting]) or "list them with `graphrisk judge list`",
    )  # fmt: skip


def _check_kind(kinds: KindSet, target: Target) -> None:
    """Links are of declared kinds; identifiers also of families and bursts: a door, a network, a crowd."""
    made = (each for kind in kinds.kinds for each in (*family_kinds(kind), burst_kind(kind)))
    families = [each.name for each in made]
    allowed = [*kinds.names(), *(families if target.subject is Subject.IDENTIFIER else ())]
    if target.kind in allowed:
        return
    derived = with_derived(kinds).named(target.kind) is not None
    raise ConfigError(
        f"a kind of which no {target.subject} can be judged" if derived else "unknown kind",
        value=target.kind, remedy=f"one of {', '.join(sorted(allowed))}",
    )  # fmt: skip


def _find_identifier(things: JudgedThings, target: Target) -> str:
    fitting = things.find_identifiers(target.kind, target.identifier)
    if len(fitting) == 1:
        return fitting[0]
    near = fitting or things.near_identifiers(target.kind, target.identifier)
    raise NotFoundError(
        f"more than one {target.kind} is written so" if fitting else f"no such {target.kind}",
        value=target.identifier,
        remedy=_either(near) or "`graphrisk account ID` and `graphrisk rings explain` name identifiers",
    )


def _opposed(things: JudgedThings, judgement: Judgement) -> tuple[KnownLabel, ...]:
    opposite = {Ruling.CONFIRM: Verdict.GOOD, Ruling.REJECT: Verdict.BAD}.get(judgement.ruling)
    if judgement.target.subject is not Subject.ACCOUNT or opposite is None:
        return ()
    labels = things.read_labels(judgement.target.account_id) or ()
    return tuple(label for label in labels if label.verdict is opposite)


def _either(names: Sequence[str]) -> str:
    return f"did you mean {', '.join(map(printable, names[:5]))}?" if names else ""
