"""A receiver in memory, and the way to it, for tests of what reaches it in which order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from kept_ledger import KeptLedger, KeptPackages, PowerCut

from graphrisk.enforce.answers import Outcome, Verdict
from graphrisk.enforce.deliveries import DeadLetter, DeliveryReport
from graphrisk.enforce.messages import Message
from graphrisk.enforce.receivers import Receiver
from graphrisk.flows.enforcement.deliver import DeliveryOrder, DeliverySides, deliver
from graphrisk.model.enforcement import ActionRow

SHOP = Receiver("shop", "https://shop.example", batch_size=2)


@dataclass(slots=True)
class KeptShop:
    """Keeps for each account the state after the last message that it did not know before. mood: what comes
    of the next messages: taken, refused, or taken and then the power fails before anybody knows."""

    known: set[str] = field(default_factory=set)
    done: list[tuple[str, str]] = field(default_factory=list)
    standing: dict[str, str | None] = field(default_factory=dict)
    mood: list[str] = field(default_factory=list)

    def send(self, message: Message, between_tries: Callable[[], None]) -> Outcome:
        mood = self.mood.pop(0) if self.mood else "takes"
        if mood == "refuses":
            return Outcome(Verdict.REFUSED, 400, 1, "answered 400")
        if message.message_id not in self.known:
            self.known.add(message.message_id)
            for row in json.loads(message.body)["actions"]:
                self.done.append((row["action_id"], row["operation"]))
                self.standing[row["account_id"]] = row["state_after"]
        if mood == "cut":
            raise PowerCut
        return Outcome(Verdict.TAKEN, 200, 1, "")


@dataclass(frozen=True, slots=True)
class _Rows:
    packages: KeptPackages

    def read_verified(
        self, package_id: str, manifest_sha256: str, subjects: Mapping[str, str]
    ) -> Sequence[ActionRow]:
        return self.packages.folders[package_id].rows


@dataclass(frozen=True, slots=True)
class _Desk:
    ledger: KeptLedger

    @contextmanager
    def taking_turn(self, receiver: str) -> Iterator[None]:
        yield

    def ledger_mark(self) -> bytes:
        return str(len(self.ledger.kept)).encode()

    def write_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        return


@dataclass(frozen=True, slots=True)
class _NoSign:
    def is_up(self) -> bool:
        return False


def deliver_to(
    shop: KeptShop, ledger: KeptLedger, packages: KeptPackages, package_id: str, now: datetime
) -> DeliveryReport:
    """Every message is recorded at once."""
    sides = DeliverySides(
        ledger, _Rows(packages), shop, _Desk(ledger), _NoSign(), lambda: now, lambda _words, _share: None
    )
    return deliver(sides, DeliveryOrder(package_id, SHOP, "eve", record_seconds=0.0))
