"""A package as messages: which rows go into which message, what a message is called, what it says.

The cut follows the ledger's rows of the package, which stay what they are when an account is erased, so that
a message is called the same for ever and whoever gets it again knows it. All rows of an account are in one
message, unless they are more than a message takes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TypeAlias

from graphrisk.enforce.state import EnforcementState
from graphrisk.model.enforcement import ActionRow, Operation, Purpose
from graphrisk.model.ledger import Changed

MESSAGE_TYPE = "graphrisk.enforcement.actions.v1"

_NAME_CHARS = 26  # 130 bits
_NAME = re.compile(rf"MSG-[A-Z2-7]{{{_NAME_CHARS}}}-([1-9][0-9]{{0,8}})-([1-9][0-9]{{0,8}})")

RowKey: TypeAlias = tuple[str, Operation]


@dataclass(frozen=True, slots=True)
class Part:
    """message_id: `MSG-`, a digest of all that follows, the number and the batch size. number: from 1 on."""

    message_id: str
    number: int
    changes: tuple[Changed, ...]

    @property
    def subjects(self) -> frozenset[str]:
        return frozenset(change.subject for change in self.changes)


@dataclass(frozen=True, slots=True)
class Heading:
    """What all messages of a package say. ledger_seq: as in its manifest; of what two packages say of one
    account, the one with the greater is the later."""

    package_id: str
    ledger_seq: int
    plan_id: str
    purpose: Purpose
    manifest_sha256: str
    part_count: int


@dataclass(frozen=True, slots=True)
class Message:
    """body: canonical JSON in ASCII."""

    message_id: str
    body: str


def cut_parts(package_id: str, changes: Sequence[Changed], batch_size: int) -> tuple[Part, ...]:
    """Rows in their order, at most batch_size in a part."""
    return tuple(
        Part(_name_part(package_id, number, rows, batch_size), number, tuple(rows))
        for number, rows in enumerate(_batches(changes, batch_size), start=1)
    )


def begun_batch_size(message_ids: Iterable[str]) -> int | None:
    """By which the messages of these names were cut; None where there are none. So whoever goes on with a
    package cuts it as it was begun, whatever the receiver's batch size is by now."""
    sizes = {int(match[2]) for each in message_ids if (match := _NAME.fullmatch(each))}
    return min(sizes, default=None)


def part_number(message_id: str) -> int:
    """From 1 on; 0 for what is no name of a message of ours."""
    match = _NAME.fullmatch(message_id)
    return int(match[1]) if match else 0


def still_holds(state: EnforcementState, change: Changed, at: datetime) -> bool:
    """Whether the change agrees at `at` with what the ledger says of its action now. One that does not,
    because something later took it back or its time is over, must reach nobody any more: whoever gets
    messages late would do to people what has been undone."""
    if is_over(change, at):
        return False
    is_lifted = bool(state.actions[change.action_id].lifts)
    return is_lifted if change.operation is Operation.LIFT else not is_lifted


def is_over(change: Changed, at: datetime) -> bool:
    """Whether it would impose what has ended by itself."""
    ends = change.until_at is not None and change.until_at <= at
    return ends and change.operation is not Operation.LIFT


def write_message(heading: Heading, part: Part, rows: Collection[ActionRow]) -> Message:
    """rows: those of the part that are to be sent, in its order; with account ids."""
    body = {
        "type": MESSAGE_TYPE,
        "package_id": heading.package_id,
        "ledger_seq": heading.ledger_seq,
        "plan_id": heading.plan_id,
        "purpose": heading.purpose.value,
        "manifest_sha256": heading.manifest_sha256,
        "part": part.number,
        "part_count": heading.part_count,
        "actions": [_told(row) for row in rows],
    }
    return Message(part.message_id, json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False))


def rows_by_key(rows: Iterable[ActionRow]) -> Mapping[RowKey, ActionRow]:
    return {(row.action_id, row.operation): row for row in rows}


def _batches(changes: Sequence[Changed], batch_size: int) -> Iterator[list[Changed]]:
    batch: list[Changed] = []
    for _, of_account in groupby(changes, key=lambda change: change.subject):
        rows = list(of_account)
        if batch and len(batch) + len(rows) > batch_size:
            yield batch
            batch = []
        batch += rows
        while len(batch) > batch_size:
            yield batch[:batch_size]
            batch = batch[batch_size:]
    if batch:
        yield batch


def _name_part(package_id: str, number: int, changes: Sequence[Changed], batch_size: int) -> str:
    rows = [[change.action_id, change.operation.value] for change in changes]
    digest = hashlib.sha256(json.dumps([package_id, number, batch_size, rows]).encode()).digest()
    return f"MSG-{base64.b32encode(digest).decode('ascii')[:_NAME_CHARS]}-{number}-{batch_size}"


def _told(row: ActionRow) -> dict[str, str | bool | None]:
    return {
        "action_id": row.action_id,
        "operation": row.operation.value,
        "account_id": row.account_id,
        "ring_id": row.ring_id,
        "tier": row.tier.value,
        "state_before": None if row.state_before is None else row.state_before.value,
        "state_after": None if row.state_after is None else row.state_after.value,
        "from_at": _time(row.from_at),
        "until_at": None if row.until_at is None else _time(row.until_at),
        "reason": row.reason,
        "plan_id": row.plan_id,
        "by_hand": row.by_hand,
    }


def _time(at: datetime) -> str:
    return at.isoformat() + "Z"
