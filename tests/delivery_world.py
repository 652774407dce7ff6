"""Everything that a delivery needs, in memory, and a power cut between any two of its steps. The receiver and
the way to it are real (tests/receiver.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from kept_ledger import KeptLedger, KeptPackages, PowerCut
from receiver import SECRET, Receiver
from standardwebhooks import Webhook

from graphrisk.enforce.answers import Outcome
from graphrisk.enforce.deliveries import DeadLetter, DeliveryReport
from graphrisk.enforce.messages import Message
from graphrisk.enforce.receivers import Receiver as ReceiverRule
from graphrisk.errors import TamperedError
from graphrisk.flows.enforcement.deliver import DeliveryOrder, DeliverySides, deliver
from graphrisk.flows.enforcement.hand_over import HandOver, hand_over
from graphrisk.model.enforcement import ActionRow, Operation, Purpose, Tier
from graphrisk.model.ledger import Body, Delivered, Entry
from graphrisk.stores.enforcement.webhook import Patience, WebhookSender

NOON = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - naive UTC, as everywhere
AT_ONCE = Patience(0.001, 0.001, 0.01)


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def row(action: str, account: str = "ann", operation: Operation = Operation.IMPOSE) -> ActionRow:
    return ActionRow(
        action, operation, f"t-{account}", account, "RING-A", Tier.RESTRICT, None, Tier.RESTRICT, NOON,
        NOON + timedelta(days=30), "on hold", "P-1", by_hand=False,
    )  # fmt: skip


def rows(count: int, operation: Operation = Operation.IMPOSE, first: int = 0) -> tuple[ActionRow, ...]:
    return tuple(row(f"A-{n:04}", f"acc{n:04}", operation) for n in range(first, first + count))


@dataclass(slots=True)
class World:
    """manifests: of packages that were written anew. record_seconds: 0 records each message at once.
    on_send: called before a message goes out. cut_at: before which step the power goes (None: never)."""

    receiver: Receiver
    record_seconds: float = 0.0
    try_count: int = 2
    batch_size: int = 2
    timeout_seconds: float = 0.2
    ledger: KeptLedger = field(default_factory=KeptLedger)
    packages: KeptPackages = field(default_factory=KeptPackages)
    manifests: dict[str, str] = field(default_factory=dict)
    letters: tuple[DeadLetter, ...] = ()
    is_sign_up: bool = False
    steps: int = 0
    cut_at: int | None = None
    on_send: Callable[[], None] | None = None

    def hand_over(
        self, given: Sequence[ActionRow], purpose: Purpose = Purpose.APPLY, stage: str = "all"
    ) -> str:
        order = HandOver(purpose, "P-1", stage, "P-1", "", tuple(given), (), "eve", NOON)
        return hand_over(self.ledger, self.packages, order).package_id

    def deliver(self, package: str, *, name: str = "shop", reopen: bool = False) -> DeliveryReport:
        self.steps = 0
        rule = ReceiverRule(name, self.receiver.url, self.batch_size, self.try_count, self.timeout_seconds)
        with WebhookSender(rule, (Webhook(SECRET),), AT_ONCE) as sender:
            sides = DeliverySides(
                _Ledger(self), _Packages(self), _Sender(self, sender), _Desk(self), _Stop(self), now, _quiet
            )
            order = DeliveryOrder(package, rule, "eve", reopen, self.record_seconds)
            return deliver(sides, order)

    def step(self) -> None:
        """After a cut nothing happens any more, not even what would tidy up."""
        self.steps += 1
        if self.cut_at is not None and self.steps >= self.cut_at:
            raise PowerCut

    def delivered(self, name: str = "shop") -> list[str]:
        bodies = (entry.body for entry in self.ledger.entries)
        return [body.message_id for body in bodies if isinstance(body, Delivered) and body.to == name]


def _quiet(_words: str, _share: float) -> None:
    return


@dataclass(slots=True)
class _Ledger:
    world: World

    def read(self) -> tuple[Entry, ...]:
        self.world.step()
        return self.world.ledger.entries

    @contextmanager
    def writing(self) -> Iterator[_Ledger]:
        self.world.step()
        yield self

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self.world.ledger.entries

    def append(self, bodies: Sequence[Body], by: str, at: datetime) -> tuple[Entry, ...]:
        self.world.step()
        added = self.world.ledger.append(bodies, by, at)
        self.world.step()
        return added


@dataclass(slots=True)
class _Packages:
    world: World

    def read_verified(
        self, package_id: str, manifest_sha256: str, subjects: Mapping[str, str]
    ) -> Sequence[ActionRow]:
        order = self.world.packages.folders[package_id]
        manifest = self.world.manifests.get(package_id, f"manifest of {package_id} by {order.by}")
        if manifest_sha256 != manifest:
            raise TamperedError("another manifest", where=package_id)
        return order.rows


@dataclass(slots=True)
class _Sender:
    world: World
    sender: WebhookSender

    def send(self, message: Message, between_tries: Callable[[], None]) -> Outcome:
        self.world.step()
        if self.world.on_send is not None:
            self.world.on_send()
        outcome = self.sender.send(message, between_tries)
        self.world.step()
        return outcome


@dataclass(slots=True)
class _Desk:
    world: World

    @contextmanager
    def taking_turn(self, receiver: str) -> Iterator[None]:
        yield

    def write_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        self.world.step()
        self.world.letters = tuple(letters)


@dataclass(slots=True)
class _Stop:
    world: World

    def is_up(self) -> bool:
        return self.world.is_sign_up
