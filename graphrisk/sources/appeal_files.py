"""Tables of appeals, as a desk hands them over."""

from __future__ import annotations

from pathlib import Path

from graphrisk.enforce.appeals import APPEAL_COLUMNS, REQUIRED_APPEAL_COLUMNS
from graphrisk.sources.row_files import Columns, RowFile, Unguard

_COLUMNS = Columns("appeals", APPEAL_COLUMNS, REQUIRED_APPEAL_COLUMNS)


def appeal_file(path: Path, unguard: Unguard) -> RowFile:
    """Fits flows.enforcement.appeal.AppealFile."""
    return RowFile(path, _COLUMNS, unguard)
