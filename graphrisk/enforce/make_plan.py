"""From what a run says, the policy and what is in force to a plan."""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from graphrisk.enforce.blast import measure_blast
from graphrisk.enforce.caps import Candidate, Spending, Spent, choose_within_caps
from graphrisk.enforce.evidence import count_sources, hanging_on, know_kinds, list_evidence
from graphrisk.enforce.facts import MemberFacts, RunFacts
from graphrisk.enforce.guardrails import Allowed, Moment, allow
from graphrisk.enforce.plan import Plan, PlanHeader, PlanOrder, count_rows, name_plan, seal_rows
from graphrisk.enforce.policy import Guardrail, Policy
from graphrisk.enforce.state import EnforcementState
from graphrisk.model.enforcement import Bucket, Evidence, PlanRow, Tier, rank, strongest
from graphrisk.model.kinds import KindSet
from graphrisk.model.ledger import AppealStatus


@dataclass(frozen=True, slots=True)
class Ground:
    """All that a plan stands on. token_of: account id -> subject. key: of pseudonyms. spent: of
    spent.sum_spending. good: accounts that are labelled good, in rings or not."""

    run: RunFacts
    kinds: KindSet
    policy: Policy
    state: EnforcementState
    spent: Spending
    token_of: Callable[[str], str]
    key: bytes
    good: frozenset[str] = frozenset()


def make_plan(members: Sequence[MemberFacts], ground: Ground, order: PlanOrder) -> Plan:
    """members: of the rings that were asked for, each account in one ring. The same inputs give the same
    plan, in whatever order the members come."""
    policy = ground.policy
    kinds = know_kinds(ground.kinds)
    moment = Moment(order.made_at, ground.run, _cooling(ground.state, order.made_at, policy))
    drafts = []
    for member, subject in _sorted(members, ground):
        evidence = list_evidence(member, kinds, policy)
        allowed = allow(member, subject, evidence, policy, moment)
        drafts.append(_draft(member, subject, (evidence, allowed), ground, order))
    drafts = [draft for draft in drafts if draft.allowed.wanted or draft.present]
    _hold_back(drafts, ground)
    made = [draft.row() for draft in drafts]
    made += _spared(ground, order, {row.subject for row in made})
    rows = seal_rows(_with_canary(made, ground, order.made_at), ground.key)
    header = PlanHeader(
        order=order,
        expires_at=order.made_at + timedelta(hours=policy.limits.plan_hours),
        run_id=ground.run.run_id,
        as_of=ground.run.as_of,
        policy_digest=policy.digest,
        data_digest=ground.run.data_digest,
        judgements_digest=ground.run.judgements_digest,
        approval_count=max(
            (policy.tiers.of(row.proposed).approval_count for row in rows if _imposes(row) and row.proposed),
            default=0,
        ),
        rings=tuple(sorted({row.ring_id for row in rows})),
        acting_rings=tuple(sorted({row.ring_id for row in rows if row.acts})),
        counts=count_rows(rows),
        blast=measure_blast(rows, order.seed),
    )
    return Plan(name_plan(header, (row.digest for row in rows)), header, rows)


def _sorted(members: Sequence[MemberFacts], ground: Ground) -> list[tuple[MemberFacts, str]]:
    """With their subjects, the surest first: who is left out by a cap is the least sure. Whoever was erased
    is left out: of him nothing is written down again, and nothing would be delivered."""
    named = ((member, ground.token_of(member.account_id)) for member in members)
    kept = (each for each in named if each[1] not in ground.state.erased)
    return sorted(kept, key=lambda each: (-each[0].risk, -each[0].ring_score, each[1]))


