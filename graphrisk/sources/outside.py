"""The tables outside, as the mapping names them: what flows.load asks for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from graphrisk.errors import ConfigError
from graphrisk.flows.load import SourceFile
from graphrisk.flows.plan import FilePlan
from graphrisk.model.mapping import ROW_NUMBER, Mapping, TableFormat, TableMapping
from graphrisk.sources.columns import names_rows
from graphrisk.sources.files import digest_of, find_files
from graphrisk.sources.flat import plan_csv, plan_parquet
from graphrisk.sources.nested import plan_jsonl
from graphrisk.sources.queries import digest_of_query, plan_query


@dataclass(frozen=True, slots=True)
class OutsideTables:
    """Files and SQLite databases relative to `data`."""

    mapping: Mapping
    data: Path

    def files(self, table: TableMapping) -> Sequence[SourceFile]:
        """Every file that the table's globs match, in the order of the paths; a query counts as one file.
        Raises ConfigError where rows are to go by number, and have none of their own."""
        if table.format is TableFormat.SQL:
            if names_rows(table):
                raise _unnumbered(table, "the rows of a query have no number", "let the query give one")
            return [digest_of_query(table, self.data)]
        found = find_files(self.data, table.files, f"table {table.name}")
        if len(found) > 1 and names_rows(table):
            raise _unnumbered(
                table, f"{len(found)} files have a row of each number", "map one file, or use a column"
            )
        return [SourceFile(self._shown(path), digest_of(path)) for path in found]

    def mapping_digest(self, table: TableMapping) -> str:
        """Changes with anything that could change what a file's rows become."""
        limits = self.mapping.limits
        kinds = [self.mapping.kinds.named(link.kind) for link in table.links]
        rules = [kind and (kind.name, kind.normaliser.value) for kind in kinds]
        bounds = (limits.earliest_at, limits.latest_at, limits.max_value_chars)
        watched = any(other.account is not None for other in self.mapping.tables)
        what = (replace(table, files=()), self.mapping.region, rules, bounds, watched)
        return hashlib.sha256(repr(what).encode()).hexdigest()

    def plan(self, table: TableMapping, file: SourceFile) -> FilePlan:
        """Look at the file's head and say how its rows are read. Raises InputError if a column that must be
        there is not."""
        digest, path = self.mapping_digest(table), self.data / file.path
        match table.format:
            case TableFormat.PARQUET:
                return plan_parquet(self.mapping, table, file, path, digest)
            case TableFormat.CSV:
                return plan_csv(self.mapping, table, file, path, digest)
            case TableFormat.JSONL:
                return plan_jsonl(self.mapping, table, file, path, digest)
            case TableFormat.SQL:
                return plan_query(self.mapping, table, file, self.data, digest)

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.data).as_posix() if path.is_relative_to(self.data) else str(path)


def _unnumbered(table: TableMapping, words: str, remedy: str) -> ConfigError:
    return ConfigError(words, where=f"table {table.name}", value=ROW_NUMBER, remedy=remedy)
