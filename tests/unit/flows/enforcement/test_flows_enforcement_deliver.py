"""deliver: message by message, until the ledger has each of them as taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from delivery_world import NOON, World, row, rows
from kept_ledger import PowerCut
from receiver import Behaviour, Mode, Receiver

from graphrisk.enforce.answers import GONE
from graphrisk.errors import (
    DeliveryError,
    EnforcementRefusedError,
    NotFoundError,
    TamperedError,
    WorkspaceBusyError,
)
from graphrisk.model.enforcement import Operation, Purpose
from graphrisk.model.ledger import Erased, Restarted, Stopped


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Receiver() as receiver:
        yield World(tmp_path, receiver)
        assert receiver.wrong == []


def test_all_actions_arrive_in_their_order_and_the_ledger_says_so(world: World) -> None:
    package = world.hand_over(rows(5))
    report = world.deliver(package)
    assert [action for action, _, _ in world.receiver.actions()] == [f"A-{n:04}" for n in range(5)]
    assert world.delivered() == list(world.receiver.kept)
    assert (report.message_count, report.taken_count, report.is_complete) == (3, 3, True)


def test_calling_again_sends_nothing(world: World) -> None:
    package = world.hand_over(rows(5))
    world.deliver(package)
    entries = world.ledger.read()
    report = world.deliver(package)
    assert len(world.receiver.requests) == 3
    assert world.ledger.read() == entries
    assert (report.before_count, report.taken_count) == (3, 0)


def test_each_receiver_gets_the_package(world: World) -> None:
    package = world.hand_over(rows(3))
    world.deliver(package, name="shop")
    world.deliver(package, name="bank")
    assert world.delivered("shop") == world.delivered("bank")
    assert sorted(world.receiver.repeats().values()) == [2, 2]


def test_a_dead_letter_is_tried_again_by_the_next_call_and_the_others_are_not(world: World) -> None:
    package = world.hand_over(rows(5))
    world.receiver.behave([Mode.TAKE, Mode.REFUSE])
    report = world.deliver(package)
    assert (report.taken_count, report.dead_count, report.is_complete) == (2, 1, False)
    (line,) = world.letters()
    letter = json.loads(line)
    assert letter.keys() == {"at", "message_id", "package_id", "part", "to", "tries", "why"}
    assert (letter["package_id"], letter["part"], letter["to"]) == (package, 2, "shop")
    assert (letter["message_id"], letter["why"]) == (world.receiver.requests[1], "answered 400")
    with pytest.raises(DeliveryError, match="2 of 3 messages are delivered; dead letters: 1"):
        report.raise_unless_complete()
    assert world.deliver(package).is_complete
    assert world.letters() == []
    assert sorted(world.receiver.repeats().values()) == [1, 1, 2]


def test_dead_letters_in_a_row_end_the_call(world: World) -> None:
    package = world.hand_over(rows(20))
    world.receiver.behave([Mode.TAKE, *[Mode.REFUSE] * 9])
    report = world.deliver(package)
    assert (report.taken_count, report.dead_count, report.unsent_count) == (1, 3, 6)
    assert len(world.receiver.requests) == 4


def test_dead_letters_among_others_do_not(world: World) -> None:
    package = world.hand_over(rows(20))
    world.receiver.behave([Mode.REFUSE, Mode.REFUSE, Mode.TAKE] * 3)
    report = world.deliver(package)
    assert (report.taken_count, report.dead_count, report.unsent_count) == (4, 6, 0)


def test_a_receiver_that_is_gone_gets_nothing_more_until_somebody_says_so(world: World) -> None:
    package, other = world.hand_over(rows(6)), world.hand_over(rows(2, first=6), stage="rest")
    world.receiver.behave([Mode.TAKE, Mode.GONE])
    report = world.deliver(package)
    assert (report.is_gone, report.dead_count, report.unsent_count, report.why) == (True, 1, 1, GONE)
    for each in (package, other):
        with pytest.raises(EnforcementRefusedError, match="no more messages"):
            world.deliver(each)
    assert len(world.receiver.requests) == 2
    assert world.deliver(package, reopen=True).is_complete
    assert world.deliver(other).is_complete


@pytest.mark.parametrize("by_file", [False, True])
def test_nothing_is_applied_while_the_kill_switch_is_on(world: World, by_file: bool) -> None:
    package = world.hand_over(rows(2))
    throw(world, by_file=by_file)
    with pytest.raises(EnforcementRefusedError, match="kill switch"):
        world.deliver(package)
    assert world.receiver.requests == []
    world.places.stop.unlink(missing_ok=True)
    world.append(Restarted("no doubt"))
    assert world.deliver(package).is_complete


@pytest.mark.parametrize("purpose", [Purpose.REVERT, Purpose.OVERTURN, Purpose.EXPIRE])
def test_what_takes_something_back_is_delivered_all_the_same(world: World, purpose: Purpose) -> None:
    world.deliver(world.hand_over(rows(2)))
    throw(world, by_file=True)
    throw(world, by_file=False)
    assert world.deliver(world.hand_over(rows(2, Operation.LIFT), purpose)).is_complete


@pytest.mark.parametrize("by_file", [False, True])
def test_the_kill_switch_is_heeded_between_messages_and_what_was_taken_is_on_record(
    world: World, by_file: bool
) -> None:
    package = world.hand_over(rows(6))

    def throw_at_the_second() -> None:
        if len(world.receiver.requests) == 1:
            throw(world, by_file=by_file)

    world.on_send = throw_at_the_second
    with pytest.raises(EnforcementRefusedError, match="kill switch"):
        world.deliver(package)
    assert len(world.receiver.requests) == 2
    assert world.delivered() == world.receiver.requests


def test_the_kill_switch_is_heeded_between_tries(world: World) -> None:
    package = world.hand_over(rows(2))
    world.try_count = 9
    world.receiver.behave([Mode.FAIL] * 9)
    world.on_send = lambda: throw(world, by_file=True)
    with pytest.raises(EnforcementRefusedError):
        world.deliver(package)
    assert len(world.receiver.requests) == 1


def test_a_package_that_the_ledger_does_not_know_is_refused(world: World) -> None:
    package = world.hand_over(rows(2))
    for name in ("PKG-OTHER", ""):
        with pytest.raises(NotFoundError, match="knows no such package"):
            world.deliver(name)
    assert world.deliver(package[:8].lower()).is_complete


def test_a_package_that_was_signed_anew_without_the_ledger_is_refused(world: World) -> None:
    package = world.hand_over(rows(2))
    _, old = world.packages.read_manifest(package)
    world.packages.rewrite_without(package, ["A-0000"], old, world.keys)
    with pytest.raises(TamperedError, match="manifest"):
        world.deliver(package)
    assert world.receiver.requests == []


def test_a_package_that_does_not_verify_is_refused(world: World) -> None:
    package = world.hand_over(rows(2))
    with (world.packages.place(package) / "actions.csv").open("ab") as file:
        file.write(b"more")
    with pytest.raises(TamperedError, match=r"actions\.csv"):
        world.deliver(package)
    assert world.receiver.requests == []


def test_a_package_of_fewer_rows_than_the_ledgers_is_refused(world: World) -> None:
    package = world.hand_over(rows(3))
    _, old = world.packages.read_manifest(package)
    told = f"{package} {old} {world.packages.rewrite_without(package, ['A-0000'], old, world.keys)}"
    world.append(Erased("t-somebody-else", (), (told,), ""))
    with pytest.raises(TamperedError, match="does not hold the rows"):
        world.deliver(package)
    assert world.receiver.requests == []


def test_no_message_overtakes_a_dead_one_that_has_the_same_account(world: World) -> None:
    world.batch_size = 2
    package = world.hand_over([*(row(f"A-{n}", "ann") for n in range(5)), row("A-9", "bob")])
    world.receiver.behave([Mode.REFUSE])
    report = world.deliver(package)
    assert (report.dead_count, report.held_count, report.taken_count) == (1, 2, 0)
    assert world.deliver(package).is_complete
    assert [action for action, _, _ in world.receiver.actions()] == [*(f"A-{n}" for n in range(5)), "A-9"]


def test_what_was_taken_back_before_it_was_sent_is_not_sent(world: World) -> None:
    package = world.hand_over(rows(4))
    world.receiver.behave([Mode.REFUSE] * 2)
    world.deliver(package)
    assert world.deliver(world.hand_over(rows(1, Operation.LIFT), Purpose.REVERT)).is_complete
    report = world.deliver(package)
    assert report.is_complete
    assert report.overtaken_count == 1
    operations = [(action, operation) for action, operation, _ in world.receiver.actions()]
    assert operations == [
        ("A-0000", "lift"),
        ("A-0001", "impose"),
        ("A-0002", "impose"),
        ("A-0003", "impose"),
    ]


def test_a_package_that_was_all_taken_back_is_delivered_without_a_message(world: World) -> None:
    package = world.hand_over(rows(2))
    world.hand_over(rows(2, Operation.LIFT), Purpose.REVERT)
    report = world.deliver(package)
    assert (report.is_complete, report.empty_count, world.receiver.requests) == (True, 1, [])


def test_what_was_over_before_it_was_sent_is_not_sent(world: World) -> None:
    over = replace(row("A-9", "zoe"), until_at=NOON + timedelta(days=1))
    package = world.hand_over([*rows(1), over])
    report = world.deliver(package)
    assert (report.is_complete, report.overtaken_count) == (True, 1)
    assert [action for action, _, _ in world.receiver.actions()] == ["A-0000"]


def test_an_erased_account_is_not_sent_and_the_messages_keep_their_names(world: World) -> None:
    package = world.hand_over(rows(4))
    world.receiver.behave([Mode.TAKE, Behaviour(Mode.REFUSE, keeps=True)])
    world.deliver(package)
    world.erase(package, "acc0000", "acc0002")
    before = set(world.receiver.requests)
    assert world.deliver(package).is_complete
    assert set(world.receiver.requests) == before
    assert len(world.receiver.requests) == 3
    assert json.loads(world.receiver.bodies[-1])["actions"][0]["account_id"] == "acc0003"


def test_another_batch_size_does_not_change_messages_that_were_begun(world: World) -> None:
    package = world.hand_over(rows(8))
    world.receiver.behave([Mode.TAKE, Mode.REFUSE])
    world.deliver(package)
    world.batch_size = 100
    assert world.deliver(package).is_complete
    assert len(set(world.receiver.requests)) == 4


def test_a_crash_after_a_message_repeats_it_under_the_same_id(world: World) -> None:
    package = world.hand_over(rows(2))
    # The ledger and the package are read, dead letters written, the message is sent; the answer is lost
    world.cut_at = 5
    with pytest.raises(PowerCut):
        world.deliver(package)
    assert world.delivered() == []
    world.cut_at = None
    assert world.deliver(package).is_complete
    assert world.receiver.requests == world.delivered() * 2


def test_while_somebody_else_writes_to_the_ledger_messages_go_on_and_are_recorded_later(world: World) -> None:
    package = world.hand_over(rows(8))
    with ExitStack() as held:

        def hold_it_for_two() -> None:
            if len(world.receiver.requests) == 1:
                held.enter_context(world.ledger.held())
            if len(world.receiver.requests) == 3:
                held.close()

        world.on_send = hold_it_for_two
        assert world.deliver(package).is_complete
    assert world.delivered() == world.receiver.requests
    assert len(world.receiver.requests) == 4


def test_what_could_not_be_recorded_in_the_end_is_sent_again_under_the_same_ids(world: World) -> None:
    package = world.hand_over(rows(4))
    with ExitStack() as held:

        def hold_it() -> None:
            if not world.receiver.requests:
                held.enter_context(world.ledger.held())

        world.on_send = hold_it
        with pytest.raises(WorkspaceBusyError):
            world.deliver(package)
    world.on_send = None
    assert world.deliver(package).is_complete
    assert world.receiver.requests == world.delivered() * 2


def throw(world: World, *, by_file: bool) -> None:
    if by_file:
        world.places.stop.touch()
    else:
        world.append(Stopped("doubt"))


def test_a_folder_that_we_have_not_signed_stands_in_nobodys_way(tmp_path: Path) -> None:
    with Receiver() as receiver:
        world = World(tmp_path, receiver)
        world.hand_over(rows(2))
        (world.places.packages / "PKG-AAA").mkdir()
        world.hand_over(rows(2, first=10), Purpose.REVERT)
        assert not (world.places.packages / "PKG-AAA").exists()
