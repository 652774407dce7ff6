"""Questions to a finished run: which rings, what about this ring, what about this account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from graphrisk.errors import NotFoundError, printable
from graphrisk.flows.explain import MemberPath, explain_members
from graphrisk.model.findings import HeldJudgement, KnownLabel, RingDossier, RingFinding
from graphrisk.model.kinds import KindSet
from graphrisk.model.runs import RunRecord


@dataclass(frozen=True, slots=True)
class RingChoice:
    """Which rings to list, best score first. limit None: all of them."""

    limit: int | None = 20
    min_size: int = 0


@dataclass(frozen=True, slots=True)
class IdentifierChoice:
    """Which identifiers to list, the most probable first. limit None: all of them. kind None: of any."""

    limit: int | None = 20
    kind: str | None = None
    least_risk: float = 0.1


@dataclass(frozen=True, slots=True)
class HeldIdentifier:
    """An identifier that an account used, known at as-of.

    account_count: accounts that ever used it, this one among them. ring_account_count: those in the account's
    ring, 0 where it is in none. raw: one spelling as it came, where that differs.
    """

    kind: str
    identifier: str
    raw: str | None
    account_count: int
    ring_account_count: int
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    event_count: int


@dataclass(frozen=True, slots=True)
class PaymentTotal:
    """An account's payments of one direction ("paid" or "received"), status and currency up to as-of."""

    direction: str
    status: str | None
    currency: str | None
    payment_count: int
    amount_minor: int | None


@dataclass(frozen=True, slots=True)
class BeliefSource:
    """Fields as in tables.BELIEF_SOURCE."""

    kind: str
    identifier: str
    belief: float
    neighbour_id: str
    neighbour_belief: float


@dataclass(frozen=True, slots=True)
class AccountFile:
    """What the tables and the run say about one account.

    risk, propagated, reason: None where the run did not know the account. risk_low, risk_high: None where
    risk is no probability, too. ring_id: None outside every ring.
    identifiers: shared ones first, the fewer hold it the earlier. sources: of `propagated`, the strongest
    first; kept for the accounts with most. judgements: of the account, of what it holds, and of rings that it
    was in, in the order in which they were passed.
    """

    account_id: str
    role: str | None
    created_at: datetime | None
    market: str | None
    display_name: str | None
    risk: float | None
    risk_low: float | None
    risk_high: float | None
    propagated: float | None
    reason: str | None
    ring_id: str | None
    identifiers: tuple[HeldIdentifier, ...]
    sources: tuple[BeliefSource, ...]
    labels: tuple[KnownLabel, ...]
    payments: tuple[PaymentTotal, ...]
    judgements: tuple[HeldJudgement, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountAnswer:
    """ring, path: None outside every ring."""

    run_id: str
    file: AccountFile
    ring: RingFinding | None
    path: MemberPath | None


class RunReader(Protocol):
    def read_runs(self) -> Sequence[RunRecord]:
        """The latest first."""
        ...


class RingReader(Protocol):
    def read_rings(self, run_id: str, choice: RingChoice) -> Sequence[RingFinding]: ...

    def find_ring_ids(self, run_id: str, start: str) -> Sequence[str]:
        """The ring of this name, or else all whose names start so, with or without `RING-`, in any case."""
        ...

    def read_dossier(self, run: RunRecord, ring_id: str) -> RingDossier: ...


class AccountReader(Protocol):
    def read_account(self, run: RunRecord, account_id: str) -> AccountFile | None: ...


class NearNames(Protocol):
    """Names that look like one that does not exist, the nearest first."""

    def near_ring_ids(self, run_id: str, name: str) -> Sequence[str]: ...

    def near_account_ids(self, name: str) -> Sequence[str]: ...


class RingLibrary(RingReader, NearNames, Protocol):
    """What questions about one ring need."""


class AccountLibrary(AccountReader, RingReader, NearNames, Protocol):
    """What questions about one account need."""


def choose_run(reader: RunReader, run_id: str | None) -> RunRecord:
    """The run of that name, or of a name that starts so, or the latest. Raises NotFoundError."""
    runs = reader.read_runs()
    if not runs:
        raise NotFoundError("no run in this workspace yet", remedy="find rings with `graphrisk detect`")
    if run_id is None:
        return runs[0]
    fitting = [run for run in runs if run.run_id == run_id] or [
        run for run in runs if run.run_id.startswith(run_id)
    ]
    if len(fitting) != 1:
        raise NotFoundError(
            "no such run" if not fitting else "more than one run is called so",
            value=run_id,
            remedy="there are: " + ", ".join(run.run_id for run in (fitting or runs)[:10]),
        )
    return fitting[0]


def open_dossier(library: RingLibrary, run: RunRecord, name: str) -> RingDossier:
    """The ring of that name, or the only one whose name starts so. Raises NotFoundError with near names."""
    fitting = library.find_ring_ids(run.run_id, name)
    if len(fitting) == 1:
        return library.read_dossier(run, fitting[0])
    if fitting:
        raise NotFoundError("more than one ring is called so", value=name, remedy=_either(fitting))
    raise NotFoundError(
        f"no such ring in run {run.run_id}",
        value=name,
        remedy=_either(library.near_ring_ids(run.run_id, name)) or "list them with `graphrisk rings list`",
    )


def ask_account(library: AccountLibrary, kinds: KindSet, run: RunRecord, account_id: str) -> AccountAnswer:
    """Raises NotFoundError with the ids that are near where no table and no run knows the account."""
    file = library.read_account(run, account_id)
    if file is None:
        near = _either(library.near_account_ids(account_id))
        raise NotFoundError("no such account", value=account_id, remedy=near or "ids are case-sensitive")
    if file.ring_id is None:
        return AccountAnswer(run.run_id, file, None, None)
    dossier = library.read_dossier(run, file.ring_id)
    paths = explain_members(dossier, kinds, account_id)
    return AccountAnswer(run.run_id, file, dossier.ring, paths[0] if paths else None)


def _either(names: Sequence[str]) -> str:
    return f"did you mean {', '.join(map(printable, names[:5]))}?" if names else ""
