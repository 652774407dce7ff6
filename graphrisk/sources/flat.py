"""Tables without lists inside their rows: CSV and Parquet files."""

from __future__ import annotations

import difflib
from collections.abc import Mapping as Lookup
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from graphrisk.errors import InputError
from graphrisk.flows.load import SourceFile
from graphrisk.flows.plan import FilePlan, Part
from graphrisk.model.mapping import ROW_NUMBER, Mapping, TableMapping
from graphrisk.sources.cells import NUMBER_OF_ROW, Cell, cell_type
from graphrisk.sources.columns import mapped_columns
from graphrisk.sources.files import mixes_line_ends, read_parquet_schema, read_text_header
from graphrisk.sources.lines import number_rows, text_lines
from graphrisk.sources.parts import PartBuilder
from graphrisk.sources.quoting import sql_name, sql_text

MAX_LINE_BYTES = 16 << 20


def plan_parquet(
    mapping: Mapping, table: TableMapping, file: SourceFile, path: Path, digest: str
) -> FilePlan:
    schema = read_parquet_schema(path)
    cells = {name: Cell(name, sql_name(name), cell_type(schema.field(name).type)) for name in schema.names}
    part = flat_part(mapping, table, cells, file.path)
    source = f"""SELECT file_row_number AS row_at, *
        FROM read_parquet({sql_text(str(path))}, file_row_number = true)"""
    return FilePlan(
        table_name=table.name,
        path=file.path,
        digest=file.digest,
        mapping_digest=digest,
        source=source,
        direct=True,
        parts=(part,),
        timezone=table.timezone,
        lines=number_rows,
        warnings=absent_columns(table, schema.names, file.path),
    )


def plan_csv(mapping: Mapping, table: TableMapping, file: SourceFile, path: Path, digest: str) -> FilePlan:
    wanted = mapped_columns(table)
    header = read_text_header(path, table.delimiter, wanted)
    # Columns go by position, for names may repeat or be empty; of two with one name the first counts.
    cells = {name: Cell(name, f"c{at}") for at, name in reversed(list(enumerate(header.columns)))}
    declared = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(len(header.columns)))
    used = ", ".join(cells[name].sql for name in cells if name in wanted)
    mixed = mixes_line_ends(path)
    source = (
        f"SELECT {used or 'c0'} FROM read_csv({sql_text(str(path))}, auto_detect = false, header = true,"
        f" columns = {{{declared}}}, delim = {sql_text(header.delimiter)}, quote = '\"', escape = '\"',"
        f" max_line_size = {MAX_LINE_BYTES}, ignore_errors = true, store_rejects = true,"
        f" strict_mode = {str(not mixed).lower()})"
    )
    empty = not header.columns
    warnings = (f"{file.path} is empty",) if empty else absent_columns(table, header.columns, file.path)
    if mixed:
        warnings += (f"{file.path} mixes line ends; surplus columns are not noticed",)
    return FilePlan(
        table_name=table.name,
        path=file.path,
        digest=file.digest,
        mapping_digest=digest,
        source=source,
        direct=False,
        parts=() if empty else (flat_part(mapping, table, cells, file.path),),
        timezone=table.timezone,
        lines=partial(text_lines, path, header_records=1),
        rejects=True,
        warnings=warnings,
    )


def flat_part(mapping: Mapping, table: TableMapping, cells: Lookup[str, Cell], where: str) -> Part:
    """The one part of such a table. Raises InputError for a column that must be there and is not."""

    cells = {**cells, ROW_NUMBER: NUMBER_OF_ROW}

    def required(name: str) -> Cell:
        if name not in cells:
            raise missing_column(name, table, [each for each in cells if each != ROW_NUMBER], where)
        return cells[name]

    def optional(name: str | None) -> Cell | None:
        return cells.get(name) if name is not None else None

    builder = PartBuilder(mapping, table, required, optional)
    return builder.part("source", table.account, table.links, table.payment, table.label, counted=True)


def absent_columns(table: TableMapping, present: Sequence[str], where: str) -> tuple[str, ...]:
    """A warning for each column that the mapping names and this file does not have, and may do without."""
    return tuple(f"{where} has no column {name}" for name in mapped_columns(table) if name not in present)


def missing_column(name: str, table: TableMapping, present: Sequence[str], where: str) -> InputError:
    near = difflib.get_close_matches(name, present, n=1, cutoff=0.5)
    return InputError(
        f"table {table.name} needs a column `{name}`; there are: {', '.join(present)}",
        where=where,
        remedy=(f"did you mean `{near[0]}`? " if near else "") + "Name the right column in graphrisk.toml",
    )
