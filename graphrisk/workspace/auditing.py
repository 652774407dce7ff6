"""Wires a workspace to the audit of its ledger and packages."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from graphrisk.enforce.ledger_rows import LEDGER_EXPORT, Wanted, entry_batches, select_entries
from graphrisk.flows.enforcement.audit import AuditReport, AuditSides, KeptHead, Progress, audit
from graphrisk.flows.export import ExportFormat
from graphrisk.model.ledger import Entry
from graphrisk.stores.enforcement.keys import PSEUDONYM_KEY, KeyFolder
from graphrisk.stores.enforcement.ledger_file import Ledger
from graphrisk.stores.enforcement.packages import PackageStore
from graphrisk.stores.enforcement.places import EnforcementPlaces
from graphrisk.stores.enforcement.plan_files import PlanFiles
from graphrisk.stores.exports import ExportFiles


def _tell_nobody(stage: str, done_share: float | None = None) -> None:
    """Say nothing."""


def audit_workspace(
    places: EnforcementPlaces, kept: KeptHead | None, progress: Progress = _tell_nobody
) -> AuditReport:
    """See flows.enforcement.audit.audit. Of the keys only signing.pub is needed, and pseudonym.key for plans;
    of the workspace only its folder `enforce`."""
    keys = KeyFolder.open(places.keys)
    token_key = keys.token_key() if (keys.folder / PSEUDONYM_KEY).exists() else None
    sides = AuditSides(
        Ledger(places, keys), keys, PackageStore(places.packages), PlanFiles(places.plans), token_key
    )
    return audit(sides, kept, progress)


def read_ledger_entries(
    places: EnforcementPlaces, wanted: Wanted, account_id: str | None = None
) -> tuple[Entry, ...]:
    """account_id: is turned into its token, by the pseudonym key. Raises as Ledger.read."""
    keys = KeyFolder.open(places.keys)
    if account_id is not None:
        wanted = Wanted(wanted.kinds, wanted.plan, keys.account_token(account_id))
    return select_entries(Ledger(places, keys).read(), wanted)


def export_ledger_entries(entries: tuple[Entry, ...], form: ExportFormat, out: Path | None) -> int:
    """Returns their number. The file is whole or absent; out None is stdout."""
    batches = pa.RecordBatchReader.from_batches(LEDGER_EXPORT, entry_batches(entries))
    return ExportFiles().write_export(batches, form, out)
