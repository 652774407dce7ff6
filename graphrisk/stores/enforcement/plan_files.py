"""Plans as folders: plan.json says what a plan is and reaches, rows.parquet what it does with whom."""

from __future__ import annotations

import io
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from graphrisk.enforce.plan import Plan, PlanHeader, PlanOutline
from graphrisk.enforce.spent import Payer
from graphrisk.errors import GraphriskError, NotFoundError, TamperedError, printable
from graphrisk.model.enforcement import PlanRow
from graphrisk.model.tables import TIME
from graphrisk.stores.file_set import UNFINISHED, write_files

FORMAT = 1  # of both files, and of what enters the digests: in another format a plan has another name
HEADER_NAME, ROWS_NAME = "plan.json", "rows.parquet"
_MONEY = pa.struct(
    [
        ("currency", pa.string()), ("paid_minor", pa.int64()), ("lost_minor", pa.int64()),
        ("received_minor", pa.int64()),
    ]
)  # fmt: skip
_EVIDENCE = pa.struct(
    [
        ("source", pa.string()), ("kind", pa.string()), ("identifier", pa.string()),
        ("account_count", pa.int64()), ("ring_account_count", pa.int64()), ("counts", pa.bool_()),
        ("words", pa.string()), ("derived_from", pa.string()),
    ]
)  # fmt: skip
_TEXTS = ("subject", "account_id", "ring_id", "market", "bucket", "present", "wanted", "proposed")
_SHARES = ("ring_score", "risk", "risk_low", "risk_high", "turnover_share", "loss_share")
# One column for each field of PlanRow, in that order.
ROWS = pa.schema(
    [
        *((name, pa.string()) for name in _TEXTS),
        ("blocked_by", pa.list_(pa.string())), ("lifts", pa.list_(pa.string())),
        *((name, pa.float64()) for name in _SHARES),
        ("money", pa.list_(_MONEY)), ("evidence", pa.list_(_EVIDENCE)), ("reasons", pa.string()),
        ("from_at", TIME), ("until_at", TIME), ("is_canary", pa.bool_()), ("digest", pa.string()),
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Head:
    """What plan.json holds."""

    plan_id: str
    header: PlanHeader
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class _Version:
    """What is read first: the rest may be otherwise in another format."""

    format: int


class PlanFiles:
    """Fits the Protocols of flows.enforcement that read and write plans."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write_plan(self, plan: Plan) -> Path:
        """Whole or not at all; a plan of the same name is the same plan."""
        rows = io.BytesIO()
        pq.write_table(tabulate_rows(plan.rows), rows, compression="zstd")
        head = msgspec.json.format(msgspec.json.encode(_Head(plan.plan_id, plan.header)), indent=1)
        place = self._folder / plan.plan_id
        write_files(place, {ROWS_NAME: rows.getvalue(), HEADER_NAME: head})
        return place

    def list_plans(self) -> tuple[str, ...]:
        """The names of all plans that are there, sorted."""
        return tuple(sorted(path.parent.name for path in self._folder.glob(f"*/{HEADER_NAME}")))

    def remove_unfinished(self, known: Collection[str]) -> None:
        """What those left who were killed while they wrote a plan. known: plans of the ledger, of which
        only a person removes a file. Only the holder of the ledger's lock writes here."""
        for place in self._folder.glob("*"):
            if place.name not in known and not (place / HEADER_NAME).exists():
                shutil.rmtree(place, ignore_errors=True)
            for left in place.glob(f".*{UNFINISHED}"):
                left.unlink(missing_ok=True)

    def find_plans_of(self, subject: str) -> tuple[str, ...]:
        """The names of plans with a row of that account token, sorted. Raises as read_plan."""
        found = []
        for plan_id in self.list_plans():
            try:
                told = pq.read_table(
                    self._folder / plan_id / ROWS_NAME,
                    columns=["subject"],
                    filters=[("subject", "=", subject)],
                )
            except (OSError, ValueError, pa.ArrowException) as error:
                raise _spoilt(plan_id, ROWS_NAME) from error
            if told.num_rows:
                found.append(plan_id)
        return tuple(found)

    def read_header(self, plan_id: str) -> PlanHeader:
        """Raises NotFoundError, and TamperedError for what write_plan has not written."""
        if plan_id not in self.list_plans():
            raise NotFoundError(
                "no such plan", value=plan_id, remedy="list them with `graphrisk enforce plans`"
            )
        place = self._folder / plan_id / HEADER_NAME
        try:
            content = place.read_bytes()
            version = msgspec.json.decode(content, type=_Version).format
            if version != FORMAT:
                raise GraphriskError(
                    f"another version of graphrisk wrote it (format {version}, this one knows {FORMAT})",
                    where=plan_id, remedy="use that version, or make the plan anew",
                )  # fmt: skip
            return msgspec.json.decode(content, type=_Head).header
        except msgspec.MsgspecError as error:
            raise _spoilt(plan_id, HEADER_NAME) from error

    def read_outline(self, plan_id: str) -> PlanOutline:
        """As read_header."""
        header = self.read_header(plan_id)
        digests = self._read_table(plan_id, ["digest"], None)["digest"].to_pylist()
        return PlanOutline(plan_id, header, tuple(digests))

    def read_rows(
        self, plan_id: str, *, ring_id: str | None = None, subject: str | None = None
    ) -> tuple[PlanRow, ...]:
        """Of one ring, or of one account; of all where neither is asked for. As read_header."""
        asked = [("ring_id", "=", ring_id), ("subject", "=", subject)]
        chosen = [each for each in asked if each[2] is not None]
        table = self._read_table(plan_id, None, chosen or None)
        try:
            return msgspec.convert(table.to_pylist(), type=tuple[PlanRow, ...])
        except msgspec.MsgspecError as error:
            raise _spoilt(plan_id, ROWS_NAME) from error

    def read_payers(self, plan_id: str) -> tuple[Payer, ...]:
        """As read_header."""
        told = self._read_table(plan_id, ["subject", "market", "turnover_share"], None).to_pylist()
        try:
            return msgspec.convert(told, type=tuple[Payer, ...])
        except msgspec.MsgspecError as error:
            raise _spoilt(plan_id, ROWS_NAME) from error

    def read_plan(self, plan_id: str) -> Plan:
        """As read_header. Whether it still is what it was when it was named: enforce.plan.find_changed."""
        return Plan(plan_id, self.read_header(plan_id), self.read_rows(plan_id))

    def _read_table(
        self, plan_id: str, columns: list[str] | None, chosen: list[tuple[str, str, str | None]] | None
    ) -> pa.Table:
        place = self._folder / plan_id / ROWS_NAME
        try:
            return pq.read_table(place, schema=ROWS, columns=columns, filters=chosen)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise _spoilt(plan_id, ROWS_NAME) from error


def tabulate_rows(rows: Sequence[PlanRow]) -> pa.Table:
    """With the schema ROWS."""
    return pa.Table.from_pylist(msgspec.to_builtins(rows, builtin_types=(datetime,)), schema=ROWS)


def _spoilt(plan_id: str, name: str) -> TamperedError:
    return TamperedError(
        "not a plan as graphrisk writes it", where=f"{printable(plan_id)}/{name}", remedy="make the plan anew"
    )
