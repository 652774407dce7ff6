"""Judgements that teams hand to each other: a table out, a table in.

What comes in is added to what is there. Bringing the same table in twice, or two teams' tables in any order,
ends in the same judgements. A bad row is told with its place; the good ones beside it are taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from graphrisk.flows.export import ExportFormat, ExportWriter
from graphrisk.flows.judge import JudgementReader, JudgementWriter
from graphrisk.model.judgements import JUDGEMENT, Judgement
from graphrisk.registry.judgement_rows import PlacedRow, RowFault, judgement_table, read_rows
from graphrisk.registry.judgements import (
    merge_judgements,
    needless_withdrawals,
    open_withdrawals,
    stand_at,
)


@dataclass(frozen=True, slots=True)
class FileRows:
    """What a file holds. faults: of lines that are no rows at all."""

    rows: tuple[PlacedRow, ...]
    faults: tuple[RowFault, ...]


class JudgementFile(Protocol):
    def read_rows(self) -> FileRows:
        """Raises NotFoundError, InputError where it is no table of judgements."""
        ...


@dataclass(frozen=True, slots=True)
class ImportReport:
    """row_count: of the file. added: that were not here. faults: in the order of the file. contested: of all
    that is here now, what judges disagree about. open: withdrawals of what is not here, or cannot be
    withdrawn. needless: withdrawals of what is withdrawn already, each with the one that took effect, where
    the file brought either."""

    row_count: int
    added: tuple[Judgement, ...]
    faults: tuple[RowFault, ...]
    contested: tuple[Judgement, ...]
    open: tuple[Judgement, ...]
    needless: tuple[tuple[Judgement, Judgement], ...]


def import_judgements(
    file: JudgementFile, reader: JudgementReader, writer: JudgementWriter, now: datetime
) -> ImportReport:
    """now: naive UTC."""
    found = file.read_rows()
    judgements, bad = read_rows(found.rows, now)
    merge = merge_judgements(reader.read_judgements(), judgements)
    writer.add_judgements(merge.added)
    return ImportReport(
        len(found.rows) + len(found.faults), merge.added, (*found.faults, *bad),
        stand_at(merge.merged, now).contested, open_withdrawals(merge.merged),
        needless_withdrawals(merge),
    )  # fmt: skip


def export_judgements(
    reader: JudgementReader, writer: ExportWriter, form: ExportFormat, out: Path | None
) -> int:
    """All judgements, withdrawn ones and withdrawals among them, in order. out: None is stdout. Returns their
    number."""
    table = _in_texts(reader.read_judgements())
    return writer.write_export(pa.RecordBatchReader.from_batches(table.schema, table.to_batches()), form, out)


def _in_texts(judgements: Sequence[Judgement]) -> pa.Table:
    """Times as ISO 8601 in UTC, to the microsecond, so that a name can be checked in every format."""
    rows = judgement_table(judgements).to_pylist()
    texts = [
        {name: f"{cell.isoformat()}Z" if isinstance(cell, datetime) else cell for name, cell in row.items()}
        for row in rows
    ]
    return pa.Table.from_pylist(texts, pa.schema([(name, pa.string()) for name in JUDGEMENT.names]))
