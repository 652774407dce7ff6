"""Everything that a delivery needs, real and on the disk: ledger, keys, signed packages, and the way to a
receiver (tests/receiver.py). The power may go between any two steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kept_ledger import PowerCut
from real_ledgers import begin_ledger, make_places
from receiver import Receiver

from graphrisk.enforce.answers import Outcome
from graphrisk.enforce.deliveries import DeadLetter, DeliveryReport
from graphrisk.enforce.messages import Message
from graphrisk.enforce.receivers import Receiver as ReceiverRule
from graphrisk.enforce.state import EnforcementState, replay
from graphrisk.flows.enforcement.deliver import DeliveryOrder, DeliverySides, deliver
from graphrisk.flows.enforcement.hand_over import HandOver, hand_over
from graphrisk.model.enforcement import ActionRow, Operation, Purpose, Tier
from graphrisk.model.ledger import Body, Delivered, Entry, Erased
from graphrisk.stores.enforcement.delivery_desk import DeliveryFiles
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.ledger_file import Ledger, LedgerWriter
from graphrisk.stores.enforcement.package_shelf import PackageShelf
from graphrisk.stores.enforcement.packages import PackageStore
from graphrisk.stores.enforcement.places import EnforcementPlaces
from graphrisk.stores.enforcement.signed_packages import SignedPackages
from graphrisk.stores.enforcement.webhook import Patience, WebhookSender
from graphrisk.stores.enforcement.webhook_secrets import read_webhook_secrets
from graphrisk.workspace.applying import StopFile

NOON = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - naive UTC, as everywhere
AT_ONCE = Patience(0.001, 0.001, 0.01)


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def token(account: str) -> str:
    return "t" + account.encode().hex()


def row(action: str, account: str = "ann", operation: Operation = Operation.IMPOSE) -> ActionRow:
    return ActionRow(
        action, operation, token(account), account, "RING-A", Tier.RESTRICT, None, Tier.RESTRICT, NOON,
        NOON + timedelta(days=36_500), "on hold", "P-1", by_hand=False,
    )  # fmt: skip


def rows(count: int, operation: Operation = Operation.IMPOSE, first: int = 0) -> tuple[ActionRow, ...]:
    return tuple(row(f"A-{n:04}", f"acc{n:04}", operation) for n in range(first, first + count))


def put_package(
    places: EnforcementPlaces,
    given: Sequence[ActionRow],
    purpose: Purpose = Purpose.APPLY,
    stage: str = "all",
) -> str:
    """Into the folder and the ledger, as every verb does it. Returns its name."""
    keys = KeyFolder.open(places.keys)
    shelf = PackageShelf(PackageStore(places.packages), keys, "object here")
    order = HandOver(purpose, "P-1", stage, "P-1", "", tuple(given), (), "eve", NOON)
    with Ledger(places, keys).writing() as writer:
        return hand_over(writer, shelf, order).package_id


@dataclass(slots=True)
class World:
    """folder: of the workspace and its keys. record_seconds: 0 records each message at once. on_send: called
    before a message goes out. cut_at: before which step the power goes (None: never)."""

    folder: Path
    receiver: Receiver
    record_seconds: float = 0.0
    try_count: int = 2
    batch_size: int = 2
    timeout_seconds: float = 10.0
    steps: int = 0
    cut_at: int | None = None
    on_send: Callable[[], None] | None = None
    places: EnforcementPlaces = field(init=False)
    keys: KeyFolder = field(init=False)
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.places = make_places(self.folder)
        begin_ledger(self.places)
        self.keys = KeyFolder.open(self.places.keys)
        self.ledger = Ledger(self.places, self.keys, lock_seconds=0.05)
        self.receiver.secret = self.keys.webhook_secret()

    @property
    def packages(self) -> PackageStore:
        return PackageStore(self.places.packages)

    def state(self) -> EnforcementState:
        return replay(self.ledger.read())

    def hand_over(
        self, given: Sequence[ActionRow], purpose: Purpose = Purpose.APPLY, stage: str = "all"
    ) -> str:
        return put_package(self.places, given, purpose, stage)

    def append(self, *bodies: Body) -> None:
        with self.ledger.writing() as writer:
            writer.append(bodies, "eve", NOON)

    def erase(self, package_id: str, *accounts: str) -> None:
        """As erasing does it: the package anew, then the ledger."""
        actions = {change.action_id: change.subject for change in self.state().packages[package_id].changes}
        for account in accounts:
            named = [action for action, subject in actions.items() if subject == token(account)]
            _, old = self.packages.read_manifest(package_id)
            told = f"{package_id} {old} {self.packages.rewrite_without(package_id, named, old, self.keys)}"
            self.append(Erased(token(account), (), (told,), ""))

    def deliver(self, package: str, *, name: str = "shop", reopen: bool = False) -> DeliveryReport:
        self.steps = 0
        rule = ReceiverRule(name, self.receiver.url, self.batch_size, self.try_count, self.timeout_seconds)
        with WebhookSender(rule, read_webhook_secrets(self.keys, name, {}), AT_ONCE) as sender:
            sides = DeliverySides(
                _Ledger(self), _Packages(self), _Sender(self, sender), _Desk(self),
                StopFile(self.places.stop), now, _quiet,
            )  # fmt: skip
            order = DeliveryOrder(package, rule, "eve", reopen, self.record_seconds)
            return deliver(sides, order)

    def step(self) -> None:
        """After a cut nothing happens any more, not even what would tidy up."""
        self.steps += 1
        if self.cut_at is not None and self.steps >= self.cut_at:
            raise PowerCut

    def delivered(self, name: str = "shop") -> list[str]:
        bodies = (entry.body for entry in self.ledger.read())
        return [body.message_id for body in bodies if isinstance(body, Delivered) and body.to == name]

    def letters(self) -> list[str]:
        """Lines of the file of dead letters."""
        place = self.places.dead_letters
        return place.read_text(encoding="ascii").splitlines() if place.exists() else []


def _quiet(_words: str, _share: float) -> None:
    return


@dataclass(slots=True)
class _Ledger:
    world: World

    def read(self) -> tuple[Entry, ...]:
        self.world.step()
        return self.world.ledger.read()

    @contextmanager
    def writing(self) -> Iterator[_Writer]:
        self.world.step()
        with self.world.ledger.writing() as writer:
            yield _Writer(self.world, writer)


@dataclass(slots=True)
class _Writer:
    world: World
    writer: LedgerWriter

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self.writer.entries

    def append(self, bodies: Sequence[Body], by: str, at: datetime) -> tuple[Entry, ...]:
        self.world.step()
        added = self.writer.append(bodies, by, at)
        self.world.step()
        return added


@dataclass(slots=True)
class _Packages:
    world: World

    def read_verified(
        self, package_id: str, manifest_sha256: str, subjects: Mapping[str, str]
    ) -> Sequence[ActionRow]:
        self.world.step()
        store = SignedPackages(self.world.packages, self.world.keys)
        return store.read_verified(package_id, manifest_sha256, subjects)


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
        with DeliveryFiles(self.world.places).taking_turn(receiver):
            yield

    def ledger_mark(self) -> bytes:
        return DeliveryFiles(self.world.places).ledger_mark()

    def write_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        self.world.step()
        DeliveryFiles(self.world.places).write_dead_letters(letters)
