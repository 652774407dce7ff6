"""A workspace's graph in a real Neo4j after a push, worked out by hand from tests/handmade_shop.py."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from come_back import ASPECTS, let_a_ring_come_back
from graph_snapshots import read_graph
from handmade_shop import ACCOUNTS, BIDI, FORMULA, HOSTILE, MARKUP, OFFICE, SQL
from neo4j_server import Neo4jServer, in_environment, wipe

from graphrisk.flows.play import bind_values, choose_question
from graphrisk.flows.push import Change, PushReport
from graphrisk.model.graph_schema import RelationshipSchema
from graphrisk.stores.neo4j.graph_target import Neo4jGraph
from graphrisk.stores.neo4j.playbook import read_playbook
from graphrisk.workspace import Workspace
from graphrisk.workspace.graph_server import GraphServerFlags
from graphrisk.workspace.playing import PlayOrder, play_in_graph
from graphrisk.workspace.pushing import push_workspace

Push = Callable[[Workspace], PushReport]


def rows(server: Neo4jServer, cypher: str, **parameters: object) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in server.run(cypher, **parameters)]


@pytest.fixture(scope="module")
def environment(neo4j_server: Neo4jServer) -> Iterator[None]:
    """What a push needs to know of the server; its constraints stay from test to test."""
    wipe(neo4j_server)
    with in_environment(neo4j_server):
        yield


@pytest.fixture
def push(environment: None, neo4j_server: Neo4jServer) -> Push:
    """Pushes into the server of the tests, where no node was."""
    neo4j_server.run("MATCH (n) DETACH DELETE n")
    return push_workspace


@pytest.fixture(scope="class")
def pushed(environment: None, neo4j_server: Neo4jServer, shop_as_made: Path) -> Neo4jServer:
    """The server after one push of the hand-made shop: to read."""
    neo4j_server.run("MATCH (n) DETACH DELETE n")
    push_workspace(Workspace.open(shop_as_made))
    return neo4j_server


class TestAfterOnePush:
    def test_every_account_stands_there_under_its_own_id(self, pushed: Neo4jServer) -> None:
        found = rows(pushed, "MATCH (a:Account) RETURN a.id ORDER BY a.id")
        assert [name for (name,) in found] == sorted([*ACCOUNTS, "acc7"])

    def test_links_lead_from_accounts_to_what_they_share(self, pushed: Neo4jServer) -> None:
        links = rows(pushed, """
            MATCH (a:Account)-[l]->(i:Identifier)
            WHERE type(l) <> 'EVIDENCE' RETURN a.id, type(l), i.id""")  # fmt: skip
        assert {*links} == {
            *((a, "USED_DEVICE", "D1") for a in ("acc1", "acc2", "acc3", "acc7")),
            *((a, "USED_DEVICE", "D9") for a in HOSTILE),
            *((a, "SEEN_AT", OFFICE) for a in ("acc4", "acc5", "acc6")),
            ("acc3", "PAID_WITH", "C1"), ("acc4", "PAID_WITH", "C1"), ("acc1", "PAID_WITH", "C2"),
        }  # fmt: skip
        assert rows(pushed, "MATCH (d:Device:Identifier) RETURN d.id ORDER BY d.id") == [("D1",), ("D9",)]

    def test_an_identifier_says_how_many_accounts_it_has(self, pushed: Neo4jServer) -> None:
        found = rows(
            pushed, "MATCH (i:Identifier) RETURN i.id, i.kind, i.account_count, i.caption ORDER BY i.id"
        )
        assert found == [
            (OFFICE, "ip", 3, f"{OFFICE} ×3"),
            ("C1", "instrument", 2, "C1 ×2"),
            ("C2", "instrument", 1, "C2"),
            ("D1", "device", 4, "D1 ×4"),
            ("D9", "device", 4, "D9 ×4"),
        ]

    def test_payments_of_a_pair_are_one_relationship(self, pushed: Neo4jServer) -> None:
        found = rows(pushed, """
            MATCH (a:Account)-[p:PAID]->(b:Account)
            RETURN a.id, b.id, p.count, p.amount_minor, p.currency, p.chargeback_count, p.first_at, p.last_at
            ORDER BY a.id""")  # fmt: skip
        # p1 12.50 + p2 7.50 + p4 99.00 EUR; p3 100 JPY has no decimals
        assert [row[:6] for row in found] == [
            ("acc1", "acc5", 3, 11_900, "EUR", 0),
            ("acc2", "acc1", 1, 100, "JPY", 1),
        ]
        first, last = found[0][6:]
        assert (str(first)[:19], str(last)[:19]) == ("2026-01-05T10:00:00", "2026-06-01T10:00:00")

    def test_rings_stand_there_with_score_exposure_members_and_run(self, pushed: Neo4jServer) -> None:
        found = rows(pushed, """
            MATCH (r:Ring {id: 'RING-ALPHA'})<-[m:MEMBER_OF]-(a:Account)
            RETURN r.score, r.size, r.exposure_minor, r.currency, r.status, r.run_id, a.id, m.core, m.bits
            ORDER BY a.id""")  # fmt: skip
        assert {row[:6] for row in found} == {(0.9, 4, 123_450, "EUR", "found", "run-new")}
        assert [row[6:] for row in found] == [
            ("acc1", True, 2.17), ("acc2", True, 2.17), ("acc3", True, 2.17), ("acc4", False, 3.02),
        ]  # fmt: skip

    def test_rings_carry_what_else_they_may_be_and_members_how_sure_they_are(
        self, pushed: Neo4jServer
    ) -> None:
        found = rows(pushed, """
            MATCH (r:Ring)<-[m:MEMBER_OF]-(a:Account) WHERE a.id IN ['acc4', $other]
            RETURN r.innocent, r.innocent_bits, m.closeness, m.confidence ORDER BY r.id""",
            other=HOSTILE[0])  # fmt: skip
        assert found == [("household", -2.1, 0.15, 0.625), (None, None, 0.23, None)]

    def test_members_say_who_has_them_and_why_nothing_should_be_automatic(self, pushed: Neo4jServer) -> None:
        found = rows(pushed, """
            MATCH (:Ring {id: 'RING-ALPHA'})<-[m:MEMBER_OF]-(a:Account)
            RETURN a.id, m.detectors, m.not_automatic ORDER BY a.id""")  # fmt: skip
        assert found == [
            *((name, "identity,cash_out", None) for name in ("acc1", "acc2", "acc3")),
            ("acc4", "identity", f"at the edge of the ring {FORMULA}"),
        ]  # fmt: skip

    def test_ties_join_rings(self, pushed: Neo4jServer) -> None:
        found = rows(pushed, """
            MATCH (a:Ring)-[t:TIED_TO]->(b:Ring)
            RETURN a.id, b.id, t.bits, t.identifier_count, t.payee_count, t.run_id""")  # fmt: skip
        assert found == [("RING-ALPHA", "RING-HOSTILE", 4.5, 1, 1, "run-new")]

    def test_evidence_joins_members_to_what_ties_them_and_to_nothing_else(self, pushed: Neo4jServer) -> None:
        found = rows(pushed, """
            MATCH (a)-[e:EVIDENCE {ring_id: 'RING-ALPHA'}]->(i)
            RETURN a.id, i.id, e.bits, e.account_count, e.words ORDER BY a.id, i.id""")  # fmt: skip
        device = (2.17, 3, "same device · 3 accounts · 2.2 bits")
        card = (3.02, 2, "same payment instrument · 2 accounts · 3.0 bits")
        assert found == [
            ("acc1", "D1", *device),
            ("acc2", "D1", *device),
            ("acc3", "C1", *card),
            ("acc3", "D1", *device),
            ("acc4", "C1", *card),
        ]

    def test_accounts_carry_risk_and_the_labels_that_follow_from_it(self, pushed: Neo4jServer) -> None:
        risks = dict(rows(pushed, "MATCH (a:Account) WHERE a.risk IS NOT NULL RETURN a.id, a.risk"))
        assert risks == {
            "acc1": 0.8, "acc2": 0.95, "acc3": 0.7, "acc4": 0.5, "acc5": 0.02, "acc6": 0.1,
            **dict.fromkeys(HOSTILE, 0.3),
        }  # fmt: skip
        high = rows(pushed, "MATCH (a:HighRisk) RETURN a.id ORDER BY a.id")
        assert high == [("acc1",), ("acc2",), ("acc3",), ("acc4",)]

    def test_a_label_reported_after_the_runs_as_of_is_not_used(self, pushed: Neo4jServer) -> None:
        assert rows(pushed, "MATCH (a:KnownBad) RETURN a.id, a.verdict") == [("acc2", "bad")]
        assert rows(pushed, "MATCH (a:KnownGood) RETURN a.id, a.verdict") == [("acc5", "good")]

    def test_the_run_is_complete_and_current(self, pushed: Neo4jServer) -> None:
        found = rows(pushed, """
            MATCH (r:Run) RETURN r.id, r.is_current, r.written_at IS NOT NULL, r.ring_count, r.account_count
            ORDER BY r.id""")  # fmt: skip
        assert found == [("run-new", True, True, 2, 10), ("run-old", False, False, 2, 10)]

    def test_hostile_names_arrive_exactly_and_do_nothing(self, pushed: Neo4jServer) -> None:
        for name in (FORMULA, BIDI, SQL, MARKUP):
            found = rows(pushed, "MATCH (a:Account {id: $id}) RETURN a.display_name, a.caption", id=name)
            assert [shown for shown, _ in found] == [name]
            assert "\u202e" not in str(found[0][1])


def test_pushing_twice_changes_nothing(push: Push, shop: Workspace, neo4j_server: Neo4jServer) -> None:
    push(shop)
    before = read_graph(neo4j_server)
    assert push(shop).is_empty
    assert read_graph(neo4j_server) == before


def test_only_what_differs_is_written(push: Push, shop: Workspace, neo4j_server: Neo4jServer) -> None:
    push(shop)
    table = shop.folder / "tables" / "sessions.csv"
    table.write_text(table.read_text() + "acc6,D1,,2026-02-02T10:00:00\n")
    shop.load()
    written = {
        part.name: (part.new_count, part.changed_count, part.removed_count) for part in push(shop).parts
    }
    changed = {name: counts for name, counts in written.items() if any(counts)}
    assert changed == {"Device": (0, 1, 0), "USED_DEVICE": (1, 0, 0)}  # D1 has an account more


def test_relationships_that_others_wrote_at_the_same_time_stand_there_once(
    push: Push, shop: Workspace, neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another push, or by this one, whose transaction succeeded, but its answer was lost."""
    push(shop)
    before = read_graph(neo4j_server)
    neo4j_server.run("MATCH ()-[l]->() DELETE l")
    written: set[str] = set()
    write = Neo4jGraph.write_relationships

    def write_twice(graph: Neo4jGraph, schema: RelationshipSchema, change: Change) -> None:
        write(graph, schema, change)
        if schema.type not in written:
            written.add(schema.type)
            write(graph, schema, change)

    monkeypatch.setattr(Neo4jGraph, "write_relationships", write_twice)
    push(shop)
    assert written >= {"USED_DEVICE", "PAID", "MEMBER_OF", "EVIDENCE"}
    assert read_graph(neo4j_server) == before