@dataclass(slots=True)
class _Draft:
    """A row in the making. left: what the guardrails leave so far."""

    member: MemberFacts
    subject: str
    evidence: tuple[Evidence, ...]
    allowed: Allowed
    present: Tier | None
    standing: tuple[str, ...]
    left: Tier | None
    from_at: datetime
    policy: Policy
    counts_already: bool
    held_by: Guardrail | None = None

    def imposes(self) -> bool:
        return rank(self.left) > rank(self.present)

    def removes(self) -> bool:
        """What is in force is taken back where something speaks for the account; not because a ring fell
        apart when its members were suspended."""
        return self.present is not None and self.spared_by() is not None

    def spared_by(self) -> Guardrail | None:
        """What keeps everything from the account, however little is wanted of it."""
        if self.member.account_id in self.policy.allow_list:
            return Guardrail.ALLOW_LIST
        is_good = self.member.is_labelled_good and self.policy.is_on(Guardrail.KNOWN_GOOD)
        return Guardrail.KNOWN_GOOD if is_good else None

    def bucket(self) -> Bucket:
        if self.removes():
            return Bucket.REMOVED
        if self.imposes():
            return Bucket.NEW if self.present is None else Bucket.ESCALATED
        return Bucket.UNCHANGED if self.present is not None else Bucket.BLOCKED

    def row(self) -> PlanRow:
        member, bucket = self.member, self.bucket()
        proposed = {Bucket.REMOVED: None, Bucket.UNCHANGED: self.present}.get(bucket, self.left)
        acts = bucket in (Bucket.NEW, Bucket.ESCALATED)
        duration = 0 if proposed is None else self.policy.tiers.of(proposed).duration_days
        blocked_by = [*self.allowed.blocked_by, *(() if self.held_by is None else (self.held_by,))]
        spared_by = self.spared_by()
        if spared_by is not None and spared_by not in blocked_by:
            blocked_by.insert(0, spared_by)
        return PlanRow(
            subject=self.subject, account_id=member.account_id, ring_id=member.ring_id, market=member.market,
            bucket=bucket, present=self.present, wanted=self.allowed.wanted, proposed=proposed,
            blocked_by=tuple(each.value for each in blocked_by),
            lifts=self.standing if bucket is Bucket.REMOVED else (),
            ring_score=float(member.ring_score), risk=float(member.risk), risk_low=float(member.risk_low),
            risk_high=float(member.risk_high), turnover_share=float(member.turnover_share),
            loss_share=float(member.loss_share),
            money=member.money, evidence=self.evidence, reasons=_tell(member, self.evidence),
            from_at=self.from_at if acts or bucket is Bucket.REMOVED else None,
            until_at=self.from_at + timedelta(days=duration) if acts and duration else None,
            is_canary=False,
        )  # fmt: skip


def _draft(
    member: MemberFacts,
    subject: str,
    judged: tuple[tuple[Evidence, ...], Allowed],
    ground: Ground,
    order: PlanOrder,
) -> _Draft:
    evidence, allowed = judged
    standing = ground.state.standing(subject, order.made_at)
    return _Draft(
        member, subject, evidence, allowed, strongest([action.tier for action in standing]),
        tuple(action.action_id for action in standing), min(allowed.tier, order.at_most, key=rank),
        order.made_at + _delay(subject, order, ground.key), ground.policy,
        any(rank(action.tier) > rank(Tier.MONITOR) for action in standing),
    )  # fmt: skip


def _cooling(state: EnforcementState, at: datetime, policy: Policy) -> frozenset[str]:
    since = at - timedelta(days=policy.limits.cool_down_days)
    return frozenset(
        appeal.subject
        for appeal, _ in state.appeals.values()
        if appeal.status is AppealStatus.OVERTURNED and (appeal.resolved_at or appeal.received_at) >= since
    )


def _delay(subject: str, order: PlanOrder, key: bytes) -> timedelta:
    """Uniform over the window, from a keyed digest: nobody outside can tell it, and the plan is the same
    when it is made again."""
    drawn = hmac.new(key, f"spread\x1f{order.seed}\x1f{order.made_at}\x1f{subject}".encode(), hashlib.sha256)
    share = int.from_bytes(drawn.digest()[:8], "big") / 2**64
    return timedelta(seconds=int(order.spread_hours * 3600 * share))


def _hold_back(drafts: list[_Draft], ground: Ground) -> None:
    """Caps: whoever does not fit keeps what is in force."""
    asking = [draft for draft in drafts if draft.imposes() and rank(draft.left) > rank(Tier.MONITOR)]
    candidates = [
        Candidate(
            draft.member.ring_id, draft.member.market or "", draft.from_at.date(),
            draft.member.turnover_share, hanging_on(draft.evidence), draft.counts_already,
        )
        for draft in asking
    ]  # fmt: skip
    spent = ground.spent | _standing_in_rings(drafts, ground.spent)
    held = choose_within_caps(candidates, ground.policy, ground.run, spent)
    for draft, guardrail in zip(asking, held, strict=True):
        if guardrail is not None:
            draft.left, draft.held_by = draft.present, guardrail


