"""Workspace -> Parquet files for `neo4j-admin database import full`, and the command that imports them.

The files say what a push would write, findings of the latest run included, so that a push after the import
finds nothing to do. Nothing but declared names reaches the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import pyarrow as pa

from graphrisk.errors import NotFoundError
from graphrisk.model.graph_schema import GraphSchema, NodeSchema, RelationshipSchema

SCRIPT = "import.sh"


class BulkContent(Protocol):
    """What should stand in the graph, with the columns that the importer asks for."""

    def read_nodes(self, schema: NodeSchema) -> pa.RecordBatchReader:
        """Each label once, and before the relationships."""
        ...

    def read_relationships(self, schema: RelationshipSchema) -> pa.RecordBatchReader: ...


class BulkFiles(Protocol):
    """The folder that is being filled."""

    def write_table(self, name: str, rows: pa.RecordBatchReader) -> FileSize:
        """Where there are no rows, there is no file."""
        ...

    def write_script(self, name: str, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class FileSize:
    row_count: int
    byte_count: int


class PartKind(StrEnum):
    """In the importer's words."""

    NODES = "nodes"
    RELATIONSHIPS = "relationships"


@dataclass(frozen=True, slots=True)
class BulkPart:
    """One file. name: its label or relationship type. also: labels that every row has beside that one."""

    kind: PartKind
    name: str
    also: tuple[str, ...]
    file: str
    size: FileSize

    @property
    def argument(self) -> str:
        """--nodes=Identifier:Device=./nodes-Device.parquet"""
        # `./`, because newer importers take a bare name for a file in no folder
        return f"--{self.kind}={':'.join((*self.also, self.name))}=./{self.file}"


@dataclass(frozen=True, slots=True)
class BulkReport:
    """command: what import.sh runs in the folder of the files."""

    parts: tuple[BulkPart, ...]
    run_id: str | None
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BulkOrder:
    """run_id: whose findings; None where there was no run. database: which the files are imported into."""

    run_id: str | None
    database: str


def write_bulk(
    content: BulkContent,
    files: BulkFiles,
    schema: GraphSchema,
    order: BulkOrder,
    progress: Callable[[str], None],
) -> BulkReport:
    """One file for each label and relationship type that has rows, then the script. Raises NotFoundError
    where there is no node."""
    parts = tuple(part for part in _write_parts(content, files, schema, progress) if part.size.row_count)
    if not any(part.kind is PartKind.NODES for part in parts):
        raise NotFoundError(
            "there is nothing to import: the workspace has no account", remedy="load tables first"
        )
    command = import_command(parts, order.database)
    files.write_script(SCRIPT, import_script(command))
    return BulkReport(parts, order.run_id, command)


def _write_parts(
    content: BulkContent, files: BulkFiles, schema: GraphSchema, progress: Callable[[str], None]
) -> Iterator[BulkPart]:
    for node in schema.nodes:
        progress(node.label)
        file = f"{PartKind.NODES}-{node.label}.parquet"
        size = files.write_table(file, content.read_nodes(node))
        yield BulkPart(PartKind.NODES, node.label, node.also, file, size)
    for link in schema.relationships:
        progress(link.type)
        file = f"{PartKind.RELATIONSHIPS}-{link.type}.parquet"
        size = files.write_table(file, content.read_relationships(link))
        yield BulkPart(PartKind.RELATIONSHIPS, link.type, (), file, size)


def import_command(parts: tuple[BulkPart, ...], database: str) -> tuple[str, ...]:
    """The database comes first: behind --nodes or --relationships it would be taken for another file."""
    return (
        "neo4j-admin", "database", "import", "full", database,
        "--input-type=parquet", "--id-type=integer", *(part.argument for part in parts),
    )  # fmt: skip


def import_script(command: tuple[str, ...]) -> str:
    """POSIX shell. `command` must need no quoting."""
    program, *arguments = command
    words = " \\\n    ".join([" ".join(arguments[:4]), *arguments[4:]])
    return _SCRIPT.replace("PROGRAM", program).replace("WORDS", words)


_SCRIPT = """\
#!/bin/sh
# Fills a database of Neo4j 5.26 or later with the Parquet files beside this script, its server stopped.
#
#   sh import.sh                           where Neo4j is installed, as the user whom its server runs as
#   sh import.sh --compose                 the service neo4j of the docker-compose.yml in the current folder
#   sh import.sh --overwrite-destination   further flags go to the importer; this one removes what was there
#
# Then start the server. `graphrisk neo4j push` makes constraints and indexes, and writes what changed since.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if [ "${1-}" = --compose ]; then
    shift
    report=/var/tmp/import.report
    admin() {
        docker compose run --rm --no-deps -T --volume "$here:/bulk:ro" --workdir /bulk neo4j PROGRAM "$@"
    }
else
    cd -- "$here"
    report=${TMPDIR:-/tmp}/graphrisk-import.$$.report
    admin() {
        PROGRAM "$@" && rm -f -- "$report"
    }
fi
admin WORDS \\
    "--report-file=$report" "$@"
"""
