"""What the judgements that count do to a run."""

from __future__ import annotations

from hypothesis import given
from judged import HOUR, NOON, account, judgement_sets, link, ring_state, said, said_of_ring, thing

from graphrisk.model.judgements import Judgement, Ruling
from graphrisk.model.verdicts import Verdict
from graphrisk.registry.judgements import stand_at
from graphrisk.registry.rulings import NO_RULINGS, JudgedRing, Rulings, derive_rulings, judged_rings

CONFIRM, REJECT = Ruling.CONFIRM, Ruling.REJECT


def ruled(*judgements: Judgement) -> Rulings:
    return derive_rulings(stand_at(judgements, NOON + 10 * HOUR))


def labels(*judgements: Judgement) -> dict[str, Verdict]:
    return {each.account_id: each.verdict for each in ruled(*judgements).labels}


def test_without_judgements_nothing_is_ruled() -> None:
    assert ruled() == NO_RULINGS


def test_a_confirmed_account_is_bad_and_a_rejected_one_good() -> None:
    found = labels(said(account("ann"), CONFIRM), said(account("bob"), REJECT))
    assert found == {"ann": Verdict.BAD, "bob": Verdict.GOOD}


def test_a_confirmed_ring_labels_its_core_and_not_its_fringe() -> None:
    assert labels(said_of_ring("RING-A", CONFIRM, ring_state(("ann", "bob"), ("cyd",)))) == {
        "ann": Verdict.BAD, "bob": Verdict.BAD,
    }  # fmt: skip


def test_a_rejected_ring_keeps_its_members_apart_and_labels_nobody() -> None:
    found = ruled(said_of_ring("RING-A", REJECT, ring_state(("bob", "ann"), ("cyd",))))
    assert (found.labels, found.apart) == ((), (("ann", "bob", "cyd"),))


def test_what_is_said_of_an_account_itself_goes_before_what_is_said_of_its_ring() -> None:
    ring = said_of_ring("RING-A", CONFIRM, ring_state(("ann", "bob")), hour=5)
    assert labels(ring, said(account("ann"), REJECT)) == {"ann": Verdict.GOOD, "bob": Verdict.BAD}
    disputed = (said(account("ann"), REJECT), said(account("ann"), CONFIRM, by="kim"))
    assert labels(ring, *disputed) == {"bob": Verdict.BAD}


def test_what_is_said_of_a_link_of_an_account_does_not_take_its_label() -> None:
    ring = said_of_ring("RING-A", CONFIRM, ring_state(("ann", "bob")))
    assert set(labels(ring, said(link("ann", "device", "d1"), REJECT))) == {"ann", "bob"}


def test_a_confirmed_link_is_kept_where_its_identifier_is_rejected_and_only_there() -> None:
    locker, own = thing("address", "locker"), link("ann", "address", "locker")
    assert ruled(said(own, CONFIRM)).kept_links == ()
    found = ruled(said(own, CONFIRM), said(locker, REJECT))
    assert found.barred_things == (("address", "locker"),)
    assert found.kept_links == (("ann", "address", "locker"),)
    assert found.weighty_things() == {("address", "locker")}


def test_a_label_says_whose_judgement_it_is_and_why() -> None:
    (of_account,) = ruled(said(account("ann"), CONFIRM, why="card testing")).labels
    assert of_account.reason == "confirmed by eve: card testing"
    (of_ring,) = ruled(said_of_ring("RING-A", CONFIRM, ring_state(("ann",)))).labels
    assert of_ring.reason == "RING-A confirmed by eve: looked at"


def scored(*judgements: Judgement) -> tuple[JudgedRing, ...]:
    return judged_rings(stand_at(judgements, NOON + 10 * HOUR), "company", NOON + 10 * HOUR)


def test_judged_rings_are_kept_with_the_score_that_they_had() -> None:
    rings = (
        said_of_ring("RING-A", CONFIRM, ring_state(("ann", "bob"), odds=2.5)),
        said_of_ring("RING-B", REJECT, ring_state(("cyd", "dan"), odds=-1.0)),
    )
    found = {JudgedRing(2.5, True, ("ann", "bob")), JudgedRing(-1.0, False, ("cyd", "dan"))}
    assert set(scored(*rings)) == found


def test_a_ring_scored_by_other_means_or_by_a_later_run_teaches_nothing() -> None:
    ring = said_of_ring("RING-A", CONFIRM, ring_state(("ann", "bob")))
    standing = stand_at([ring], NOON)
    assert judged_rings(standing, "prior abc", NOON) == ()
    assert judged_rings(standing, "company", NOON - 2 * HOUR) == ()


def test_a_ring_judged_again_after_its_verdict_was_heard_teaches_once() -> None:
    first = said_of_ring("RING-A", CONFIRM, ring_state(("ann", "bob", "cyd"), odds=1.0))
    grown = said_of_ring("RING-B", CONFIRM, ring_state(("ann", "bob", "cyd", "dan"), odds=9.0), hour=1)
    other = said_of_ring("RING-C", REJECT, ring_state(("cyd", "eve", "fay"), odds=0.5), hour=2)
    assert [each.odds for each in scored(other, grown, first)] == [1.0, 0.5]


def test_a_ring_that_two_confirm_teaches_by_the_score_that_the_first_saw() -> None:
    first = said_of_ring("RING-A", CONFIRM, ring_state(("ann", "bob", "cyd"), odds=1.0))
    again = said_of_ring(
        "RING-A", CONFIRM, ring_state(("ann", "dan", "eve", "fay"), odds=9.0), by="kim", hour=1
    )
    assert [each.odds for each in scored(again, first)] == [1.0, 9.0]  # hardly the same members
    same = said_of_ring(
        "RING-A", CONFIRM, ring_state(("ann", "bob", "cyd", "dan"), odds=9.0), by="kim", hour=1
    )
    assert [each.odds for each in scored(same, first)] == [1.0]


def test_a_ring_about_which_judges_disagree_teaches_nothing() -> None:
    state = ring_state(("ann", "bob"))
    assert scored(said_of_ring("R", CONFIRM, state), said_of_ring("R", REJECT, state, by="kim")) == ()


@given(judgement_sets())
def test_every_label_is_given_once_and_rulings_are_sorted(judgements) -> None:
    found = ruled(*judgements)
    named = [each.account_id for each in found.labels]
    assert named == sorted(set(named))
    assert list(found.barred_things) == sorted(set(found.barred_things))
    assert not set(found.barred_things) & set(found.own_things)
    assert not set(found.barred_links) & set(found.kept_links)
