"""What `graphrisk neo4j check` judges of a server, subject by subject; real servers are in tests/neo4j."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from graphrisk.flows.check import (
    LEAST_HEAP_BYTES,
    MIB,
    NEEDED_PROCEDURES,
    DatabaseFacts,
    GraphFacts,
    Health,
    MemorySettings,
    ServerIdentity,
    check_server,
    describe_graph,
    is_too_old,
    judge_database,
    judge_identity,
    judge_indexes,
    judge_memory,
    judge_procedures,
    judge_rights,
)
from graphrisk.model.graph_indexes import IndexKind, IndexSchema, IndexState, PresentIndex, graph_indexes
from graphrisk.model.graph_schema import GraphSchema, graph_schema
from graphrisk.model.kinds import BUILT_IN_KINDS

SCHEMA = graph_schema(BUILT_IN_KINDS)
WANTED = graph_indexes(SCHEMA)
ONLINE = DatabaseFacts("neo4j", (), "online", "", is_read_only=False)
ROOMY = MemorySettings(1024 * MIB, 512 * MIB, None)


def present(index: IndexSchema) -> PresentIndex:
    labels, properties = frozenset(index.labels), frozenset(index.properties)
    return PresentIndex(index.name, index.kind, labels, properties, IndexState.ONLINE, 100.0, "")


@dataclass
class Server:
    """Fits flows.check.GraphServer: nothing is wrong with it unless told. asked: what it was asked to do."""

    database: str = "neo4j"
    version: str = "5.26.25"
    databases: tuple[DatabaseFacts, ...] = (ONLINE,)
    refusal: str | None = None
    indexes: tuple[PresentIndex, ...] = ()
    asked: list[str] = field(default_factory=list)

    def read_identity(self) -> ServerIdentity:
        return ServerIdentity("Neo4j", self.version, "community")

    def read_databases(self) -> tuple[DatabaseFacts, ...]:
        self.asked.append("databases")
        return self.databases

    def try_writing(self) -> str | None:
        self.asked.append("writing")
        return self.refusal

    def read_indexes(self) -> tuple[PresentIndex, ...]:
        return self.indexes

    def read_procedures(self, names: tuple[str, ...]) -> frozenset[str]:
        return frozenset(names)

    def read_memory(self) -> MemorySettings:
        return ROOMY

    def read_graph(self, schema: GraphSchema) -> GraphFacts:
        return GraphFacts((), None, run_is_complete=False)

    def prepare(self, schema: GraphSchema) -> None:
        self.asked.append("prepare")
        self.indexes = tuple(map(present, graph_indexes(schema)))


@pytest.mark.parametrize("version", ["5.25.1", "5.9.0", "4.4.40", "3.5.35", "", "memgraph", "dev-5.26"])
def test_versions_before_the_lts_line_are_too_old_and_so_is_what_is_no_version(version: str) -> None:
    assert is_too_old(version)
    finding = judge_identity(ServerIdentity("Neo4j", version, "community"))
    assert finding.health is Health.LACKING
    assert "5.26" in finding.remedy


@pytest.mark.parametrize("version", ["5.26.0", "5.26.25", "5.27.0-aura", "2025.01.0", "2026.09.0"])
def test_the_lts_line_and_all_later_versions_are_fine(version: str) -> None:
    finding = judge_identity(ServerIdentity("Neo4j", version, "community"))
    assert (finding.health, finding.words) == (Health.FINE, f"Neo4j {version} community")


@pytest.mark.parametrize(
    ("databases", "words", "remedy"),
    [
        ((), "there is no database neo4j", "make it"),
        ((replace(ONLINE, name="system"),), "there is no database neo4j", "make it"),
        ((replace(ONLINE, name="shop"),), "there is no database neo4j", "one of: shop"),
        ((replace(ONLINE, status="offline"),), "neo4j is offline", "log"),
        ((replace(ONLINE, status="offline", message="bad store"),), "neo4j is offline: bad store", "log"),
        ((replace(ONLINE, is_read_only=True),), "neo4j is read-only", "takes writes"),
        (
            (replace(ONLINE, is_read_only=True, message="no room"),),
            "neo4j is read-only: no room",
            "make room",
        ),
    ],
)
def test_a_database_that_takes_no_writes_is_lacking(
    databases: tuple[DatabaseFacts, ...], words: str, remedy: str
) -> None:
    finding = judge_database("neo4j", databases)
    assert (finding.health, finding.words) == (Health.LACKING, words)
    assert remedy in finding.remedy


def test_a_database_is_known_by_its_aliases_too() -> None:
    assert judge_database("shop", (replace(ONLINE, aliases=("shop",)),)).health is Health.FINE


def test_why_a_user_may_not_write_is_told() -> None:
    assert judge_rights(None).health is Health.FINE
    finding = judge_rights("Create node is not allowed for user 'reader'")
    assert finding.health is Health.LACKING
    assert "not allowed for user 'reader'" in finding.words


def test_all_indexes_online_are_fine() -> None:
    everything = tuple(map(present, WANTED))
    assert {judge_indexes(kind, WANTED, everything).health for kind in IndexKind} == {Health.FINE}


@pytest.mark.parametrize("kind", IndexKind)
def test_an_index_that_is_missing_filled_or_failed_is_lacking(kind: IndexKind) -> None:
    own = [index for index in WANTED if index.kind is kind]
    others = tuple(present(index) for index in WANTED if index is not own[0])
    missing = judge_indexes(kind, WANTED, others)
    assert missing.health is Health.LACKING
    assert missing.words.startswith(f"1 of {len(own)} missing: ")
    assert "--fix" in missing.remedy

    filling = replace(present(own[0]), state=IndexState.POPULATING, filled_percent=41.6)
    found = judge_indexes(kind, WANTED, (*others, filling))
    assert (found.health, found.words) == (Health.LACKING, f"{own[0].name} is filled to 42 %")

    failed = replace(present(own[0]), state=IndexState.FAILED, failure="key too long")
    found = judge_indexes(kind, WANTED, (*others, failed))
    assert (found.health, found.words) == (Health.LACKING, f"{own[0].name} failed: key too long")
    assert "drop it" in found.remedy


def test_a_plain_index_does_not_serve_as_a_constraint() -> None:
    plain = tuple(replace(present(index), kind=IndexKind.RANGE) for index in WANTED)
    assert judge_indexes(IndexKind.UNIQUE, WANTED, plain).health is Health.LACKING


def test_a_procedure_that_cannot_be_called_is_named() -> None:
    assert judge_procedures(frozenset(NEEDED_PROCEDURES)).health is Health.FINE
    finding = judge_procedures(frozenset(NEEDED_PROCEDURES[1:]))
    assert (finding.health, finding.words) == (Health.LACKING, f"missing: {NEEDED_PROCEDURES[0]}")


@pytest.mark.parametrize(
    ("memory", "setting"),
    [
        (replace(ROOMY, heap_bytes=LEAST_HEAP_BYTES - 1), "server.memory.heap.max_size"),
        (replace(ROOMY, page_cache_bytes=8 * MIB), "server.memory.pagecache.size"),
        (replace(ROOMY, transaction_bytes=8 * MIB), "db.memory.transaction.max"),
    ],
)
def test_little_memory_is_a_risk_that_names_the_setting_and_batch_rows(
    memory: MemorySettings, setting: str
) -> None:
    finding = judge_memory(memory)
    assert finding.health is Health.RISKY
    assert f"raise {setting} to " in finding.remedy
    assert "batch_rows" in finding.remedy


def test_memory_that_the_server_does_not_tell_is_no_risk() -> None:
    assert judge_memory(ROOMY).words == "heap 1,024 MiB, page cache 512 MiB"
    assert judge_memory(MemorySettings(None, None, None)).health is Health.FINE


def test_a_graph_is_described_by_its_counts_and_its_run() -> None:
    counts = (("Account", 1200), ("Run", 2))
    assert describe_graph(GraphFacts((), None, run_is_complete=False)).words == "nothing of graphrisk's"
    assert describe_graph(GraphFacts(counts, "r1", run_is_complete=True)).words == "1,200 Account; run r1"
    no_ring = GraphFacts((("Run", 1),), "r1", run_is_complete=True)
    assert describe_graph(no_ring).words == "run r1"
    half = describe_graph(GraphFacts(counts, "r1", run_is_complete=False))
    assert (half.health, half.remedy[:10]) == (Health.RISKY, "push again")


@pytest.mark.parametrize(
    ("server", "subjects", "asked"),
    [
        (Server(version="5.25.0"), ("server",), []),
        (Server(databases=()), ("server", "database"), ["databases"]),
    ],
)
def test_what_makes_the_rest_pointless_comes_last(
    server: Server, subjects: tuple[str, ...], asked: list[str]
) -> None:
    report = check_server(server, SCHEMA, fix=True)
    assert tuple(finding.subject for finding in report.findings) == subjects
    assert not report.is_fine
    assert server.asked == asked, "an unfit server is asked for nothing more"


def test_a_fix_makes_what_is_missing_before_it_judges() -> None:
    server = Server()
    assert not check_server(server, SCHEMA, fix=False).is_fine
    assert "prepare" not in server.asked
    assert check_server(server, SCHEMA, fix=True).is_fine


def test_nothing_is_made_for_a_user_who_may_not_write() -> None:
    server = Server(refusal="no")
    assert not check_server(server, SCHEMA, fix=True).is_fine
    assert "prepare" not in server.asked
