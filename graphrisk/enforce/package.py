"""What is handed over to the team that acts: the rows, what is told of them, and the names of both."""

from __future__ import annotations

import hashlib
import json
from base64 import b32encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby

import msgspec
import pyarrow as pa

from graphrisk.enforce.dsa import draft_statement, takes_away
from graphrisk.enforce.statements import NOTICE, Occasion, Statement, state_reasons
from graphrisk.model.enforcement import ACTION, ActionRow, Operation, PlanRow, Purpose, Tier
from graphrisk.model.ledger import Approved

_NAME_CHARS = 26  # 130 bits: nobody makes two of one name
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)
_COLUMNS = tuple(ACTION.names)


class PackageForm(StrEnum):
    """By what accounts are called."""

    PLAIN = "plain"  # their ids, as the tables have them
    PSEUDONYMISED = "pseudonymised"  # tokens that were made for this purpose


@dataclass(frozen=True, slots=True)
class PackageHeader:
    """Where a package comes from. stage: `canary`, `rest` or `all` of a plan. *_digest: of the data, the
    policy and the judgements that the plan was made with. ledger_seq, ledger_hash: the ledger's last entry
    when the package was made; of two packages the later one has the greater ledger_seq. created_at: naive
    UTC."""

    package_id: str
    purpose: Purpose
    plan_id: str
    stage: str
    run_id: str
    data_digest: str
    policy_digest: str
    judgements_digest: str
    ledger_seq: int
    ledger_hash: str
    created_at: datetime
    tool_version: str
    form: PackageForm


@dataclass(frozen=True, slots=True)
class Package:
    """rows: all that the ledger will know of; those of erased accounts are counted and left out of the files,
    as nobody can act on them. grounds: what plans say of these accounts, where there are plans. redress: how
    to object, from the policy. approvals: of the plan. Raises ValueError where an action occurs twice."""

    header: PackageHeader
    rows: tuple[ActionRow, ...]
    grounds: tuple[PlanRow, ...]
    redress: str
    approvals: tuple[Approved, ...] = ()

    def __post_init__(self) -> None:
        if len({row.action_id for row in self.rows}) != len(self.rows):
            raise ValueError("an action occurs twice in a package")
        ordered = sorted(self.rows, key=lambda row: (row.account_id or "", row.action_id))
        object.__setattr__(self, "rows", tuple(ordered))

    def told_rows(self) -> tuple[ActionRow, ...]:
        """Those that stand in the files, by account and action."""
        return tuple(row for row in self.rows if row.account_id is not None)

    def occasion(self) -> Occasion:
        header = self.header
        return Occasion(header.package_id, header.purpose, header.created_at, self.redress, self.approvals)

    def find_ground(self) -> Callable[[ActionRow], PlanRow | None]:
        """For each row what a plan says of its account: of the same ring, or else of another."""
        exact = {(row.subject, row.ring_id): row for row in self.grounds}
        others = {row.subject: row for row in self.grounds}
        return lambda row: exact.get((row.subject, row.ring_id)) or others.get(row.subject)


def name_action(plan_id: str, subject: str, tier: Tier) -> str:
    """`A-` and a digest: a plan imposes a tier on an account once."""
    digest = hashlib.sha256(json.dumps([plan_id, subject, tier.value]).encode()).digest()
    return "A-" + b32encode(digest).decode("ascii")[:_NAME_CHARS]


def action_table(rows: Sequence[ActionRow]) -> pa.Table:
    """ACTION, in the order of rows, none of which is of an erased account."""
    columns = [pa.array([getattr(row, name) for row in rows], ACTION.field(name).type) for name in _COLUMNS]
    return pa.table(columns, schema=ACTION)


def action_rows(table: pa.Table, subjects: Mapping[str, str]) -> tuple[ActionRow, ...]:
    """The reverse. subjects: action id -> account token, which packages do not carry. Raises KeyError for an
    action that is not among them."""
    found: list[ActionRow] = []
    for batch in table.to_batches(max_chunksize=10_000):
        rows = [{**row, "subject": subjects[row["action_id"]]} for row in batch.to_pylist()]
        found += msgspec.convert(rows, type=list[ActionRow])
    return tuple(found)


def statement_lines(package: Package) -> Iterator[str]:
    """One JSON document for each account, by account."""
    ground, occasion = package.find_ground(), package.occasion()
    for _, group in groupby(package.told_rows(), key=lambda row: row.account_id):
        rows = list(group)
        imposing = next((row for row in rows if row.operation is not Operation.LIFT), rows[0])
        yield _statement_line(state_reasons(rows, ground(imposing), occasion), occasion)


def dsa_lines(package: Package) -> Iterator[str]:
    """One JSON document for each row that takes something away: its fields under `statement`."""
    ground, occasion = package.find_ground(), package.occasion()
    for row in package.told_rows():
        if takes_away(row.operation, row.tier):
            fields = draft_statement(row, ground(row), occasion)
            yield canonical({"notice": NOTICE, "statement": fields})


def canonical(value: object) -> str:
    """One line of ASCII: equal values, equal bytes, and no character that a terminal or a parser obeys."""
    return _CANONICAL.encode(value)


def time_text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat() + "Z"


def _statement_line(statement: Statement, occasion: Occasion) -> str:
    return canonical(
        {
            "notice": NOTICE,
            "package_id": occasion.package_id,
            "account_id": statement.account_id,
            "action_ids": statement.action_ids,
            "to_be_sent": statement.is_told,
            "state_after": statement.state_after,
            "until_at": time_text(statement.until_at),
            "automated_detection": True,
            "decided_by_person": statement.is_by_person,
            "text": statement.text,
        }
    )
