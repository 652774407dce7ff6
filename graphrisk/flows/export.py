"""Results of a run -> a file that another system or a person can read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import pyarrow as pa


class ExportFormat(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"
    JSONL = "jsonl"


def form_of(out: Path) -> ExportFormat:
    """By the ending of the file's name; CSV where that says nothing."""
    ending = out.suffix.lower().lstrip(".")
    return ExportFormat(ending) if ending in set(ExportFormat) else ExportFormat.CSV


class ExportKind(StrEnum):
    """What to export.

    rings: ring_id, account_id, ring_score, innocent, innocent_bits, account_risk, role, closeness,
    confidence, reasons, not_automatic, detectors; one row per member, best ring first.
    accounts: account_id, risk; one row per account that the run knew, riskiest first.
    """

    RINGS = "rings"
    ACCOUNTS = "accounts"


RING_EXPORT = pa.schema(
    [
        pa.field("ring_id", pa.string()),
        pa.field("account_id", pa.string()),
        pa.field("ring_score", pa.float64()),
        pa.field("innocent", pa.string()),
        pa.field("innocent_bits", pa.float64()),
        pa.field("account_risk", pa.float64()),
        pa.field("role", pa.string()),
        pa.field("closeness", pa.float64()),
        pa.field("confidence", pa.float64()),
        pa.field("reasons", pa.string()),
        pa.field("not_automatic", pa.string()),
        pa.field("detectors", pa.string()),
    ]
)
ACCOUNT_EXPORT = pa.schema(
    [
        pa.field("account_id", pa.string()),
        pa.field("risk", pa.float64()),
        pa.field("risk_low", pa.float64()),
        pa.field("risk_high", pa.float64()),
    ]
)


class ExportReader(Protocol):
    """Streams in the order that ExportKind states, with the schemas above."""

    def open_ring_export(self, run_id: str) -> pa.RecordBatchReader: ...

    def open_account_export(self, run_id: str) -> pa.RecordBatchReader: ...


class ExportWriter(Protocol):
    def write_export(self, batches: pa.RecordBatchReader, form: ExportFormat, out: Path | None) -> int: ...


@dataclass(frozen=True, slots=True)
class ExportReport:
    """out: None is stdout."""

    run_id: str
    kind: ExportKind
    form: ExportFormat
    out: Path | None
    row_count: int


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What to write, how, and where (None: stdout)."""

    kind: ExportKind
    form: ExportFormat
    out: Path | None


def export_results(
    reader: ExportReader, writer: ExportWriter, run_id: str, order: ExportOrder
) -> ExportReport:
    """Write one export of one run; the file is whole or absent."""
    opened = {ExportKind.RINGS: reader.open_ring_export, ExportKind.ACCOUNTS: reader.open_account_export}
    row_count = writer.write_export(opened[order.kind](run_id), order.form, order.out)
    return ExportReport(run_id, order.kind, order.form, order.out, row_count)