def test_the_first_push_makes_the_index_of_words_and_a_question_waits_for_it(
    push: Push, shop: Workspace, neo4j_server: Neo4jServer
) -> None:
    neo4j_server.run("DROP INDEX graphrisk_search IF EXISTS")
    push(shop)
    question = choose_question(read_playbook(), "search")
    order = PlayOrder(question, bind_values(question, {"text": "acc1"}), 30.0)
    answer = play_in_graph(shop.folder, GraphServerFlags(), order)
    assert "acc1" in {value for row in answer.rows for value in row if isinstance(value, str)}
    assert push(shop).is_searchable


def test_what_the_workspace_no_longer_says_goes(
    push: Push, shop: Workspace, neo4j_server: Neo4jServer
) -> None:
    push(shop)
    table = shop.folder / "tables" / "sessions.csv"
    table.write_text(
        table.read_text().replace("acc3,D1,,2026-01-05T10:00:00\n", "").replace(OFFICE, "1.2.3.4")
    )
    shop.load(rebuild=True)
    push(shop)
    devices = rows(neo4j_server, "MATCH (a)-[:USED_DEVICE]->(:Device {id: 'D1'}) RETURN a.id ORDER BY a.id")
    assert devices == [("acc1",), ("acc2",), ("acc7",)]
    assert rows(neo4j_server, "MATCH (i:Ip) RETURN i.id") == [("1.2.3.4",)]


