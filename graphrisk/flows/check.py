"""Is the Neo4j server fit for graphrisk, and what stands in it? One finding a subject, with what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from graphrisk.model.graph_indexes import (
    IndexKind,
    IndexSchema,
    IndexState,
    PresentIndex,
    find_index,
    graph_indexes,
    pattern,
)
from graphrisk.model.graph_schema import RUN, GraphSchema

OLDEST_VERSION = (5, 26)
NEEDED_PROCEDURES = (
    "db.awaitIndex",
    "db.index.fulltext.queryNodes",
)
MIB = 1 << 20
# Below these a push of batch_rows = 10,000 was seen to fail or to crawl
LEAST_HEAP_BYTES = 400 * MIB
LEAST_PAGE_CACHE_BYTES = 64 * MIB
LEAST_TRANSACTION_BYTES = 100 * MIB

_MAKE_THEM = "push, or run `graphrisk neo4j check --fix`"


class Health(StrEnum):
    """LACKING: graphrisk cannot work with it. RISKY: it works, and may fail or be slow under load."""

    FINE = "fine"
    RISKY = "risky"
    LACKING = "lacking"


@dataclass(frozen=True, slots=True)
class Finding:
    """remedy: empty where there is nothing to do."""

    subject: str
    health: Health
    words: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """findings: in the order in which they were looked at; the first that makes others pointless is last."""

    findings: tuple[Finding, ...]

    @property
    def is_fine(self) -> bool:
        return all(finding.health is not Health.LACKING for finding in self.findings)


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """version: as the server says it, `5.26.25` or `2025.06.0`."""

    name: str
    version: str
    edition: str


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """status: `online`, or what else the server says."""

    name: str
    aliases: tuple[str, ...]
    status: str
    message: str
    is_read_only: bool


@dataclass(frozen=True, slots=True)
class MemorySettings:
    """In bytes; None where the server does not say, or sets no limit."""

    heap_bytes: int | None
    page_cache_bytes: int | None
    transaction_bytes: int | None


@dataclass(frozen=True, slots=True)
class GraphFacts:
    """counts: label and nodes, without labels that have none. run_id: the newest run that was written there,
    perhaps not to its end."""

    counts: tuple[tuple[str, int], ...]
    run_id: str | None
    run_is_complete: bool


class GraphServer(Protocol):
    """A server that answered."""

    @property
    def database(self) -> str:
        """The one that graphrisk speaks to."""
        ...

    def read_identity(self) -> ServerIdentity: ...

    def read_databases(self) -> tuple[DatabaseFacts, ...]: ...

    def try_writing(self) -> str | None:
        """Writes, and takes it back. Returns why it may not, None where it may."""
        ...

    def read_indexes(self) -> tuple[PresentIndex, ...]: ...

    def read_procedures(self, names: tuple[str, ...]) -> frozenset[str]:
        """Those of `names` that can be called."""
        ...

    def read_memory(self) -> MemorySettings: ...

    def read_graph(self, schema: GraphSchema) -> GraphFacts: ...

    def prepare(self, schema: GraphSchema) -> None:
        """Make what constraints and indexes are missing."""
        ...


def check_server(server: GraphServer, schema: GraphSchema, *, fix: bool) -> CheckReport:
    """fix: make what is missing first, if the server takes writes. Raises GraphServerError where it
    refuses."""
    identity = judge_identity(server.read_identity())
    if identity.health is Health.LACKING:
        return CheckReport((identity,))
    database = judge_database(server.database, server.read_databases())
    if database.health is Health.LACKING:
        return CheckReport((identity, database))
    rights = judge_rights(server.try_writing())
    if fix and rights.health is Health.FINE:
        server.prepare(schema)
    findings = [identity, database, rights]
    present = server.read_indexes()
    wanted = graph_indexes(schema)
    findings += (judge_indexes(kind, wanted, present) for kind in IndexKind if _has(wanted, kind))
    findings.append(judge_procedures(server.read_procedures(NEEDED_PROCEDURES)))
    findings.append(judge_memory(server.read_memory()))
    findings.append(describe_graph(server.read_graph(schema)))
    return CheckReport(tuple(findings))


def _has(indexes: tuple[IndexSchema, ...], kind: IndexKind) -> bool:
    return any(index.kind is kind for index in indexes)


def is_too_old(version: str) -> bool:
    """Also where the version is none that a Neo4j server has."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return found is None or (int(found[1]), int(found[2])) < OLDEST_VERSION


def judge_identity(server: ServerIdentity) -> Finding:
    words = f"{server.name} {server.version} {server.edition}"
    if is_too_old(server.version):
        oldest = ".".join(map(str, OLDEST_VERSION))
        remedy = f"upgrade to {oldest} LTS or later; the store can be dumped and loaded: docs/operations.md"
        return Finding("server", Health.LACKING, f"{words} is too old", remedy)
    return Finding("server", Health.FINE, words)


