"""Who has what: worked out for one package of four accounts, two to a message."""

from __future__ import annotations

from datetime import datetime, timedelta

from delivery_world import NOON, row, rows, token
from kept_ledger import KeptLedger, KeptPackages

from graphrisk.enforce.acknowledgements import Status, tell_deliveries
from graphrisk.enforce.deliveries import find_dead_letters, is_gone
from graphrisk.enforce.messages import cut_parts
from graphrisk.flows.enforcement.hand_over import HandOver, hand_over
from graphrisk.model.enforcement import ActionRow, Operation, Purpose
from graphrisk.model.ledger import DeadLettered, Delivered, Erased

GONE = "410: gone for good"


class Desk:
    def __init__(self) -> None:
        self.ledger, self.packages = KeptLedger(), KeptPackages()
        self.package = self.hand_over(rows(4), Purpose.APPLY)
        changes = self.ledger.state().packages[self.package].changes
        self.names = [part.message_id for part in cut_parts(self.package, changes, 2)]

    def hand_over(self, given: tuple[ActionRow, ...], purpose: Purpose) -> str:
        order = HandOver(purpose, "P-1", "all", "P-1", "", given, (), "eve", NOON)
        return hand_over(self.ledger, self.packages, order).package_id

    def take(self, part: int, to: str = "shop") -> None:
        self.ledger.append([Delivered(self.package, self.names[part], to, 200, 1)], "eve", NOON)

    def give_up(self, part: int, to: str = "shop", why: str = "answered 400") -> None:
        self.ledger.append([DeadLettered(self.package, self.names[part], to, why, 1)], "eve", NOON)

    def erase(self, account: str) -> None:
        self.ledger.append([Erased(token(account), (), (), "")], "eve", NOON)

    def statuses(self, to: str = "shop", at: datetime = NOON) -> list[str]:
        (found,) = (each for each in tell_deliveries(self.ledger.entries, self.package, at) if each.to == to)
        return [action.status.value for action in found.actions]


def test_what_went_nowhere_is_told_without_actions() -> None:
    (found,) = tell_deliveries(Desk().ledger.entries, None, NOON)
    assert (found.to, found.action_count, found.message_count, found.actions) == ("", 4, 0, ())


def test_each_receiver_is_told_by_itself() -> None:
    desk = Desk()
    desk.take(0)
    desk.take(1)
    desk.give_up(0, to="bank")
    assert desk.statuses("shop") == ["taken"] * 4
    assert desk.statuses("bank") == ["dead", "dead", "waiting", "waiting"]
    counts = {
        each.to: (each.taken_count, each.dead_count)
        for each in tell_deliveries(desk.ledger.entries, None, NOON)
    }
    assert counts == {"shop": (2, 0), "bank": (0, 1)}


def test_what_was_given_up_and_then_taken_is_taken() -> None:
    desk = Desk()
    desk.give_up(0)
    assert [letter.part for letter in find_dead_letters(desk.ledger.entries)] == [1]
    desk.take(0)
    assert desk.statuses() == ["taken", "taken", "waiting", "waiting"]
    assert find_dead_letters(desk.ledger.entries) == ()


def test_what_was_taken_back_before_it_was_taken_is_overtaken_and_after_it_not() -> None:
    desk = Desk()
    desk.take(0)
    desk.hand_over(
        (row("A-0001", "acc0001", Operation.LIFT), row("A-0002", "acc0002", Operation.LIFT)), Purpose.REVERT
    )
    assert desk.statuses() == ["taken", "taken", "overtaken", "waiting"]
    desk.take(1)
    assert desk.statuses() == ["taken", "taken", "overtaken", "taken"]


def test_an_account_that_was_erased_before_it_was_taken_is_erased_and_after_it_not() -> None:
    desk = Desk()
    desk.take(0)
    for account in ("acc0001", "acc0003"):
        desk.erase(account)
    assert desk.statuses() == ["taken", "taken", "waiting", "erased"]
    desk.take(1)
    assert desk.statuses() == ["taken", "taken", "taken", "erased"]


def test_what_ended_before_it_was_taken_is_over() -> None:
    desk = Desk()
    desk.take(0)
    later = NOON + timedelta(days=36_500)
    assert desk.statuses(at=later) == ["taken", "taken", "over", "over"]
    desk.ledger.append([Delivered(desk.package, desk.names[1], "shop", 200, 1)], "eve", later)
    assert desk.statuses(at=later) == ["taken", "taken", "over", "over"]


def test_a_count_is_of_the_actions_of_that_status() -> None:
    desk = Desk()
    desk.take(0)
    (found,) = tell_deliveries(desk.ledger.entries, desk.package, NOON)
    assert [found.count(status) for status in Status] == [2, 0, 2, 0, 0, 0]


def test_a_receiver_is_gone_until_something_else_is_heard_of_it() -> None:
    desk = Desk()
    assert not is_gone(desk.ledger.entries, "shop")
    desk.give_up(0, why=GONE)
    assert is_gone(desk.ledger.entries, "shop")
    assert not is_gone(desk.ledger.entries, "bank")
    desk.give_up(0)
    assert not is_gone(desk.ledger.entries, "shop")
