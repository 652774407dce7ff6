"""JSON lines: nested fields by path, and lists inside a row, each of which gives rows of its own.

customer.email        a field of an object
orders[].id           one row per element of the list `orders`; columns outside of the list repeat
orders[].items[].sku  lists in lists
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from graphrisk.errors import ConfigError
from graphrisk.flows.load import SourceFile
from graphrisk.flows.plan import FilePlan, Part
from graphrisk.model.mapping import ROW_NUMBER, LinkMapping, Mapping, TableMapping
from graphrisk.sources.cells import NUMBER_OF_ROW, Cell
from graphrisk.sources.columns import (
    account_columns,
    label_columns,
    link_columns,
    mapped_columns,
    payment_columns,
)
from graphrisk.sources.files import check_whole
from graphrisk.sources.flat import MAX_LINE_BYTES
from graphrisk.sources.lines import text_lines
from graphrisk.sources.parts import PartBuilder
from graphrisk.sources.quoting import sql_text


def plan_jsonl(mapping: Mapping, table: TableMapping, file: SourceFile, path: Path, digest: str) -> FilePlan:
    check_whole(path)
    empty = path.stat().st_size == 0
    # One line is one cell: the delimiter is a character that no JSON text may hold.
    source = f"""SELECT {_if_object("line", "line")} AS line,
    {_if_object("line", "NULL", "left(line, 200)")} AS broken
        FROM read_csv({sql_text(str(path))}, auto_detect = false, header = false, columns =
        {{'line': 'VARCHAR'}},
        delim = '\x01', quote = '', escape = '', max_line_size = {MAX_LINE_BYTES}, ignore_errors = true,
        store_rejects = true) WHERE line IS NOT NULL"""
    return FilePlan(
        table_name=table.name,
        path=file.path,
        digest=file.digest,
        mapping_digest=digest,
        source=source,
        direct=False,
        parts=() if empty else tuple(_parts(mapping, table)),
        timezone=table.timezone,
        lines=partial(text_lines, path, header_records=0, quoted=False),
        rejects=True,
        warnings=(f"{file.path} is empty",) if empty else (),
    )


@dataclass(slots=True)
class _Said:
    """What a table says on the level of one list."""

    account: bool = False
    links: list[LinkMapping] = field(default_factory=list)
    payment: bool = False
    label: bool = False


def _parts(mapping: Mapping, table: TableMapping) -> list[Part]:
    """One part per list, the one without a list first: it counts the rows and reports lines that are no
    objects."""
    said: dict[str, _Said] = {"": _Said()}
    if table.account is not None:
        said.setdefault(_list_of(account_columns(table.account), table), _Said()).account = True
    for link in table.links:
        said.setdefault(_list_of(link_columns(link), table), _Said()).links.append(link)
    if table.payment is not None:
        said.setdefault(_list_of(payment_columns(table.payment), table), _Said()).payment = True
    if table.label is not None:
        said.setdefault(_list_of(label_columns(table.label), table), _Said()).label = True
    parts = []
    for place, what in said.items():
        reader = _cell_reader(mapped_columns(table), place)
        builder = PartBuilder(
            mapping, table, reader, partial(_read_optional, reader), sound="line IS NOT NULL"
        )
        builder.expects_links = len(said) == 1
        if place == "":
            builder.check_always("", ("malformed_row", "broken"))
        parts.append(
            builder.part(
                _relation(place),
                table.account if what.account else None,
                what.links,
                table.payment if what.payment else None,
                table.label if what.label else None,
                counted=place == "",
            )
        )
    return parts


def _cell_reader(columns: Sequence[str], place: str) -> Callable[[str], Cell]:
    """Reads columns on the level of the list `place`, or of one around it.

    All paths of a level are extracted in one expression, which DuckDB evaluates once, so that a line is
    parsed once.
    """
    levels = _levels(place)
    paths = {
        at: sorted({_inner(c) for c in columns if _outer(c) == level}) for at, level in enumerate(levels)
    }

    def read(name: str) -> Cell:
        if name == ROW_NUMBER:
            return NUMBER_OF_ROW
        at = levels.index(_outer(name))
        listed = ", ".join(sql_text(_json_path(path)) for path in paths[at])
        position = paths[at].index(_inner(name)) + 1
        return Cell(name, f"json_extract_string({_element(at)}, [{listed}])[{position}]")

    return read


def _read_optional(read: Callable[[str], Cell], name: str | None) -> Cell | None:
    return None if name is None else read(name)


def _relation(place: str) -> str:
    relation = "source"
    for at, level in enumerate(_levels(place)[1:], start=1):
        path = _json_path(_inner(level) if at > 1 else level) + "[*]"
        carried = ", ".join(_element(n) for n in range(at))
        extracted = f"unnest(json_extract({_element(at - 1)}, {sql_text(path)})) AS {_element(at)}"
        broken = ", broken" if at == 0 else ""
        relation = f"(SELECT row_at, {carried}{broken}, {extracted} FROM {relation})"
    return relation


def _list_of(columns: Sequence[str], table: TableMapping) -> str:
    """The innermost list that the columns speak of; the others must lie around it."""
    places = sorted({_outer(column) for column in columns}, key=len)
    innermost = places[-1]
    if not all(place in _levels(innermost) for place in places):
        raise ConfigError(
            "one mapping cannot take columns from two lists beside each other",
            where=f"table {table.name}",
            value=", ".join(columns),
            remedy="make two mappings of it, each with columns of one list",
        )
    return innermost


def _outer(column: str) -> str:
    """The list that a column lies in: "orders[].items" for "orders[].items[].sku", "" outside of any."""
    return column.rpartition("[].")[0]


def _inner(column: str) -> str:
    return column.rpartition("[].")[2]


def _levels(place: str) -> list[str]:
    """ "" and every list on the way to `place`: ["", "orders", "orders[].items"]."""
    pieces = place.split("[].") if place else []
    return ["", *("[].".join(pieces[: n + 1]) for n in range(len(pieces)))]


def _element(level: int) -> str:
    return "line" if level == 0 else f"element_{level}"


def _json_path(path: str) -> str:
    if '"' in path:
        raise ConfigError("a path cannot hold a double quote", value=path)
    return "$." + ".".join(f'"{key}"' for key in path.split("."))


def _if_object(line: str, then: str, otherwise: str = "NULL") -> str:
    """SQL; nested, because json_type fails on what is no JSON."""
    inner = f"CASE WHEN json_type({line}) = 'OBJECT' THEN {then} ELSE {otherwise} END"
    return f"CASE WHEN json_valid({line}) THEN {inner} ELSE {otherwise} END"
