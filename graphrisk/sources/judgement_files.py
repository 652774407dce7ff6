"""Tables of judgements from elsewhere."""

from __future__ import annotations

from pathlib import Path

from graphrisk.model.judgements import JUDGEMENT
from graphrisk.registry.judgement_rows import REQUIRED_COLUMNS
from graphrisk.sources.row_files import Columns, RowFile, Unguard

_COLUMNS = Columns("judgements", tuple(JUDGEMENT.names), REQUIRED_COLUMNS, json="ring_state")


def judgement_file(path: Path, unguard: Unguard) -> RowFile:
    """Fits flows.exchange_judgements.JudgementFile."""
    return RowFile(path, _COLUMNS, unguard)