def judge_database(name: str, databases: tuple[DatabaseFacts, ...]) -> Finding:
    found = next((each for each in databases if name == each.name or name in each.aliases), None)
    if found is None:
        others = ", ".join(each.name for each in databases if each.name != "system")
        remedy = f"set [neo4j] database to one of: {others}" if others else "make it"
        return Finding("database", Health.LACKING, f"there is no database {name}", remedy)
    if found.status != "online":
        words = f"{name} is {found.status}" + (f": {found.message}" if found.message else "")
        return Finding("database", Health.LACKING, words, "read the server's log (neo4j.log, debug.log)")
    if found.is_read_only:
        words = f"{name} is read-only" + (f": {found.message}" if found.message else "")
        remedy = (
            "push to the instance that takes writes; if it is this one, make room on its disk and restart it"
        )
        return Finding("database", Health.LACKING, words, remedy)
    return Finding("database", Health.FINE, f"{name} is online and takes writes")


def judge_rights(refusal: str | None) -> Finding:
    if refusal is not None:
        return Finding("rights", Health.LACKING, f"the user may not write: {refusal}", "use one that may")
    return Finding("rights", Health.FINE, "the user may write (tried, and rolled back)")


def judge_indexes(
    kind: IndexKind, wanted: tuple[IndexSchema, ...], present: tuple[PresentIndex, ...]
) -> Finding:
    """One finding for all of a kind; what is worst about them decides."""
    subject = {IndexKind.UNIQUE: "constraints", IndexKind.RANGE: "indexes", IndexKind.SEARCH: "search"}[kind]
    pairs = [(index, find_index(present, index)) for index in wanted if index.kind is kind]
    failed = [found for _, found in pairs if found is not None and found.state is IndexState.FAILED]
    missing = [index for index, found in pairs if found is None]
    filling = [found for _, found in pairs if found is not None and found.state is IndexState.POPULATING]
    if failed:
        words = "; ".join(
            f"{found.name} failed: {found.failure or 'the server does not say why'}" for found in failed
        )
        return Finding(subject, Health.LACKING, words, f"drop it, then {_MAKE_THEM}")
    if missing:
        shapes = ", ".join(pattern(index.labels, index.properties) for index in missing)
        return Finding(
            subject, Health.LACKING, f"{len(missing)} of {len(pairs)} missing: {shapes}", _MAKE_THEM
        )
    if filling:
        words = ", ".join(f"{found.name} is filled to {found.filled_percent:.0f} %" for found in filling)
        return Finding(subject, Health.LACKING, words, "wait, then check again")
    names = ", ".join(found.name for _, found in pairs if found is not None)
    return Finding(subject, Health.FINE, names if len(pairs) == 1 else f"all {len(pairs)} online")


def judge_procedures(present: frozenset[str]) -> Finding:
    missing = [name for name in NEEDED_PROCEDURES if name not in present]
    if missing:
        remedy = "allow them in dbms.security.procedures.allowlist"
        return Finding("procedures", Health.LACKING, f"missing: {', '.join(missing)}", remedy)
    return Finding("procedures", Health.FINE, f"all {len(NEEDED_PROCEDURES)} can be called")


def judge_memory(memory: MemorySettings) -> Finding:
    sizes = (
        ("heap", "server.memory.heap.max_size", memory.heap_bytes, LEAST_HEAP_BYTES),
        ("page cache", "server.memory.pagecache.size", memory.page_cache_bytes, LEAST_PAGE_CACHE_BYTES),
        ("one transaction", "db.memory.transaction.max", memory.transaction_bytes, LEAST_TRANSACTION_BYTES),
    )
    told = [(words, size) for words, _, size, _ in sizes if size is not None]
    small = [(name, least) for _, name, size, least in sizes if size is not None and size < least]
    words = ", ".join(f"{name} {size / MIB:,.0f} MiB" for name, size in told) or "the server does not say"
    if small:
        remedy = "; ".join(f"raise {name} to {least // MIB} MiB or more" for name, least in small)
        return Finding("memory", Health.RISKY, words, f"{remedy}, or lower [neo4j] batch_rows")
    return Finding("memory", Health.FINE, words)


def describe_graph(graph: GraphFacts) -> Finding:
    if not graph.counts:
        remedy = (
            "fill it with `graphrisk neo4j push`, or `graphrisk detect --store` where [graph] maps your own"
        )
        return Finding("graph", Health.FINE, "nothing of graphrisk's", remedy)
    nodes = ", ".join(f"{count:,} {label}" for label, count in graph.counts if label != RUN)
    run = "no run of graphrisk" if graph.run_id is None else f"run {graph.run_id}"
    if graph.run_id is not None and not graph.run_is_complete:
        words = "; ".join(filter(None, (nodes, f"{run} was not written to its end")))
        return Finding("graph", Health.RISKY, words, "push again: it goes on from what stands there")
    return Finding("graph", Health.FINE, "; ".join(filter(None, (nodes, run))))
