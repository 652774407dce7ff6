"""Which judgements count at a moment, and what merging two tables of them does."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged import HOUR, NOON, account, judgement_sets, said, thing, withdrawn

from graphrisk.model.judgements import Judgement, Ruling
from graphrisk.registry.judgements import (
    merge_judgements,
    needless_withdrawals,
    open_withdrawals,
    stand_at,
)
from graphrisk.registry.rulings import derive_rulings, tell_judgements

LOCKER = thing("address", "12 harbour rd")
MOMENTS = st.integers(-1, 12).map(lambda hours: NOON + hours * HOUR)


def counted(*judgements: Judgement, hour: float = 10) -> list[Judgement]:
    return list(stand_at(judgements, NOON + hour * HOUR).counts)


@given(judgement_sets(), st.randoms(use_true_random=False), MOMENTS)
def test_the_order_of_rows_and_their_repetition_change_nothing(judgements, random, moment: datetime) -> None:
    shuffled = judgements + judgements[: len(judgements) // 2]
    random.shuffle(shuffled)
    assert stand_at(shuffled, moment) == stand_at(judgements, moment)
    assert derive_rulings(stand_at(shuffled, moment)) == derive_rulings(stand_at(judgements, moment))


@given(judgement_sets(), judgement_sets())
def test_merging_two_teams_tables_commutes(ours, theirs) -> None:
    assert merge_judgements(ours, theirs).merged == merge_judgements(theirs, ours).merged


@given(judgement_sets(), judgement_sets(), judgement_sets())
def test_merging_three_tables_does_not_depend_on_which_two_are_merged_first(a, b, c) -> None:
    first = merge_judgements(merge_judgements(a, b).merged, c).merged
    assert first == merge_judgements(a, merge_judgements(b, c).merged).merged


@given(judgement_sets())
def test_merging_a_table_again_adds_nothing(judgements) -> None:
    once = merge_judgements((), judgements)
    assert merge_judgements(once.merged, judgements).added == ()
    assert set(once.added) == set(judgements)


@given(judgement_sets(), MOMENTS)
def test_a_judgement_made_later_is_not_known(judgements, moment: datetime) -> None:
    known = [each for each in judgements if each.judged_at <= moment]
    assert stand_at(judgements, moment) == stand_at(known, moment)


@given(judgement_sets(), st.sampled_from([LOCKER, account("ann"), thing("device", "d1")]), st.booleans())
def test_withdrawing_restores_the_state_of_before(judgements, target, confirms: bool) -> None:
    more = said(target, Ruling.CONFIRM if confirms else Ruling.REJECT, by="max", hour=7)
    back = withdrawn(more, by="somebody else", hour=8)
    before = stand_at(judgements, NOON + 9 * HOUR)
    after = stand_at([*judgements, more, back], NOON + 9 * HOUR)
    assert after == before
    assert after.digest() == before.digest()


@given(judgement_sets(), st.sampled_from([LOCKER, account("ann"), thing("device", "d1")]), MOMENTS)
def test_unsure_changes_no_ruling(judgements, target, moment: datetime) -> None:
    unsure = said(target, Ruling.UNSURE, by="eve", hour=5)
    before, after = stand_at(judgements, moment), stand_at([*judgements, unsure], moment)
    assert derive_rulings(after) == derive_rulings(before)
    assert after.counts == before.counts


@given(judgement_sets(), MOMENTS)
def test_a_thing_has_at_most_one_judgement_that_counts(judgements, moment: datetime) -> None:
    found = stand_at(judgements, moment)
    targets = [each.target for each in found.counts]
    assert len(targets) == len(set(targets))
    assert not {each.target for each in found.contested} & set(targets)
    assert {*found.counts, *found.contested} <= set(found.stands)


def test_a_judgement_counts_from_when_it_was_passed_until_it_expires() -> None:
    rejected = said(LOCKER, Ruling.REJECT, hour=1, until=3)
    assert [bool(counted(rejected, hour=hour)) for hour in (0.99, 1, 2.99, 3)] == [False, True, True, False]


def test_one_judges_later_word_replaces_the_earlier_and_gives_way_when_withdrawn() -> None:
    first, second = said(LOCKER, Ruling.CONFIRM), said(LOCKER, Ruling.REJECT, hour=1)
    assert counted(first, second) == [second]
    assert counted(first, second, withdrawn(second, hour=2)) == [first]


def test_judges_who_disagree_cancel_out_until_one_withdraws() -> None:
    eve, kim = said(LOCKER, Ruling.CONFIRM), said(LOCKER, Ruling.REJECT, by="kim", hour=1)
    assert counted(eve, kim) == []
    assert set(stand_at([eve, kim], NOON + HOUR).contested) == {eve, kim}
    assert counted(eve, kim, withdrawn(eve, by="kim", hour=2)) == [kim]


def test_judges_who_agree_count_once() -> None:
    eve, kim = said(LOCKER, Ruling.REJECT), said(LOCKER, Ruling.REJECT, by="kim", hour=1)
    assert counted(eve, kim) == [kim]


def test_a_judge_who_says_both_in_one_instant_says_nothing() -> None:
    assert counted(said(LOCKER, Ruling.CONFIRM), said(LOCKER, Ruling.REJECT)) == []


def test_a_withdrawal_waits_for_what_it_withdraws_and_is_told_until_then() -> None:
    rejected = said(LOCKER, Ruling.REJECT)
    back = withdrawn(rejected, hour=1)
    assert open_withdrawals([back]) == (back,)
    assert open_withdrawals([back, rejected]) == ()
    assert counted(back, rejected) == []


def test_a_withdrawal_cannot_be_withdrawn() -> None:
    rejected = said(LOCKER, Ruling.REJECT)
    back = withdrawn(rejected, hour=1)
    again = withdrawn(back, hour=2)
    assert counted(rejected, back, again) == []
    assert open_withdrawals([rejected, back, again]) == (again,)


def test_two_teams_that_withdrew_the_same_both_keep_and_are_told_which_changed_nothing() -> None:
    rejected = said(LOCKER, Ruling.REJECT)
    first, second = withdrawn(rejected, hour=1), withdrawn(rejected, by="kim", hour=2)
    for ours, theirs in ((first, second), (second, first)):
        merge = merge_judgements([rejected, ours], [rejected, theirs])
        assert merge.merged == (rejected, first, second)
        assert needless_withdrawals(merge) == ((second, first),)
        assert needless_withdrawals(merge_judgements(merge.merged, [rejected, theirs])) == ()


def test_a_list_tells_who_withdrew_first() -> None:
    rejected = said(LOCKER, Ruling.REJECT)
    everything = [withdrawn(rejected, by="kim", hour=2), rejected, withdrawn(rejected, by="max", hour=1)]
    assert tell_judgements(everything, NOON + 3 * HOUR)[0].effect == "withdrawn by max"


def test_whatever_a_judgement_says_is_part_of_its_name() -> None:
    reject = Ruling.REJECT
    base = said(LOCKER, reject, until=5)
    others = [
        said(LOCKER, Ruling.CONFIRM, until=5), said(LOCKER, reject, until=6), said(LOCKER, reject),
        said(LOCKER, reject, until=5, by="kim"), said(LOCKER, reject, until=5, why="?"),
        said(LOCKER, reject, until=5, hour=1), said(thing("device", "12 harbour rd"), reject, until=5),
    ]  # fmt: skip
    assert len({each.judgement_id for each in (base, *others)}) == 8


@pytest.mark.parametrize(
    ("hour", "effect"),
    [(0, "not passed by then"), (1, "ties nobody"), (2, "withdrawn by eve"), (9, "withdrawn by eve")],
)
def test_every_judgement_is_listed_with_what_it_does_at_that_time(hour: float, effect: str) -> None:
    rejected = said(LOCKER, Ruling.REJECT, hour=1)
    told = tell_judgements([withdrawn(rejected, hour=2), rejected], NOON + hour * HOUR)
    assert told[0].effect == effect
    assert told[0].stands == (hour == 1)


def test_a_disagreement_is_told_with_who_disagrees() -> None:
    eve, kim = said(LOCKER, Ruling.CONFIRM), said(LOCKER, Ruling.REJECT, by="kim")
    effects = {each.effect for each in tell_judgements([eve, kim], NOON)}
    assert effects == {"contested among eve, kim: counts for nothing"}
