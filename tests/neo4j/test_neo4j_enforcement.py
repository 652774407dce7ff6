"""What was done about rings, in a real Neo4j: worked out by hand from tests/enforced_shop.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from enforced_shop import DONE, DONE_ROWS, ENDS, NOW, WAITING, enforcement, lifted
from graph_snapshots import read_elements, read_graph
from handmade_shop import FORMULA, HOSTILE, MARKUP
from neo4j_server import Neo4jServer, in_environment, wipe
from shop_ledger import ShopLedger, beginning_at

from graphrisk.cli import main
from graphrisk.errors import TamperedError
from graphrisk.flows.play import bind_values, choose_question, play_question
from graphrisk.flows.push import PushReport, push_graph
from graphrisk.model.enforcement import Purpose
from graphrisk.model.graph_enforcement import NO_ENFORCEMENT, GraphEnforcement, PlanStatus
from graphrisk.model.graph_schema import graph_schema
from graphrisk.model.graph_values import GraphNode, GraphRelationship
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.stores.duckdb.graph_content import DuckGraphContent
from graphrisk.stores.duckdb.projection import ProjectionScope
from graphrisk.stores.neo4j.answers import Neo4jQuestions
from graphrisk.stores.neo4j.connection import GraphConnection, open_neo4j
from graphrisk.stores.neo4j.graph_target import Neo4jGraph
from graphrisk.stores.neo4j.playbook import read_playbook
from graphrisk.stores.neo4j.target import Neo4jTarget
from graphrisk.workspace import Workspace
from graphrisk.workspace.pushing import StageWatcher

SCHEMA = graph_schema(BUILT_IN_KINDS)
Push = Callable[[GraphEnforcement], PushReport]
Ask = Callable[..., list[tuple[object, ...]]]


def rows(server: Neo4jServer, cypher: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in server.run(cypher)]


@pytest.fixture(scope="module")
def connection(neo4j_server: Neo4jServer) -> Iterator[GraphConnection]:
    """Constraints stay from test to test."""
    wipe(neo4j_server)
    target = Neo4jTarget(neo4j_server.uri, neo4j_server.user, "neo4j", neo4j_server.password)
    with open_neo4j(target) as opened:
        yield opened
    wipe(neo4j_server)


@pytest.fixture
def push(connection: GraphConnection, neo4j_server: Neo4jServer, shop: Workspace) -> Push:
    """Pushes the hand-made shop with what is done about it, into the server, where no node was."""
    neo4j_server.run("MATCH (n) DETACH DELETE n")

    def push_it(told: GraphEnforcement) -> PushReport:
        scope = ProjectionScope(BUILT_IN_KINDS, "run-new", payments=False)
        with shop.reading() as database:
            content = DuckGraphContent(database, scope, told)
            target = Neo4jGraph(connection, 10_000)
            return push_graph(content, target, SCHEMA, "run-new", StageWatcher(lambda _: None))

    return push_it


@pytest.fixture
def ask(connection: GraphConnection) -> Ask:
    def answer(name: str, **given: str) -> list[tuple[object, ...]]:
        question = choose_question(read_playbook(), name)
        server = Neo4jQuestions(connection, SCHEMA, 10.0)
        return [
            tuple(map(readable, row))
            for row in play_question(server, question, bind_values(question, given)).rows
        ]

    return answer


def readable(value: object) -> object:
    if isinstance(value, list):
        return [readable(each) for each in value]
    if isinstance(value, GraphRelationship):
        return value.type
    return value.properties["id"] if isinstance(value, GraphNode) else value


STATES = """
MATCH (a:Account) WHERE a.enforcement_state IS NOT NULL
RETURN a.id, a.enforcement_state, a.enforcement_plan_id, a:Enforced ORDER BY a.id"""
LEFTOVERS = """
MATCH (n)
WHERE n:Enforced OR n.enforcement_digest IS NOT NULL OR n.enforcement_state IS NOT NULL
    OR n.enforcement_until_at IS NOT NULL OR n.enforced_count IS NOT NULL
    OR n.strongest_enforcement IS NOT NULL