def test_a_later_run_replaces_what_an_earlier_one_found(
    push: Push, shop: Workspace, neo4j_server: Neo4jServer
) -> None:
    push(shop)
    with shop.writing() as connection:
        for name in ("ring", "ring_member", "ring_signal", "evidence"):
            connection.execute(f"DELETE FROM {name} WHERE run_id = 'run-new' AND ring_id = 'RING-HOSTILE'")
        connection.execute(
            """UPDATE account_risk SET risk = 0.9, ring_id = NULL
            WHERE run_id = 'run-new' AND ring_id = 'RING-HOSTILE'"""
        )
    push(shop)
    assert rows(neo4j_server, "MATCH (r:Ring) RETURN r.id") == [("RING-ALPHA",)]
    assert rows(neo4j_server, "MATCH ()-[e:EVIDENCE {ring_id: 'RING-HOSTILE'}]->() RETURN count(*)") == [(0,)]
    assert rows(neo4j_server, "MATCH ()-[t:TIED_TO]->() RETURN count(*)") == [(0,)]
    assert rows(neo4j_server, "MATCH (a:HighRisk) RETURN count(*)") == [(8,)]


def test_a_ring_that_may_have_come_back_leads_to_the_one_that_was_taken_down(
    push: Push, shop: Workspace, neo4j_server: Neo4jServer
) -> None:
    let_a_ring_come_back(shop)
    push(shop)
    found = rows(neo4j_server, """
        MATCH (a:Ring)-[l:RESEMBLES]->(b:Ring)
        RETURN a.id, b.id, b.status, b.run_id, l.probability, l.bits, l.words, l.aspects, l.run_id
        ORDER BY l.probability DESC""")  # fmt: skip
    assert found == [
        ("RING-HOSTILE", "RING-GONE", "gone", "run-old", 0.875, 6.0, "same tempo", ASPECTS, "run-new"),
        ("RING-HOSTILE", "RING-ALPHA", "found", "run-new", 0.125, 1.0, FORMULA, None, "run-new"),
    ]
    (at,) = rows(neo4j_server, "MATCH ()-[l:RESEMBLES]->({id: 'RING-GONE'}) RETURN toString(l.taken_down_at)")
    assert str(at[0]).startswith("2026-03-01T08:00")
    assert push(shop).is_empty
    # It is no ring of now to any question that asks for those
    question = choose_question(read_playbook(), "top_rings")
    answer = play_in_graph(
        shop.folder, GraphServerFlags(), PlayOrder(question, bind_values(question, {}), 10.0)
    )
    assert [row[0] for row in answer.rows] == ["RING-ALPHA", "RING-HOSTILE"]
    with shop.writing() as connection:
        connection.execute("DELETE FROM ring_likeness")
    push(shop)
    assert rows(neo4j_server, "MATCH (r:Ring) RETURN r.id ORDER BY r.id") == [
        ("RING-ALPHA",),
        ("RING-HOSTILE",),
    ]
    assert rows(neo4j_server, "MATCH ()-[l:RESEMBLES]->() RETURN count(*)") == [(0,)]


