"""Whatever a receiver does and whenever the power goes: calling again ends with every action at the receiver
once, and the ledger says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from delivery_world import World, row
from hypothesis import given, settings
from hypothesis import strategies as st
from kept_ledger import PowerCut
from receiver import Behaviour, Mode, Receiver

from graphrisk.enforce.deliveries import DeliveryReport
from graphrisk.errors import EnforcementRefusedError
from graphrisk.model.enforcement import ActionRow, Operation, Purpose

# These cost a time-out each; the others nothing
SLOW = (Mode.HANG, Mode.DRIP)
QUICK = tuple(mode for mode in Mode if mode not in SLOW)


@dataclass(frozen=True, slots=True)
class Story:
    """rows_of: how many actions each account has. cuts: at which step the power goes in each of the first
    calls, None: in none."""

    rows_of: tuple[int, ...]
    batch_size: int
    behaviours: tuple[Behaviour, ...]
    cuts: tuple[int | None, ...]
    record_seconds: float


def behaviours() -> st.SearchStrategy[Behaviour]:
    quick = st.builds(Behaviour, st.sampled_from(QUICK), keeps=st.booleans())
    return st.one_of(quick, quick, quick, st.builds(Behaviour, st.sampled_from(SLOW), keeps=st.booleans()))


stories = st.builds(
    Story,
    rows_of=st.lists(st.integers(1, 4), min_size=1, max_size=7).map(tuple),
    batch_size=st.integers(1, 5),
    behaviours=st.lists(behaviours(), max_size=12).map(tuple),
    cuts=st.lists(st.none() | st.integers(1, 25), max_size=5).map(tuple),
    record_seconds=st.sampled_from([0.0, 1000.0]),
)


@contextmanager
def beginning(story: Story) -> Iterator[tuple[World, str]]:
    with Receiver() as receiver, TemporaryDirectory() as folder:
        receiver.behave(story.behaviours)
        world = World(
            Path(folder), receiver, story.record_seconds, batch_size=story.batch_size, timeout_seconds=0.1
        )
        yield world, world.hand_over(rows_of(story))
        assert receiver.wrong == []


def rows_of(story: Story) -> list[ActionRow]:
    return [
        row(f"A-{account}-{n}", f"acc{account}")
        for account, count in enumerate(story.rows_of)
        for n in range(count)
    ]


def call(world: World, package: str, cut_at: int | None) -> DeliveryReport | None:
    """None: the power went, or the receiver is gone; the next call opens it again."""
    world.cut_at = cut_at
    try:
        return world.deliver(package)
    except PowerCut:
        return None
    except EnforcementRefusedError:
        try:
            return world.deliver(package, reopen=True)
        except PowerCut:
            return None


@pytest.mark.slow
@settings(max_examples=40)
@given(stories)
def test_repeated_calls_bring_every_action_once_and_the_ledger_says_so(story: Story) -> None:
    with beginning(story) as (world, package):
        receiver = world.receiver
        for cut_at in story.cuts:
            call(world, package, cut_at)
        for _ in range(len(story.behaviours) + 10):
            report = call(world, package, None)
            if report is not None and report.is_complete:
                break
        else:
            raise AssertionError("it never ended")
        found = receiver.actions()
        rows = rows_of(story)
        assert Counter(action for action, _, _ in found) == Counter(each.action_id for each in rows)
        assert sorted(world.delivered()) == sorted(receiver.kept)
        assert len(set(world.delivered())) == len(world.delivered())
        assert world.letters() == []
        of_account = [action for action, _, account in found if account == "acc0"]
        assert of_account == sorted(of_account), "the order within an account"
        asked = len(receiver.requests)
        assert world.deliver(package).is_complete
        assert len(receiver.requests) == asked, "nothing is left to send"


@pytest.mark.slow
@settings(max_examples=25)
@given(stories, st.integers(0, 3), st.sets(st.integers(0, 6)))
def test_what_a_receiver_was_told_last_of_an_action_is_what_the_ledger_says(
    story: Story, call_count: int, taken_back: set[int]
) -> None:
    with beginning(story) as (world, package):
        receiver = world.receiver
        for cut_at in story.cuts[:call_count]:
            call(world, package, cut_at)
        rows = rows_of(story)
        lifted = [
            row(each.action_id, each.account_id or "", Operation.LIFT)
            for each in rows
            if each.account_id is not None and int(each.account_id.removeprefix("acc")) in taken_back
        ]
        packages = [package, *([world.hand_over(lifted, Purpose.REVERT)] if lifted else [])]
        for _ in range(len(story.behaviours) + 10):
            reports = [call(world, each, None) for each in reversed(packages)]
            if all(report is not None and report.is_complete for report in reports):
                break
        told = {action: operation for action, operation, _ in receiver.actions()}
        is_lifted = {each.action_id for each in lifted}
        for each in rows:
            expected = "lift" if each.action_id in is_lifted else "impose"
            assert told[each.action_id] == expected