RETURN n.id"""


def test_what_is_in_force_stands_at_its_accounts_and_rings(push: Push, neo4j_server: Neo4jServer) -> None:
    report = push(enforcement())
    assert rows(neo4j_server, STATES) == [
        (FORMULA, "suspend", DONE, True),
        ("acc1", "suspend", DONE, True),
        ("acc2", "ban", DONE, True),
        ("acc4", "monitor", DONE, False),  # a mark that nobody notices
    ]
    ((since, until, lasts),) = rows(neo4j_server, """
        MATCH (a:Account {id: 'acc1'}), (b:Account {id: 'acc2'})
        RETURN toString(a.enforcement_from_at), toString(a.enforcement_until_at),
            b.enforcement_until_at""")  # fmt: skip
    assert (str(since)[:16], str(until)[:16], lasts) == ("2026-03-01T12:00", "2026-03-31T12:00", None)
    rings = "MATCH (r:Ring) RETURN r.id, r.enforced_count, r.strongest_enforcement ORDER BY r.id"
    assert rows(neo4j_server, rings) == [("RING-ALPHA", 2, "ban"), ("RING-HOSTILE", 1, "suspend")]
    assert {part.name: part.changed_count for part in report.parts}["enforcement"] == 6


def test_a_plan_leads_to_its_accounts_and_rings(push: Push, neo4j_server: Neo4jServer) -> None:
    push(enforcement())
    assert rows(neo4j_server, """
        MATCH (p:Plan) RETURN p.id, p.status, p.caption, p.planned_by, p.approved_by, p.ring_count,
            p.account_count, p.action_count, p.blocked_count, p.left_out_count ORDER BY p.id""") == [
        (DONE, "applied", "P-DONE · applied · 4 acted on", "ann", f"bob, {MARKUP}", 2, 8, 4, 4, 0),
        (WAITING, "planned", "P-WAITING · planned · 1 acted on", "ann", None, 1, 1, 1, 0, 0),
    ]  # fmt: skip
    assert rows(neo4j_server, """
        MATCH (p:Plan {id: 'P-DONE'})-[l:PROPOSES {ring_id: 'RING-ALPHA'}]->(a:Account)
        RETURN a.id, l.bucket, l.present, l.tier, l.blocked_by, l.outcome, l.reasons ORDER BY a.id""") == [
        (name, *told, "same device as 2 others") for name, told in {
            "acc1": ("new", None, "suspend", None, "in force"),
            "acc2": ("escalated", "review", "ban", None, "in force"),
            "acc3": ("blocked", None, None, f"hub, {FORMULA}", None),
            "acc4": ("new", None, "monitor", None, "in force"),
        }.items()
    ]  # fmt: skip
    assert rows(neo4j_server, """
        MATCH (p:Plan)-[l:TOUCHES]->(r:Ring)
        RETURN p.id, r.id, l.account_count, l.action_count, l.blocked_count, l.strongest, l.is_shown
        ORDER BY p.id, r.id""") == [
        (DONE, "RING-ALPHA", 4, 3, 1, "ban", True),
        (DONE, "RING-HOSTILE", 4, 1, 3, "suspend", True),
        (WAITING, "RING-ALPHA", 1, 1, 0, None, True),
    ]  # fmt: skip


def test_hostile_words_of_a_plan_arrive_exactly_and_do_nothing(push: Push, neo4j_server: Neo4jServer) -> None:
    push(enforcement())
    found = dict(
        rows(neo4j_server, "MATCH (:Plan)-[l:PROPOSES {ring_id: 'RING-HOSTILE'}]->(a) RETURN a.id, l.reasons")
    )
    assert found == {name: f"shares D9 {MARKUP} {name}" for name in HOSTILE}
    labels = {row[0] for row in rows(neo4j_server, "MATCH (n) UNWIND labels(n) AS l RETURN DISTINCT l")}
    assert labels <= SCHEMA.labels()


def test_pushing_twice_changes_nothing(push: Push, neo4j_server: Neo4jServer) -> None:
    push(enforcement())
    before, elements = read_graph(neo4j_server), read_elements(neo4j_server)
    assert push(enforcement()).is_empty
    assert not before.difference(read_graph(neo4j_server))
    assert read_elements(neo4j_server) == elements


def test_what_is_taken_back_leaves_the_accounts_and_stands_at_the_plan(
    push: Push, neo4j_server: Neo4jServer
) -> None:
    push(enforcement())
    push(enforcement(lifted(), status=PlanStatus.REVERTED))
    # What held before holds again
    assert rows(neo4j_server, STATES) == [("acc2", "review", "P-OLD", True)]
    rings = "MATCH (r:Ring) RETURN r.id, r.enforced_count, r.strongest_enforcement ORDER BY r.id"
    assert rows(neo4j_server, rings) == [("RING-ALPHA", 1, "review"), ("RING-HOSTILE", None, None)]
    assert rows(neo4j_server, """
        MATCH (p:Plan {status: 'reverted'})-[l:PROPOSES]->(a:Account) WHERE l.outcome IS NOT NULL
        RETURN a.id, l.outcome, toString(l.ended_at), l.ended_by ORDER BY a.id""") == [
        (name, "lifted", "2026-03-02T12:00:00Z", "revert") for name in (FORMULA, "acc1", "acc2", "acc4")
    ]  # fmt: skip


def test_what_ran_out_leaves_as_well(push: Push, neo4j_server: Neo4jServer) -> None:
    push(enforcement())
    push(enforcement(at=ENDS + timedelta(seconds=1)))
    assert rows(neo4j_server, STATES) == [("acc2", "ban", DONE, True)]


def test_without_enforcement_nothing_of_it_is_left_and_the_rest_is_as_it_was(
    push: Push, neo4j_server: Neo4jServer
) -> None:
    push(NO_ENFORCEMENT)
    plain = read_graph(neo4j_server)
    push(enforcement())
    assert read_graph(neo4j_server) != plain
    push(NO_ENFORCEMENT)
    assert rows(neo4j_server, LEFTOVERS) == []
    assert not plain.difference(read_graph(neo4j_server))


def test_a_ring_is_not_called_changed_because_something_is_done_about_it(
    push: Push, neo4j_server: Neo4jServer
) -> None:
    push(NO_ENFORCEMENT)
    digests = "MATCH (r:Ring) RETURN r.id, r.content_digest ORDER BY r.id"
    before = rows(neo4j_server, digests)
    report = push(enforcement())
    assert rows(neo4j_server, digests) == before
    assert {part.name: part.changed_count for part in report.parts}["Ring"] == 0


def test_what_a_person_wrote_stays_where_enforcement_goes(push: Push, neo4j_server: Neo4jServer) -> None:
    push(enforcement())
    for statement in (
        "MATCH (p:Plan {id: 'P-DONE'}) SET p.note = 'ask legal'",
        "MATCH (p:Plan {id: 'P-WAITING'}) CREATE (p)<-[:ABOUT]-(:Case {id: 'C-1'})",
        "MATCH (:Plan {id: 'P-DONE'})-[l:PROPOSES]->(:Account {id: 'acc1'}) SET l.note = 'called them'",
        "MATCH (a:Account {id: 'acc1'}) SET a.note = 'called them', a:Watched",
    ):
        neo4j_server.run(statement)
    push(NO_ENFORCEMENT)
    assert rows(neo4j_server, "MATCH (p:Plan) RETURN p.id, p.status, p.content_digest ORDER BY p.id") == [
        (DONE, "gone", None), (WAITING, "gone", None),
    ]  # fmt: skip
    assert rows(neo4j_server, "MATCH (:Plan)-[l:PROPOSES]->(a) RETURN a.id, l.note") == [
        ("acc1", "called them")
    ]
    assert rows(neo4j_server, "MATCH (a:Watched) RETURN a.id, a.note, a:Enforced, a.enforcement_state") == [
        ("acc1", "called them", False, None)
    ]
    assert push(NO_ENFORCEMENT).is_empty


def test_an_account_that_is_left_to_a_person_is_not_called_enforced_for_ever(
    push: Push, neo4j_server: Neo4jServer, shop: Workspace
) -> None:
    push(enforcement())
    neo4j_server.run("MATCH (a:Account {id: 'acc1'}) SET a.note = 'called them'")
    with shop.writing() as database:
        database.execute("DELETE FROM link")
        database.execute("DELETE FROM payment")
        database.execute("DELETE FROM account")
    push(enforcement())
    assert rows(neo4j_server, "MATCH (a:Account) RETURN a.id, a.note") == [("acc1", "called them")]
    assert rows(neo4j_server, LEFTOVERS) == [("RING-ALPHA",), ("RING-HOSTILE",)]  # their members are stored


def test_of_a_plan_that_is_too_large_whole_rings_are_drawn_and_the_others_counted(
    push: Push, neo4j_server: Neo4jServer
) -> None:
    push(enforcement(limit=4))
    drawn = "MATCH (:Plan {id: 'P-DONE'})-[l:PROPOSES]->() RETURN DISTINCT l.ring_id"
    assert rows(neo4j_server, drawn) == [("RING-ALPHA",)]
    assert rows(neo4j_server, "MATCH (p:Plan {id: 'P-DONE'}) RETURN p.account_count, p.left_out_count") == [
        (8, 4)
    ]
    assert rows(neo4j_server, """
        MATCH (:Plan {id: 'P-DONE'})-[l:TOUCHES]->(r) RETURN r.id, l.is_shown ORDER BY r.id""") == [
        ("RING-ALPHA", True), ("RING-HOSTILE", False),
    ]  # fmt: skip


def test_the_command_pushes_what_the_ledger_says_and_takes_back_what_it_took_back(
    neo4j_server: Neo4jServer, shop: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    neo4j_server.run("MATCH (n) DETACH DELETE n")
    monkeypatch.setenv("GRAPHRISK_KEYS", str(tmp_path / "keys"))
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    begun = now - timedelta(hours=1)
    ledger = ShopLedger.begin(shop, tmp_path / "keys")
    plan = ledger.plan(beginning_at(DONE_ROWS, begun), begun)
    ledger.apply(plan, begun)

    def push() -> dict[str, int]:
        with in_environment(neo4j_server):
            assert main(["neo4j", "push", "--workspace", str(shop.folder), "--json"]) == 0
        return dict(rows(neo4j_server, "MATCH (p:Plan)-[:PROPOSES]->(a:Enforced) RETURN p.status, count(*)"))  # type: ignore[arg-type]

    assert push() == {"applied": 3}
    ledger.revert(plan, now)
    assert push() == {}
    assert rows(neo4j_server, "MATCH (p:Plan) RETURN p.id, p.status") == [(plan.plan_id, "reverted")]
    assert rows(neo4j_server, LEFTOVERS) == []
    place = ledger.enforcement.places.ledger
    place.write_bytes(place.read_bytes().replace(b'"suspend"', b'"restrict"', 1))
    with in_environment(neo4j_server):
        assert main(["neo4j", "push", "--workspace", str(shop.folder)]) == TamperedError.exit_code


# The playbook


def test_what_we_did_about_a_ring(push: Push, ask: Ask) -> None:
    push(enforcement())
    found = ask("what_we_did_about_ring", ring_id="RING-ALPHA")
    assert [(row[0], row[1], row[4], row[5], row[6]) for row in found] == [
        ("plan planned", None, WAITING, "1 acted on, 0 blocked, of 1", WAITING),
        ("plan applied", "ban", DONE, "3 acted on, 1 blocked, of 4", DONE),
        ("in force", "ban", DONE, None, "acc2"),
        ("in force", "suspend", DONE, None, "acc1"),
        ("nothing in force", None, None, None, "acc3"),
        ("in force", "monitor", DONE, f"at the edge of the ring {FORMULA}", "acc4"),
    ]
    assert found[3][2:4] == (NOW - timedelta(days=1), ENDS)
    assert len(ask("what_we_did_about_ring", ring_id="RING-ALPHA", limit="2")) == 2


def test_who_is_enforced_and_in_no_ring_any_more(push: Push, ask: Ask, shop: Workspace) -> None:
    push(enforcement())
    assert ask("enforced_outside_rings") == []
    with shop.writing() as database:
        database.execute("DELETE FROM ring_member WHERE account_id IN ('acc2', 'acc4')")
        database.execute("UPDATE account_risk SET ring_id = NULL WHERE account_id IN ('acc2', 'acc4')")
    push(enforcement())
    # acc4 is only watched
    ((*told, risk, reason),) = ask("enforced_outside_rings")
    assert told == ["acc2", "ban", NOW - timedelta(days=1), None, DONE, "RING-ALPHA"]
    assert (risk, reason) == (0.95, "known bad")
    assert ask("enforced_outside_rings", state="suspend") == []


def test_members_of_one_ring_who_are_treated_differently_and_why(push: Push, ask: Ask) -> None:
    push(enforcement())
    edge = f"at the edge of the ring {FORMULA}"
    assert ask("members_treated_differently", ring_id="RING-ALPHA") == [
        ("ban", "P-DONE applied: escalated ban", 1, 0.95, [], ["acc2"]),
        ("monitor", "P-DONE applied: new monitor", 1, 0.5, [edge], ["acc4"]),
        ("nothing", f"P-DONE applied: blocked, blocked by hub, {FORMULA}", 1, 0.7, [], ["acc3"]),
        ("suspend", "P-WAITING planned: removed", 1, 0.8, [], ["acc1"]),
    ]
    push(enforcement(lifted(Purpose.OVERTURN), status=PlanStatus.REVERTED))
    found = ask("members_treated_differently", ring_id="RING-ALPHA")
    assert ("review", "P-DONE: lifted by appeal", 1, 0.95, [], ["acc2"]) in found
    push(NO_ENFORCEMENT)
    ((treatment, why, count, *_),) = ask("members_treated_differently", ring_id="RING-ALPHA")
    assert (treatment, why, count) == ("nothing", "no plan says anything of them", 4)


def test_a_plan_opens_with_its_rings_and_says_what_was_taken_back(push: Push, ask: Ask) -> None:
    push(enforcement())
    found = ask("plan_and_outcomes", plan_id=DONE)
    assert [row[2] for row in found[:4]] == ["acc2", "acc1", "acc4", FORMULA]
    assert found[0] == (
        DONE, "PROPOSES", "acc2", "escalated", "ban", None, "in force", None, None, "ban", "TOUCHES",
        "RING-ALPHA", "MEMBER_OF",
    )  # fmt: skip
    assert len(found) == 8
    assert ask("plan_and_outcomes", plan_id="P-DO") == found
    assert ask("plan_and_outcomes", plan_id=DONE, outcome="lifted") == []
    push(enforcement(lifted(), status=PlanStatus.REVERTED))
    back = ask("plan_and_outcomes", plan_id=DONE, outcome="lifted")
    assert [(row[2], row[7], row[8], row[9]) for row in back] == [
        ("acc2", NOW, "revert", "review"), ("acc1", NOW, "revert", None), ("acc4", NOW, "revert", None),
        (FORMULA, NOW, "revert", None),
    ]  # fmt: skip
