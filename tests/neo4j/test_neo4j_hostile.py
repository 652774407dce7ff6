"""Whatever a text holds, it arrives as it is, and nothing but what was to be written changes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from graph_snapshots import GraphSnapshot, count_graph, read_graph
from hostile_world import HOSTILE, LABELS, RING_IDS, RUN, make_hostile_world
from neo4j_server import Neo4jServer, in_environment, wipe

from graphrisk.errors import ConfigError
from graphrisk.model.graph_schema import node_id
from graphrisk.workspace import Workspace
from graphrisk.workspace.checking import check_graph_server
from graphrisk.workspace.pushing import push_workspace

# Somebody's own graph: what a statement that came apart would hit first
BYSTANDERS = """
UNWIND range(1, 20) AS i
CREATE (:Person {name: 'p' + i, id: i})-[:KNOWS {since: i}]->(:Account {id: i, note: 'somebody\\'s own'})
"""
TEXTS = frozenset(HOSTILE)
IDS = frozenset(map(node_id, HOSTILE))
COUNT = len(HOSTILE)


@pytest.fixture(scope="module")
def variables(neo4j_server: Neo4jServer) -> Iterator[None]:
    with in_environment(neo4j_server):
        yield


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_hostile_world(tmp_path_factory.mktemp("hostile") / "shop")


@pytest.fixture(scope="module")
def bystanders(variables: None, neo4j_server: Neo4jServer) -> GraphSnapshot:
    """What stood in the graph before."""
    wipe(neo4j_server)
    neo4j_server.run(BYSTANDERS)
    return read_graph(neo4j_server)


@pytest.fixture(scope="module")
def pushed(bystanders: GraphSnapshot, world: Workspace, neo4j_server: Neo4jServer) -> Neo4jServer:
    """The server with somebody's own graph, and the hostile world beside it."""
    push_workspace(world)
    return neo4j_server


def column(server: Neo4jServer, cypher: str) -> list[object]:
    return [row["value"] for row in server.run(cypher)]


def test_the_texts_differ_and_have_different_ids() -> None:
    assert len(TEXTS) == len(IDS) == COUNT


@pytest.mark.parametrize(
    ("pattern", "fields"),
    [
        ("(x:Account)", ("role", "market", "display_name", "reason")),
        ("(x:Payment)", ("currency", "status", "category")),
        ("(x:Ring)", ("detectors", "currency", "reasons")),
        *((f"(x:Identifier:`{label}`)", ("raw",)) for label, _ in LABELS.values()),
    ],
)
def test_every_field_of_a_node_arrives_exactly(
    pushed: Neo4jServer, pattern: str, fields: tuple[str, ...]
) -> None:
    """Each node has the same text everywhere, so that what slipped from one to another would show."""
    named = dict(zip(RING_IDS, HOSTILE, strict=True)) | {node_id(text): text for text in HOSTILE}
    for field in fields:
        found = pushed.run(
            f"MATCH {pattern} WHERE x.content_digest IS NOT NULL RETURN x.id AS id, x.{field} AS value"
        )
        assert len(found) == COUNT
        assert {named[str(row["id"])]: row["value"] for row in found} == {text: text for text in HOSTILE}


def test_what_is_too_long_for_an_id_stands_there_whole(pushed: Neo4jServer) -> None:
    for label in ("Account", "Payment", *(label for label, _ in LABELS.values())):
        found = pushed.run(
            f"MATCH (n:`{label}`) WHERE n.content_digest IS NOT NULL RETURN n.id AS id, n.long_id AS long_id"
        )
        assert {row["long_id"] or row["id"] for row in found} == TEXTS
        assert {row["id"] for row in found} == IDS


def test_every_link_joins_the_two_of_one_text(pushed: Neo4jServer) -> None:
    for label, relationship in LABELS.values():
        for type_ in (relationship, "EVIDENCE"):
            found = column(
                pushed,
                f"""MATCH (a:Account)-[:`{type_}`]->(i:`{label}`) WHERE a.id = i.id
                RETURN coalesce(a.long_id, a.id) AS value""",
            )
            assert (len(found), {*found}) == (COUNT, TEXTS), (label, type_)


def test_payments_lead_from_payer_to_payee(pushed: Neo4jServer) -> None:
    found = pushed.run(
        """MATCH (a:Account)-[:MADE]->(p:Payment)-[:TO]->(b:Account)
        MATCH (a)-[s:PAID]->(b)
        RETURN a.id AS payer, p.id AS payment, b.id AS payee, s.currency AS currency"""
    )
    ids = [node_id(text) for text in HOSTILE]
    assert {tuple(row.values()) for row in found} == {
        (payer, payer, payee, text)
        for payer, payee, text in zip(ids, ids[1:] + ids[:1], HOSTILE, strict=True)
    }


def test_findings_stand_at_their_accounts(pushed: Neo4jServer) -> None:
    found = pushed.run(
        "MATCH (a:Account:HighRisk:KnownBad)-[m:MEMBER_OF]->(r:Ring) "
        "RETURN coalesce(a.long_id, a.id) AS account, m.reasons AS reasons, r.id AS ring, a.ring_id AS told"
    )
    assert {tuple(row.values()) for row in found} == {
        (text, text, ring, ring) for ring, text in zip(RING_IDS, HOSTILE, strict=True)
    }
    runs = pushed.run("MATCH (r:Run) RETURN r.id AS id, r.parameters AS parameters, r.is_current AS current")
    assert runs == [{"id": RUN, "parameters": HOSTILE[4], "current": True}]


def test_nothing_else_was_made_changed_or_removed(pushed: Neo4jServer, bystanders: GraphSnapshot) -> None:
    links = len(LABELS) * COUNT
    made_nodes = COUNT + links + COUNT + COUNT + 1  # accounts, identifiers, payments, rings, the run
    # links, PAID MADE TO, MEMBER_OF, TIED_TO, EVIDENCE
    made_links = links + 3 * COUNT + COUNT + COUNT - 1 + links
    assert count_graph(pushed) == (
        len(bystanders.nodes) + made_nodes,
        len(bystanders.relationships) + made_links,
    )
    after = read_graph(pushed)
    assert {*bystanders.nodes} <= {*after.nodes}
    assert {*bystanders.relationships} <= {*after.relationships}


def test_labels_and_types_are_those_that_were_declared(pushed: Neo4jServer) -> None:
    labels = {*column(pushed, "MATCH (n) UNWIND labels(n) AS label RETURN DISTINCT label AS value")}
    own = {label for label, _ in LABELS.values()}
    assert labels == own | {
        "Person", "Account", "Identifier", "Payment", "Ring", "Run", "HighRisk", "KnownBad",
    }  # fmt: skip
    types = {*column(pushed, "MATCH ()-[l]->() RETURN DISTINCT type(l) AS value")}
    own = {relationship for _, relationship in LABELS.values()}
    assert types == own | {"KNOWS", "PAID", "MADE", "TO", "MEMBER_OF", "EVIDENCE", "TIED_TO"}


def test_captions_do_not_turn_or_break_the_line(pushed: Neo4jServer) -> None:
    captions = column(pushed, "MATCH (n) WHERE n.caption IS NOT NULL AND NOT n:Run RETURN n.caption AS value")
    forbidden = {*map(chr, range(0x20)), "\x7f", "\u202e", "\u2066", "\u200f", "\ufeff"}
    assert not [text for text in captions if forbidden & {*str(text)}]


def test_the_second_push_of_it_writes_nothing(pushed: Neo4jServer, world: Workspace) -> None:
    assert push_workspace(world).is_empty


def test_what_check_prints_of_it_obeys_nobody(pushed: Neo4jServer, world: Workspace) -> None:
    command = [Path(sys.executable).with_name("graphrisk"), "neo4j", "check", "--workspace", world.folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\x1b[2J" in done.stdout  # the run's name
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ('label = "A`B"', "no plain name for a label"),
        ('label = "A\\nB"', "no plain name for a label"),
        ('label = "A\\\\u0060B"', "no plain name for a label"),
        ('relationship = "X]->() DETACH DELETE n //"', "no plain name for a relationship type"),
        ('relationship = ""', "no plain name for a relationship type"),
        ('label = "Account"', "belongs to graphrisk"),
    ],
)
def test_a_kind_whose_names_are_no_names_is_refused_before_anything_is_written(
    pushed: Neo4jServer, tmp_path: Path, kind: str, words: str
) -> None:
    before = count_graph(pushed)
    (tmp_path / "graphrisk.toml").write_text(f'data = "."\n[kinds.odd]\n{kind}\n')
    with pytest.raises(ConfigError, match=words) as refusal:
        push_workspace(Workspace.open(tmp_path))
    assert "[kinds]" in str(refusal.value)
    with pytest.raises(ConfigError, match=words):
        check_graph_server(tmp_path, fix=True)
    assert count_graph(pushed) == before


def test_texts_that_differ_in_where_a_separator_stands_are_told_apart(
    pushed: Neo4jServer, world: Workspace, tmp_path: Path
) -> None:
    shop = Workspace.open(shutil.copytree(world.folder, tmp_path / "shop"))
    for role, market in (("a\x1fb", "c"), ("a", "b\x1fc"), ("a\x1fb", None), ("a", "b\x1f\x1e")):
        with shop.writing() as connection:
            connection.execute(
                "UPDATE account SET role = ?, market = ? WHERE account_key = 0", [role, market]
            )
        assert {part.name for part in push_workspace(shop).parts if part.changed_count} == {"Account"}
        found = pushed.run(
            "MATCH (a:Account {id: $id}) RETURN a.role AS role, a.market AS market", id=HOSTILE[0]
        )
        assert found == [{"role": role, "market": market}]
    push_workspace(world)


def test_removing_half_of_it_leaves_exactly_the_other_half(
    pushed: Neo4jServer, world: Workspace, bystanders: GraphSnapshot, tmp_path: Path
) -> None:
    """Stands last: it changes what the others read."""
    shop = Workspace.open(shutil.copytree(world.folder, tmp_path / "shop"))
    with shop.writing() as connection:
        for table in ("link", "account", "payment", "label"):
            key = "payer_key" if table == "payment" else "account_key"
            connection.execute(f"DELETE FROM {table} WHERE {key} % 2 = 1")
        connection.execute("UPDATE payment SET payee_key = payer_key")
        for table in ("ring_member", "evidence", "account_risk", "ring", "run"):
            connection.execute(f"DELETE FROM {table}")
    push_workspace(shop)
    kept = frozenset(HOSTILE[::2])
    for label in ("Account", "Payment", *(label for label, _ in LABELS.values())):
        found = column(
            pushed,
            f"""MATCH (n:`{label}`) WHERE n.content_digest IS NOT NULL
            RETURN coalesce(n.long_id, n.id) AS value""",
        )
        assert (len(found), {*found}) == (len(kept), kept), label
    after = read_graph(pushed)
    assert {*bystanders.nodes} <= {*after.nodes}
    assert {*bystanders.relationships} <= {*after.relationships}