def _standing_in_rings(drafts: Sequence[_Draft], spent: Spending) -> dict[tuple[Guardrail, str], Spent]:
    """Of each ring what stands on those who are its members now, whatever ring it was for: a ring that
    comes out under another name has no new room."""
    members: dict[str, list[float]] = defaultdict(list)
    for draft in drafts:
        if draft.counts_already:
            members[draft.member.ring_id].append(draft.member.turnover_share)
    found = {}
    for ring_id, shares in members.items():
        known = spent.get((Guardrail.CAP_RING, ring_id), Spent(0, 0.0))
        most = max(len(shares), known.accounts), max(sum(shares), known.turnover_share)
        found[Guardrail.CAP_RING, ring_id] = Spent(*most)
    return found


def _spared(ground: Ground, order: PlanOrder, known: Collection[str]) -> Iterator[PlanRow]:
    """Whoever came onto the allow-list, or was found to be good, and is in no ring any more is freed all the
    same. known: subjects of the rows that there are."""
    why = (
        dict.fromkeys(ground.good, Guardrail.KNOWN_GOOD) if ground.policy.is_on(Guardrail.KNOWN_GOOD) else {}
    )
    why |= dict.fromkeys(ground.policy.allow_list, Guardrail.ALLOW_LIST)
    for account_id in sorted(why) if ground.state.actions else ():
        subject = ground.token_of(account_id)
        standing = ground.state.standing(subject, order.made_at)
        rings = {action.ring_id for action in standing}
        is_known = subject in known or subject in ground.state.erased
        if not standing or is_known or (order.ring_ids and not rings & set(order.ring_ids)):
            continue
        yield PlanRow(
            subject=subject, account_id=account_id, ring_id=standing[0].ring_id, market=None,
            bucket=Bucket.REMOVED, present=strongest([action.tier for action in standing]), wanted=None,
            proposed=None, blocked_by=(why[account_id].value,),
            lifts=tuple(action.action_id for action in standing), ring_score=0.0, risk=0.0, risk_low=0.0,
            risk_high=0.0, turnover_share=0.0, loss_share=0.0, money=(), evidence=(),
            reasons=_SPARED_WORDS[why[account_id]], from_at=order.made_at, until_at=None, is_canary=False,
        )  # fmt: skip


_SPARED_WORDS = {
    Guardrail.ALLOW_LIST: "on the allow-list, and in no ring of this run",
    Guardrail.KNOWN_GOOD: "known to be good, and in no ring of this run",
}


def _imposes(row: PlanRow) -> bool:
    return row.bucket in (Bucket.NEW, Bucket.ESCALATED)


def _with_canary(rows: list[PlanRow], ground: Ground, at: datetime) -> list[PlanRow]:
    """A share of each tier's actions, at random by subject, is marked to go first."""
    limits = ground.policy.limits
    acting = [row for row in rows if _imposes(row)]
    today = (Guardrail.CAP_DAY, at.date().isoformat())
    before = ground.spent[today].accounts if today in ground.spent else 0  # or many small plans would do
    is_large = len(acting) + before >= max(limits.canary_from, 2)
    if not ground.policy.is_on(Guardrail.CANARY) or not is_large:
        return rows
    by_tier: dict[Tier | None, list[str]] = defaultdict(list)
    for row in acting:
        by_tier[row.proposed].append(row.subject)
    chosen = {
        subject
        for tier, subjects in by_tier.items()
        for subject in _first(subjects, limits.canary_share, f"canary {tier}", ground.key)
    }
    return [replace(row, is_canary=True) if row.subject in chosen else row for row in rows]


def _first(subjects: list[str], share: float, word: str, key: bytes) -> Iterable[str]:
    """A share of them, at least one."""

    def drawn(subject: str) -> bytes:
        return hmac.new(key, f"{word}\x1f{subject}".encode(), hashlib.sha256).digest()

    return sorted(subjects, key=drawn)[: max(1, round(share * len(subjects)))]


def _tell(member: MemberFacts, evidence: tuple[Evidence, ...]) -> str:
    counting = [each.words for each in evidence if each.counts]
    beside = [each.words for each in evidence if not each.counts]
    told = "; ".join([*counting, *beside]) or "nothing is shared that could be named"
    sources = count_sources(evidence, counting=True)
    return (
        f"in {member.ring_id} with {member.risk:.0%} ({sources} independent"
        f" kind{'s' if sources != 1 else ''} of evidence): {told}"
    )
