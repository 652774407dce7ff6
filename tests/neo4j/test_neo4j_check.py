"""`graphrisk neo4j check` on a real server: what it says of one, and what --fix makes.

Servers that are too old, read-only or short of memory are in test_neo4j_faults.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from neo4j_server import Neo4jServer, in_environment, is_empty
from small_market import environment

from graphrisk.errors import GraphServerError
from graphrisk.flows.check import CheckReport, Finding, Health
from graphrisk.workspace import Workspace
from graphrisk.workspace.checking import check_graph_server
from graphrisk.workspace.graph_server import GraphServerFlags
from graphrisk.workspace.pushing import push_workspace

SUBJECTS = (
    "server", "database", "rights", "constraints", "indexes", "search", "procedures", "memory", "graph",
)  # fmt: skip
ACCOUNT_IDS = "CREATE CONSTRAINT {} FOR (n:Account) REQUIRE n.id IS UNIQUE"


@pytest.fixture(autouse=True)
def variables(empty_neo4j: Neo4jServer) -> Iterator[None]:
    with in_environment(empty_neo4j):
        yield


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """A folder without a workspace: the built-in kinds count."""
    return tmp_path


def run_check(server: Neo4jServer, folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """The installed command, in `folder`."""
    return subprocess.run(
        [Path(sys.executable).with_name("graphrisk"), "neo4j", "check", *flags],
        cwd=folder,
        env=environment(server),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def by_subject(report: CheckReport) -> dict[str, Finding]:
    return {finding.subject: finding for finding in report.findings}


def lacking(report: CheckReport) -> set[str]:
    return {finding.subject for finding in report.findings if finding.health is Health.LACKING}


def index_names(server: Neo4jServer) -> set[object]:
    shown = server.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name")
    return {row["name"] for row in shown}


def test_a_fresh_server_lacks_constraints_and_indexes_and_nothing_else(
    empty_neo4j: Neo4jServer, nowhere: Path
) -> None:
    report = check_graph_server(nowhere)
    assert tuple(finding.subject for finding in report.findings) == SUBJECTS
    assert lacking(report) == {"constraints", "indexes", "search"}
    found = by_subject(report)
    assert empty_neo4j.version in found["server"].words
    assert found["constraints"].words.startswith("11 of 11 missing: (:Account {id}), ")
    assert found["indexes"].words == "1 of 1 missing: (:Ring {score})"
    assert found["graph"].words == "nothing of graphrisk's"
    assert is_empty(empty_neo4j), "a check without --fix writes nothing"


def test_the_command_says_what_is_lacking_and_makes_it_where_asked_to(
    empty_neo4j: Neo4jServer, nowhere: Path
) -> None:
    before = run_check(empty_neo4j, nowhere)
    assert (before.returncode, before.stderr) == (6, "")
    assert "run `graphrisk neo4j check --fix`" in before.stdout

    fixed = run_check(empty_neo4j, nowhere, "--fix", "--json")
    assert (fixed.returncode, fixed.stderr) == (0, "")
    document = json.loads(fixed.stdout)
    assert document["is_fine"]
    assert [finding["subject"] for finding in document["findings"]] == [*SUBJECTS]
    assert {finding["health"] for finding in document["findings"]} == {"fine"}
    assert empty_neo4j.password not in before.stdout + fixed.stdout
    assert len(index_names(empty_neo4j)) == 13


def test_fixing_twice_makes_nothing_twice(empty_neo4j: Neo4jServer, nowhere: Path) -> None:
    check_graph_server(nowhere, fix=True)
    made = index_names(empty_neo4j)
    assert check_graph_server(nowhere, fix=True).is_fine
    assert index_names(empty_neo4j) == made


def test_one_index_that_somebody_dropped_is_named_and_made_again(
    empty_neo4j: Neo4jServer, nowhere: Path
) -> None:
    check_graph_server(nowhere, fix=True)
    empty_neo4j.run("DROP CONSTRAINT graphrisk_Device_id")
    found = check_graph_server(nowhere)
    assert by_subject(found)["constraints"].words == "1 of 11 missing: (:Device {id})"
    assert check_graph_server(nowhere, fix=True).is_fine


def test_what_a_workspace_declares_itself_is_wanted_too(empty_neo4j: Neo4jServer, tmp_path: Path) -> None:
    check_graph_server(tmp_path, fix=True)
    (tmp_path / "graphrisk.toml").write_text('data = "."\n[kinds.wallet]\ntrust_share = 0.8\n')
    found = by_subject(check_graph_server(tmp_path))["constraints"]
    assert found.words == "1 of 12 missing: (:Wallet {id})"


def test_indexes_of_another_name_do_as_well(empty_neo4j: Neo4jServer, nowhere: Path) -> None:
    own = (
        ACCOUNT_IDS.format("`somebody's own`"),
        "CREATE INDEX scores FOR (r:Ring) ON (r.score)",
        "CREATE FULLTEXT INDEX words FOR (n:Ring|Account|Identifier) ON EACH [n.display_name, n.caption]",
    )
    for statement in own:
        empty_neo4j.run(statement)
    report = check_graph_server(nowhere, fix=True)
    assert report.is_fine
    assert by_subject(report)["search"].words == "words"
    names = index_names(empty_neo4j)
    assert {"somebody's own", "scores", "words"} <= names
    assert not {"graphrisk_Account_id", "graphrisk_Ring_score", "graphrisk_search"} & names


@pytest.mark.parametrize(
    ("obstacles", "words"),
    [
        (("CREATE INDEX plain FOR (n:Account) ON (n.id)",), "the index plain stands in the way"),
        (("UNWIND [1, 2] AS i CREATE (:Account {id: 'twice'})",), "several nodes have the same id"),
        (
            ("CREATE INDEX graphrisk_Account_id FOR (n:Other) ON (n.id)",),
            "the name graphrisk_Account_id belongs to a range index on (:Other {id})",
        ),
    ],
)
def test_what_stands_in_the_way_of_a_constraint_is_named_and_stays(
    empty_neo4j: Neo4jServer, nowhere: Path, obstacles: tuple[str, ...], words: str
) -> None:
    for statement in obstacles:
        empty_neo4j.run(statement)
    before = index_names(empty_neo4j), empty_neo4j.run("MATCH (n) RETURN count(n)")
    assert "constraints" in lacking(check_graph_server(nowhere))
    with pytest.raises(GraphServerError, match=r".") as refusal:
        check_graph_server(nowhere, fix=True)
    assert words in refusal.value.what
    assert refusal.value.remedy
    assert (index_names(empty_neo4j), empty_neo4j.run("MATCH (n) RETURN count(n)")) == before


def test_another_database_than_the_servers_is_not_there(empty_neo4j: Neo4jServer, nowhere: Path) -> None:
    report = check_graph_server(nowhere, GraphServerFlags(database="elsewhere"))
    finding = report.findings[-1]
    assert (finding.subject, finding.health) == ("database", Health.LACKING)
    assert "there is no database elsewhere" in finding.words
    assert finding.remedy == "set [neo4j] database to one of: neo4j"


def test_what_stands_in_the_graph_is_counted_and_an_unfinished_run_is_a_risk(
    empty_neo4j: Neo4jServer, shop: Workspace
) -> None:
    push_workspace(shop)
    graph = by_subject(check_graph_server(shop.folder))["graph"]
    assert graph.health is Health.FINE
    assert graph.words == "11 Account, 2 Device, 2 Instrument, 1 Ip, 2 Ring; run run-new"

    # As a push leaves it that is killed before its end: the older run is still the current one
    empty_neo4j.run("MATCH (r:Run {id: 'run-new'}) SET r.is_current = false REMOVE r.written_at")
    empty_neo4j.run("MATCH (r:Run {id: 'run-old'}) SET r.is_current = true, r.written_at = datetime()")
    report = check_graph_server(shop.folder)
    graph = by_subject(report)["graph"]
    assert graph.health is Health.RISKY
    assert "run run-new was not written to its end" in graph.words
    assert report.is_fine, "a risk does not fail the check"


def test_somebody_elses_graph_is_described_as_such(empty_neo4j: Neo4jServer, nowhere: Path) -> None:
    empty_neo4j.run("UNWIND range(1, 3) AS i CREATE (:Account {id: i})-[:KNOWS]->(:Person)")
    assert by_subject(check_graph_server(nowhere))["graph"].words == "3 Account; no run of graphrisk"


def test_the_check_leaves_nothing_of_its_attempt_to_write(empty_neo4j: Neo4jServer, nowhere: Path) -> None:
    assert by_subject(check_graph_server(nowhere))["rights"].health is Health.FINE
    assert empty_neo4j.run("MATCH (n) RETURN count(n) AS count") == [{"count": 0}]
