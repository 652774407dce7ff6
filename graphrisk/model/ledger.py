"""The entries of the enforcement ledger: everything that was planned, approved, done, sent and taken back.

An entry carries no identifier of anybody but tokens (`subject`), so that an account can be erased and the
chain stays. A body is a frozen record of texts, whole numbers, times, tuples of these, and None.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from graphrisk.model.enforcement import Operation, Purpose, Tier


class AppealStatus(StrEnum):
    RECEIVED = "received"
    UPHELD = "upheld"  # what we did stands
    OVERTURNED = "overturned"  # we were wrong


@dataclass(frozen=True, slots=True)
class Opened:
    """The first entry. Keys by their fingerprints."""

    ledger_id: str
    signing_key: str
    pseudonym_key: str
    tool_version: str


@dataclass(frozen=True, slots=True)
class Planned:
    """signature: of the author's own key over plan_id, name and time, hexadecimal; empty where the policy
    names no keys."""

    plan_id: str
    run_id: str
    policy_digest: str
    data_digest: str
    judgements_digest: str
    action_count: int
    expires_at: datetime
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Viewed:
    """Somebody had this part of a plan open. ring_id empty: the overview. subject: one account's evidence."""

    plan_id: str
    ring_id: str
    subject: str | None


@dataclass(frozen=True, slots=True)
class Approved:
    """viewed_rings: rings of the plan that the approver had opened by then. signature: hexadecimal, by the
    approver's own key over plan_id, name, note and time; empty where the policy names no keys."""

    plan_id: str
    note: str
    viewed_rings: tuple[str, ...]
    viewed_subjects: tuple[str, ...]
    signature: str


@dataclass(frozen=True, slots=True)
class Rejected:
    plan_id: str
    note: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One row of a package. It counts from the `Packaged` entry of that package on, not before: a crash
    between the two leaves a package that never was."""

    package_id: str
    action_id: str
    operation: Operation
    subject: str
    ring_id: str
    tier: Tier
    plan_id: str
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class Packaged:
    """A package is complete. stage: `canary`, `rest` or `all` of a plan. about: the plan, account token, ring
    or case for which it was made."""

    package_id: str
    purpose: Purpose
    plan_id: str
    stage: str
    about: str
    note: str
    manifest_sha256: str
    action_count: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message was taken by a receiver. to: its name, not its address with secrets."""

    package_id: str
    message_id: str
    to: str
    status: int
    tries: int


@dataclass(frozen=True, slots=True)
class DeadLettered:
    """A message was given up for now; the next delivery tries it again."""

    package_id: str
    message_id: str
    to: str
    why: str
    tries: int


@dataclass(frozen=True, slots=True)
class Appealed:
    """case_id: its name at the desk that took it. resolved_at: None while it is open."""

    case_id: str
    subject: str
    action_id: str
    status: AppealStatus
    received_at: datetime
    resolved_at: datetime | None
    reason_code: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The kill switch was thrown: nothing is applied or delivered, everything can be taken back."""

    why: str


@dataclass(frozen=True, slots=True)
class Restarted:
    why: str


@dataclass(frozen=True, slots=True)
class Erased:
    """An account's identifiers were removed. packages: those that were written anew without it, as
    `package_id old_manifest_sha256 new_manifest_sha256`. note: why."""

    subject: str
    plans: tuple[str, ...]
    packages: tuple[str, ...]
    note: str


Body: TypeAlias = (
    Opened | Planned | Viewed | Approved | Rejected | Changed | Packaged | Delivered | DeadLettered
    | Appealed | Stopped | Restarted | Erased
)  # fmt: skip
BODIES: dict[str, type[Body]] = {
    "opened": Opened, "planned": Planned, "viewed": Viewed, "approved": Approved, "rejected": Rejected,
    "changed": Changed, "packaged": Packaged, "delivered": Delivered, "dead_lettered": DeadLettered,
    "appealed": Appealed, "stopped": Stopped, "restarted": Restarted, "erased": Erased,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """seq: 0 for the first. at: naive UTC, when it was written. by: who did it. hash: hexadecimal, over the
    entry and the hash before it."""

    seq: int
    at: datetime
    by: str
    body: Body
    hash: str
