"""judge, as a flow: what is judged must exist, what is said is kept, and who hangs on it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

import pytest
from judged import HOUR, NOON, account, link, said, thing

from graphrisk.errors import ConfigError, NotFoundError
from graphrisk.flows.answer import RingChoice
from graphrisk.flows.follow import RingLife, RingState
from graphrisk.flows.judge import HeldMember, JudgeOrder, JudgeReport, JudgeSides, freeze_ring, judge
from graphrisk.model.findings import KnownLabel, MemberFinding, RingDossier, RingFinding, SignalFinding
from graphrisk.model.judgements import JUDGED_SIGNAL, Judgement, Ruling, Subject, Target
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.rings import MemberRole
from graphrisk.model.runs import RunRecord
from graphrisk.model.verdicts import Verdict

RUN = RunRecord(
    "RUN-1", NOON, NOON - HOUR, '{"judged_by": "prior", "prior": "abc"}', "digest", 0, (), (), (), 0
)
RING = RingFinding("RING-A", 0.9, 3, 2, 0, 0, "identity", 0, None, None, None, "")


def member(name: str, role: MemberRole) -> MemberFinding:
    return MemberFinding(name, role, 0.5, None, 0.5, 1.0, "")


DOSSIER = RingDossier(
    "RUN-1", RING,
    (member("cyd", MemberRole.FRINGE), member("bob", MemberRole.CORE), member("ann", MemberRole.CORE)),
    (SignalFinding("size", 3, 2.0, ""),), (), (), 10,
)  # fmt: skip
HELD = (HeldMember("RING-A", "ann", MemberRole.CORE, 0.9, holds_it=True),)


@dataclass(slots=True)
class Shop:
    """Fits every side of flows.judge.JudgeSides. ann holds device d1, which is also written D-1."""

    has_runs: bool = True
    judgements: list[Judgement] = field(default_factory=list)
    asked: list[Target] = field(default_factory=list)

    def sides(self) -> JudgeSides:
        return JudgeSides(self, self, self, self, self, self)

    def read_judgements(self) -> tuple[Judgement, ...]:
        return tuple(self.judgements)

    def add_judgements(self, judgements: Sequence[Judgement]) -> None:
        self.judgements += judgements

    def find_identifiers(self, kind: str, text: str) -> Sequence[str]:
        return {"d1": ["d1"], "D-1": ["d1"], "d?": ["d1", "d2"]}.get(text, []) if kind == "device" else [text]

    def near_identifiers(self, kind: str, text: str) -> Sequence[str]:
        return ["d1"]

    def has_link(self, account_id: str, kind: str, identifier: str) -> bool:
        return (account_id, identifier) == ("ann", "d1")

    def read_labels(self, account_id: str) -> Sequence[KnownLabel] | None:
        known = {"ann": [KnownLabel("ann", Verdict.BAD, "fraud", None)], "bob": []}
        return known.get(account_id)

    def near_account_ids(self, name: str) -> Sequence[str]:
        return ["ann"]

    def read_held(self, run: RunRecord, target: Target) -> Sequence[HeldMember]:
        self.asked.append(target)
        return HELD

    def read_runs(self) -> Sequence[RunRecord]:
        return [RUN] if self.has_runs else []

    def read_rings(self, run_id: str, choice: RingChoice) -> Sequence[RingFinding]:
        return [RING]

    def find_ring_ids(self, run_id: str, start: str) -> Sequence[str]:
        return ["RING-A"] if start in ("RING-A", "a") else []

    def read_lives(self, until: datetime | None, start: str = "") -> Sequence[RingLife]:
        """RING-OLD was merged into RING-A, RING-LOST is away."""
        lives = {
            "RING-OLD": RingLife("RING-OLD", RingState.MERGED, "RING-A", NOON, NOON, 1, 3),
            "RING-LOST": RingLife("RING-LOST", RingState.DORMANT, None, NOON, NOON, 1, 3),
        }
        return [life for name, life in lives.items() if name.startswith(start)]

    def near_lives(self, name: str) -> Sequence[str]:
        return []

    def near_ring_ids(self, run_id: str, name: str) -> Sequence[str]:
        return ["RING-A"]

    def read_dossier(self, run: RunRecord, ring_id: str) -> RingDossier:
        return DOSSIER


def passed(
    shop: Shop, target: Target, ruling: Ruling = Ruling.REJECT, at: datetime | None = None, why: str = "seen"
) -> JudgeReport:
    return judge(shop.sides(), BUILT_IN_KINDS, JudgeOrder(target, ruling, "eve", why, at), NOON)


def test_an_identifier_is_judged_by_its_key_however_it_is_written_and_who_holds_on_is_told() -> None:
    shop = Shop()
    report = passed(shop, thing("device", "D-1"))
    assert shop.judgements == [said(thing("device", "d1"), Ruling.REJECT, why="seen")]
    assert (report.run_id, report.held) == ("RUN-1", HELD)
    assert shop.asked == [thing("device", "d1")]


def test_without_a_run_nobody_hangs_on_it_and_the_judgement_is_kept() -> None:
    shop = Shop(has_runs=False)
    report = passed(shop, thing("device", "d1"))
    assert (report.run_id, report.held, len(shop.judgements)) == (None, (), 1)


def test_a_ring_is_judged_with_its_members_and_the_score_it_had() -> None:
    shop = Shop()
    judgement = passed(shop, Target(Subject.RING, ring_id="a"), Ruling.CONFIRM).judgement
    assert judgement.target.ring_id == "RING-A"
    assert judgement.ring is not None
    assert (judgement.ring.core, judgement.ring.fringe) == (("ann", "bob"), ("cyd",))
    assert judgement.ring.odds == pytest.approx(2.1972245773)  # ln(.9 / .1)
    assert (judgement.ring.scale, judgement.ring.as_of) == ("prior abc", NOON - HOUR)


def test_what_judged_rings_added_to_a_score_is_taken_off_again() -> None:
    heard = replace(DOSSIER, signals=(*DOSSIER.signals, SignalFinding(JUDGED_SIGNAL, 40, -1.5, "")))
    assert freeze_ring(heard, RUN).odds == pytest.approx(freeze_ring(DOSSIER, RUN).odds + 1.5)


def test_a_judgement_is_withdrawn_by_how_its_name_starts() -> None:
    name = said(thing("device", "d1"), Ruling.REJECT, why="seen").judgement_id
    for start in (name[:6], name[2:8].lower()):
        shop = Shop()
        passed(shop, thing("device", "d1"))
        report = passed(shop, Target(Subject.JUDGEMENT, withdraws=start), Ruling.WITHDRAW)
        assert report.judgement.target.withdraws == name


def test_what_is_withdrawn_is_not_withdrawn_again_unless_for_an_earlier_time() -> None:
    shop = Shop()
    judgement = passed(shop, thing("device", "d1"), at=NOON - 3 * HOUR).judgement
    again = Target(Subject.JUDGEMENT, withdraws=judgement.judgement_id)
    passed(shop, again, Ruling.WITHDRAW, at=NOON - HOUR, why="\x1b[2J mistook it")
    for at in (NOON - HOUR, NOON):
        with pytest.raises(ConfigError, match="already withdrawn by eve on 2026-03-01 11:00") as refused:
            passed(shop, again, Ruling.WITHDRAW, at=at)
        assert "\x1b" not in str(refused.value)
    assert len(shop.judgements) == 2
    passed(shop, again, Ruling.WITHDRAW, at=NOON - 2 * HOUR)
    assert len(shop.judgements) == 3


def test_the_opposite_said_by_others_and_by_tables_is_told() -> None:
    shop = Shop()
    shop.judgements.append(said(account("ann"), Ruling.CONFIRM, by="kim", hour=-1))
    report = passed(shop, account("ann"))
    assert [each.judged_by for each in report.contested] == ["kim"]
    assert [each.verdict for each in report.opposed] == [Verdict.BAD]
    assert passed(Shop(), account("ann"), Ruling.CONFIRM).opposed == ()


def test_the_opposite_that_was_said_since_is_told_of_a_judgement_put_down_late() -> None:
    shop = Shop()
    shop.judgements.append(said(account("ann"), Ruling.CONFIRM, by="kim", hour=-1))
    report = passed(shop, account("ann"), at=NOON - 2 * HOUR)
    assert [each.judged_by for each in report.contested] == ["kim"]


def test_whoever_hung_on_what_was_judged_is_told_when_that_is_withdrawn() -> None:
    shop = Shop()
    judgement = passed(shop, thing("device", "d1")).judgement
    target = Target(Subject.JUDGEMENT, withdraws=judgement.judgement_id)
    assert passed(shop, target, Ruling.WITHDRAW).held == HELD
    assert shop.asked[-1] == thing("device", "d1")


@pytest.mark.parametrize(
    ("target", "ruling", "error", "what"),
    [
        (account("zed"), Ruling.REJECT, NotFoundError, "no such account"),
        (thing("device", "d9"), Ruling.REJECT, NotFoundError, "no such device"),
        (thing("device", "d?"), Ruling.REJECT, NotFoundError, "more than one device"),
        (thing("devise", "d1"), Ruling.REJECT, ConfigError, "unknown kind"),
        (thing("look_alike", "x"), Ruling.REJECT, ConfigError, "no identifier can be judged"),
        (link("ann", "address_door", "x"), Ruling.REJECT, ConfigError, "no link can be judged"),
        (link("bob", "device", "d1"), Ruling.REJECT, NotFoundError, "never used this device"),
        (link("zed", "device", "d1"), Ruling.REJECT, NotFoundError, "no such account"),
        (Target(Subject.RING, ring_id="RING-Z"), Ruling.REJECT, NotFoundError, "no such ring"),
        (Target(Subject.RING, ring_id="RING-OLD"), Ruling.REJECT, NotFoundError, "merged into RING-A"),
        (
            Target(Subject.RING, ring_id="RING-LO"),
            Ruling.REJECT,
            NotFoundError,
            "found last as of 2026-03-01",
        ),
        (Target(Subject.JUDGEMENT, withdraws=""), Ruling.WITHDRAW, NotFoundError, "no such judgement"),
        (account("ann"), Ruling.WITHDRAW, ConfigError, "judgements are withdrawn"),
    ],
)
def test_what_does_not_exist_is_not_judged(
    target: Target, ruling: Ruling, error: type[Exception], what: str
) -> None:
    shop = Shop()
    with pytest.raises(error, match=what):
        passed(shop, target, ruling)
    assert shop.judgements == []


def test_a_ring_cannot_be_judged_before_the_first_run() -> None:
    with pytest.raises(NotFoundError, match="no run"):
        passed(Shop(has_runs=False), Target(Subject.RING, ring_id="RING-A"))


def test_nothing_is_judged_in_the_future_or_without_a_reason() -> None:
    shop = Shop()
    with pytest.raises(ConfigError, match="in the future"):
        passed(shop, account("ann"), at=NOON + HOUR)
    with pytest.raises(ConfigError, match="by whom and why"):
        passed(shop, account("ann"), why=" ")
    assert shop.judgements == []
    assert passed(shop, account("ann"), at=NOON - HOUR).judgement.judged_at == NOON - HOUR


def test_times_with_a_zone_are_the_same_moments_in_utc() -> None:
    plain, zoned = Shop(), Shop()
    ends = (NOON, NOON + HOUR)
    for shop, (at, until) in ((plain, ends), (zoned, [east(each) for each in ends])):
        order = JudgeOrder(account("ann"), Ruling.CONFIRM, "eve", "seen", at, until)
        judge(shop.sides(), BUILT_IN_KINDS, order, NOON)
    assert zoned.judgements == plain.judgements
    assert zoned.judgements[0].judgement_id == plain.judgements[0].judgement_id


def east(moment: datetime) -> datetime:
    """The same moment, two hours east."""
    return (moment + 2 * HOUR).replace(tzinfo=timezone(2 * HOUR))


@pytest.mark.parametrize("kind", ["address_door", "address_building", "ip_network", "ip_burst"])
def test_families_and_bursts_can_be_judged(kind: str) -> None:
    report = passed(Shop(), thing(kind, "what evidence calls it"))
    assert report.judgement.target == thing(kind, "what evidence calls it")
