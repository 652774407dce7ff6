"""The tables outside, as the mapping names them: what flows.load asks for."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from graphrisk.errors import InputError
from graphrisk.flows.load import FilePlan, Part, RowPositions, RowReject, SourceFile
from graphrisk.model.mapping import Mapping, TableFormat, TableMapping
from graphrisk.sources.cells import Cell, cell_type
from graphrisk.sources.files import digest_of, find_files, read_parquet_schema, read_text_header
from graphrisk.sources.parts import PartBuilder
from graphrisk.sources.quoting import sql_name, sql_text

_MAX_LINE_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class OutsideTables:
    """Files relative to `data`."""

    mapping: Mapping
    data: Path

    def files(self, table: TableMapping) -> Sequence[SourceFile]:
        found = find_files(self.data, table.files, f"table {table.name}")
        return [SourceFile(self._shown(path), digest_of(path)) for path in found]

    def mapping_digest(self, table: TableMapping) -> str:
        """Changes with anything that could change what a file's rows become."""
        limits = self.mapping.limits
        kinds = [self.mapping.kinds.named(link.kind) for link in table.links]
        what = repr((table, self.mapping.region, [k and (k.name, k.normaliser) for k in kinds],
                     limits.earliest_at, limits.latest_at, limits.max_value_chars))  # fmt: skip
        return hashlib.sha256(what.encode()).hexdigest()

    def plan(self, table: TableMapping, file: SourceFile) -> FilePlan:
        path = self.data / file.path
        match table.format:
            case TableFormat.PARQUET:
                return self._plan_parquet(table, file, path)
            case _:
                return self._plan_csv(table, file, path)

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.data).as_posix() if path.is_relative_to(self.data) else str(path)

    def _plan_parquet(self, table: TableMapping, file: SourceFile, path: Path) -> FilePlan:
        schema = read_parquet_schema(path)
        cells = {
            name: Cell(name, sql_name(name), cell_type(schema.field(name).type)) for name in schema.names
        }
        source = f"SELECT file_row_number AS row_at, * FROM read_parquet({sql_text(str(path))}, file_row_number = true)"
        part = build_part(self.mapping, table, cells, path)
        return FilePlan(
            table.name, file.path, file.digest, self.mapping_digest(table), source, direct=True, parts=(part,),
            timezone=table.timezone, lines=partial(_numbered, first=1),
        )  # fmt: skip

    def _plan_csv(self, table: TableMapping, file: SourceFile, path: Path) -> FilePlan:
        wanted = mapped_columns(table)
        header = read_text_header(path, table.delimiter, wanted)
        digest = self.mapping_digest(table)
        if not header.columns:
            return FilePlan(table.name, file.path, file.digest, digest, "", direct=False, parts=(), timezone=table.timezone,
                            lines=partial(_numbered, first=1), warnings=(f"{file.path} is empty",))  # fmt: skip
        cells = {name: Cell(name, f"c{at}") for at, name in reversed(list(enumerate(header.columns)))}
        columns = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(len(header.columns)))
        used = ", ".join(cell.sql for name, cell in cells.items() if name in wanted) or "c0"
        source = (
            f"SELECT {used} FROM read_csv({sql_text(str(path))}, auto_detect = false, header = true, columns = {{{columns}}},"
            f" delim = {sql_text(header.delimiter)}, quote = '\"', escape = '\"', max_line_size = {_MAX_LINE_BYTES},"
            " ignore_errors = true, store_rejects = true)"
        )
        part = build_part(self.mapping, table, cells, path)
        return FilePlan(
            table.name, file.path, file.digest, digest, source, direct=False, parts=(part,), timezone=table.timezone,
            lines=partial(_numbered, first=2), rejects=True,
        )  # fmt: skip


def build_part(mapping: Mapping, table: TableMapping, cells: dict[str, Cell], path: Path) -> Part:
    """The part of a table without nested lists. Raises InputError for a column that must be there and is not."""

    def required(name: str) -> Cell:
        if name not in cells:
            raise missing_column(name, table, list(cells), path)
        return cells[name]

    def optional(name: str | None) -> Cell | None:
        return cells.get(name) if name is not None else None

    builder = PartBuilder(mapping, table, required, optional)
    account = builder.account(table.account) if table.account else None
    links = tuple(link for link in map(builder.link, table.links) if link is not None)
    payment = builder.payment(table.payment) if table.payment else None
    label = builder.label(table.label) if table.label else None
    if links and not (account or payment or label) and not any(link.when for link in table.links):
        builder.expect_something(links[0].text_column)
    return Part(
        "source", builder.finished_columns(), builder.finished_faults(), True, account, links, payment, label
    )


def mapped_columns(table: TableMapping) -> list[str]:
    """Every column that the mapping names, each once."""
    names: list[str | None] = []
    if table.account:
        a = table.account
        names += [a.id, a.role, a.created_at, a.market, a.display_name]
    for link in table.links:
        names += [link.account, *link.identifier, link.alias, link.seen_at, link.event_count]
    if table.payment:
        p = table.payment
        names += [p.id, p.payer, p.payee, p.amount, p.currency, p.status, p.category, p.paid_at]
    if table.label:
        names += [table.label.account, table.label.verdict, table.label.reported_at]
    yields = [
        *table.links,
        *([table.payment] if table.payment else []),
        *([table.label] if table.label else []),
    ]
    names += [condition.column for each in yields for condition in each.when]
    return list(dict.fromkeys(name for name in names if name is not None))


def missing_column(name: str, table: TableMapping, present: Sequence[str], path: Path) -> InputError:
    near = difflib.get_close_matches(name, present, n=1, cutoff=0.5)
    return InputError(
        f"table {table.name} needs a column `{name}`; there are: {', '.join(present)}",
        where=str(path),
        remedy=(f"did you mean `{near[0]}`? " if near else "") + "name the right column in graphrisk.toml",
    )


def _numbered(rows: RowPositions, rejects: Sequence[RowReject], *, first: int) -> RowPositions:
    return np.concatenate([rows + first, np.array([reject.line for reject in rejects], dtype=np.int64)])