def test_every_payment_is_a_node_where_asked_for(
    push: Push, shop: Workspace, neo4j_server: Neo4jServer
) -> None:
    config = shop.folder / "graphrisk.toml"
    config.write_text(config.read_text() + "\n[neo4j]\npayments = true\n")
    push(Workspace.open(shop.folder))
    found = rows(neo4j_server, """
        MATCH (a:Account)-[:MADE]->(p:Payment)-[:TO]->(b:Account)
        RETURN p.id, a.id, b.id, p.amount_minor, p.currency, p.status ORDER BY p.id""")  # fmt: skip
    assert found == [
        ("p1", "acc1", "acc5", 1_250, "EUR", "paid"),
        ("p2", "acc1", "acc5", 750, "EUR", "paid"),
        ("p3", "acc2", "acc1", 100, "JPY", "chargeback"),
        ("p4", "acc1", "acc5", 9_900, "EUR", "paid"),
    ]
    config.write_text(config.read_text().replace("payments = true", "payments = false"))
    push(Workspace.open(shop.folder))
    assert rows(neo4j_server, "MATCH (p:Payment) RETURN count(*)") == [(0,)]


def test_a_payee_that_is_no_account_of_ours_is_an_outsider(
    push: Push, shop: Workspace, neo4j_server: Neo4jServer
) -> None:
    table = shop.folder / "tables" / "payments.csv"
    table.write_text(table.read_text() + "p9,acc6,elsewhere,5,EUR,paid,2026-01-05T10:00:00\n")
    shop.load()
    push(shop)
    assert rows(neo4j_server, "MATCH (a:Outsider) RETURN a.id, a:Account") == [("elsewhere", True)]
    assert push(shop).is_empty


def test_a_workspace_without_a_run_is_pushed_without_findings(
    push: Push, shop: Workspace, neo4j_server: Neo4jServer
) -> None:
    with shop.writing() as connection:
        connection.execute("DELETE FROM run")
    push(shop)
    assert rows(neo4j_server, "MATCH (n) WHERE n:Ring OR n:Run RETURN count(*)") == [(0,)]
    assert rows(neo4j_server, "MATCH (a:Account) RETURN count(*), count(a.risk)") == [(11, 0)]


def test_the_installed_command_pushes_and_tells_in_json(
    push: Push, shop: Workspace, neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text(neo4j_server.password + "\n")
    command = [
        Path(sys.executable).with_name("graphrisk"), "neo4j", "push", "--workspace", shop.folder, "--uri",
        neo4j_server.uri, "--user", neo4j_server.user, "--password-file", password, "--json",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["run_id"] == "run-new"
    assert {part["name"]: part["new_count"] for part in report["parts"]}["Account"] == 11
    assert neo4j_server.password not in done.stdout


def test_load_fills_the_store_that_it_is_given(
    push: Push, shop: Workspace, neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("graphrisk"), "load", "-w", shop.folder, "--store", neo4j_server.uri],
        env={"NEO4J_PASSWORD": neo4j_server.password, "NEO4J_USER": neo4j_server.user},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert rows(neo4j_server, "MATCH (a:Account) RETURN count(*)") == [(11,)]
