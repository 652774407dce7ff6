"""A graph that only Neo4j has, in labels and types of somebody else: read, searched for rings, scored."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graph_snapshots import read_graph
from marketplace_in_neo4j import fill_marketplace
from neo4j_server import Neo4jServer, in_environment, wipe

from graphrisk.errors import ConfigError, GraphServerError, InputError
from graphrisk.flows.push import PushReport
from graphrisk.stores.neo4j.batches import BatchWriter
from graphrisk.stores.neo4j.statements import Statement
from graphrisk.workspace import Workspace
from graphrisk.workspace.checking import check_graph_server
from graphrisk.workspace.pulling import detect_in_store, open_graph_workspace, pull_workspace

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("GRAPHRISK_DATA", ROOT.parent / "shared" / "data")) / "marketplace_graph"
OURS = {"Ring", "Run"}


@pytest.fixture(autouse=True)
def server(neo4j_server: Neo4jServer) -> Iterator[Neo4jServer]:
    """Empty, and told to whoever asks the environment."""
    wipe(neo4j_server)
    with in_environment(neo4j_server):
        yield neo4j_server


def open_mapped(folder: Path, mapping: str) -> Workspace:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "graphrisk.toml").write_text(mapping, encoding="utf-8")
    return open_graph_workspace(folder)


def told(shop: Workspace, query: str) -> list[tuple[object, ...]]:
    with shop.reading() as connection:
        return connection.execute(query).fetchall()


def rows(server: Neo4jServer, cypher: str, **parameters: object) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in server.run(cypher, **parameters)]


def written(report: PushReport) -> dict[str, int]:
    """Without the run itself, whose time of day differs."""
    counts = {p.name: p.new_count + p.changed_count + p.removed_count for p in report.parts}
    return {name: count for name, count in counts.items() if count and name != "Run"}


# ---- somebody else's tool made it --------------------------------------------------------------------------


@pytest.mark.real_data
@pytest.mark.slow
def test_a_graph_gives_the_rings_of_the_files_that_it_was_made_from(
    server: Neo4jServer, tmp_path: Path
) -> None:
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is not here; GRAPHRISK_DATA says where the data is")
    fill_marketplace(server, DATA)
    mapping = (ROOT / "mappings" / "marketplace_graph_in_neo4j.toml").read_text(encoding="utf-8")
    done = detect_in_store(open_mapped(tmp_path / "graph", mapping))

    config = ROOT / "mappings" / "marketplace_graph.toml"
    from_files = Workspace.open(tmp_path / "files", config=config, data=DATA)
    from_files.load()
    run = from_files.detect()
    assert done.run.record.input_digest == run.record.input_digest
    assert done.run.rings.equals(run.rings)

    rings = run.rings.set_index("ring_id")
    found = rows(server, "MATCH (r:Ring)<-[m:MEMBER_OF]-(:Customer) RETURN r.id, r.score, count(m)")
    assert {name: (score, size) for name, score, size in found} == {
        name: (ring["score"], ring["size"]) for name, ring in rings.iterrows()
    }
    risks = run.accounts.set_index("account_id")["risk"].to_dict()
    assert dict(rows(server, "MATCH (c:Customer) RETURN c.account_id, c.risk")) == risks
    loose = rows(server, """
        MATCH (c:Customer)-[e:EVIDENCE]->(i) WHERE NOT EXISTS {
            (c)-[:HAS_PHONE|HAS_EMAIL|LIVES_AT|USES_IP]->(i)
        } AND NOT EXISTS { (c)-[:MADE]->()-[:FROM_IP]->(i) } RETURN count(e)""")  # fmt: skip
    assert loose == [(0,)]

    assert written(detect_in_store(open_graph_workspace(tmp_path / "graph")).pushed) == {}


# ---- every way to say what a graph means -------------------------------------------------------------------

STRANGE = """
CREATE CONSTRAINT FOR (k:`Kund:in ``x```) REQUIRE k.nr IS UNIQUE
"""
KINDS = """
[graph]
timezone = "Europe/Berlin"

[[graph.account]]
label = "Kund:in `x`"
id = "nr"
created_at = "seit"
display_name = "name"
role = "art"

[[graph.link]]                       # a property, which may be a list
kind = "email"
account = "Kund:in `x`"
identifier = "mails"

[[graph.link]]                       # one relationship away, whatever its direction
kind = "device"
account = "Kund:in `x`"
types = "USED BY"
label = "Device"
identifier = "serial"
seen_at = "at"

[[graph.link]]                       # two
kind = "address"
account = "Kund:in `x`"
types = ["ORDERED", "TO"]
label = "House"
identifier = "where"
seen_at = "on"

[[graph.payment]]                    # from the payee to the payer
payer = "Kund:in `x`"
types = "GOT"
reverse = true
payee = "Shop"
payee_id = "name"
amount = "sum"
default_currency = "EUR"
paid_at = "at"

[[graph.payment]]                    # a node, and nobody is known to be paid
payer = "Kund:in `x`"
node = "Order"
types = "ORDERED"
id = "no"

[[graph.verdict]]
account = "Kund:in `x`"
verdict = "status"
verdicts = { gesperrt = "bad", frei = "good" }
reported_at = "geprueft"

[[graph.verdict]]
account = "Kund:in `x`"
has_label = "Betrug"
means = "bad"
"""
MADE = """
CREATE (a:`Kund:in ``x``` {nr: 1, name: 'Ann', art: 'Buyer', seit: date('2026-01-01')})
SET a.mails = ['a@x.example', 'b@x.example']
CREATE (b:`Kund:in ``x```:Betrug {nr: 2, seit: localdatetime('2026-01-02T03:00:00'), mails: 'b@x.example'})
CREATE (c:`Kund:in ``x``` {nr: 'three', status: 'gesperrt'})
SET c.geprueft = datetime('2026-02-01T00:00+02:00[Europe/Helsinki]')
CREATE (d:`Kund:in ``x``` {nr: 4.5, status: 'frei'})
CREATE (:`Kund:in ``x``` {name: 'no id'})
CREATE (:Device {serial: 77})-[:`USED BY` {at: datetime('2026-01-05T00:00Z')}]->(a)
CREATE (b)-[:`USED BY` {at: 'not a time'}]->(:Device {serial: 77})
CREATE (c)-[:ORDERED]->(:Order {no: 'o1', on: '2026-01-03'})-[:TO]->(:House {where: '1 Main St'})
CREATE (:Shop {name: 'Books'})-[:GOT {sum: 12.5, at: localdatetime('2026-07-01T02:00:00')}]->(a)
CREATE (d)-[:GOT {sum: 1}]->(:Shop {name: 'Books'})
"""


def test_every_kind_of_mapping_reads_what_it_says(server: Neo4jServer, tmp_path: Path) -> None:
    server.run(STRANGE)
    server.run(MADE)
    shop = open_mapped(tmp_path, KINDS + "\n[limits]\nmax_bad_share = 0.9\n")
    report = pull_workspace(shop)
    assert [part.row_count for part in report.parts] == [5, 3, 2, 1, 1, 1, 2, 1]
    assert told(shop, "FROM known_account ORDER BY account_id") == [
        # 2026-01-01 and -02T03:00 in Berlin are an hour earlier in UTC
        ("1", "buyer", moment("2025-12-31T23:00"), None, "Ann"),
        ("2", None, moment("2026-01-02T02:00"), None, None),
        ("4.5", None, None, None, None),
        ("three", None, None, None, None),
    ]
    links = told(shop, "SELECT account_id, kind, identifier, first_seen_at FROM known_link ORDER BY ALL")
    assert links == [
        ("1", "device", "77", moment("2026-01-05T00:00")),
        ("1", "email", "a@x.example", None),
        ("1", "email", "b@x.example", None),
        ("2", "email", "b@x.example", None),
        ("three", "address", "1 main st", moment("2026-01-02T23:00")),
    ]
    paid = told(
        shop,
        "SELECT payer_id, payee_id, amount_minor, currency, paid_at FROM known_payment ORDER BY payer_id",
    )
    # 02:00 in Berlin's summer
    assert paid == [
        ("1", "Books", 1250, "EUR", moment("2026-07-01T00:00")),
        ("three", None, None, None, None),
    ]
    verdicts = told(shop, "SELECT account_id, verdict, reported_at FROM known_label ORDER BY account_id")
    assert verdicts == [
        ("2", "bad", None),
        ("4.5", "good", None),
        ("three", "bad", moment("2026-01-31T22:00")),
    ]
    bad = told(shop, "SELECT table_name, line, column_name, value, reason FROM quarantine ORDER BY ALL")
    assert bad == [
        ("Kund:in `x`", 5, "account_id", "", "missing_key"),
        ("Kund:in `x`-USED BY-Device.serial as device", 2, "seen_at", "not a time", "wrong_type"),
    ]
    assert not (tmp_path / ".pulled").exists()


def moment(text: str) -> object:
    from datetime import datetime  # noqa: PLC0415 - read beside its use

    return datetime.fromisoformat(text)


def test_a_second_pull_reads_what_changed_and_forgets_what_went(server: Neo4jServer, tmp_path: Path) -> None:
    shop = open_mapped(tmp_path, PAIRS)
    server.run(SIX)
    pull_workspace(shop)
    server.run("MATCH (:User {id: 'u6'})-[l:HAS]->() DELETE l")
    server.run("CREATE (:User {id: 'u7'})-[:HAS]->(:Card {number: 'new'})")
    shop.pull()
    holders = told(shop, "SELECT DISTINCT account_id FROM known_link ORDER BY 1")
    names = [name for (name,) in holders if len(name) < 4]
    assert names == ["u1", "u2", "u3", "u4", "u5", "u7"]


# ---- a small graph with one ring: u1 .. u5 hold two cards together, u6 holds one of them -------------------

PAIRS = """
[[graph.account]]
label = "User"
id = "id"
[[graph.link]]
kind = "instrument"
account = "User"
types = "HAS"
label = "Card"
identifier = "number"
[[graph.verdict]]
account = "User"
has_label = "Blocked"
means = "bad"
"""
SIX = """
CREATE (a:Card {number: 'A'}), (b:Card {number: 'B'})
WITH a, b
UNWIND range(1, 5) AS i
CREATE (u:User {id: 'u' + i})-[:HAS]->(a) CREATE (u)-[:HAS]->(b)
WITH a, collect(u) AS users
FOREACH (u IN users[0..2] | SET u:Blocked)
CREATE (:User {id: 'u6'})-[:HAS]->(a)
WITH a
UNWIND range(100, 300) AS i
CREATE (:User {id: 'u' + i})-[:HAS]->(:Card {number: 'own' + i})
"""


def test_rings_scores_and_evidence_stand_in_their_graph(server: Neo4jServer, tmp_path: Path) -> None:
    server.run(SIX)
    run = open_mapped(tmp_path, PAIRS).detect_in_store().run
    ring_id = run.rings.ring_id[0]
    members = rows(server, "MATCH (u:User)-[:MEMBER_OF]->(r:Ring {id: $ring}) RETURN u.id ORDER BY u.id",
                   ring=ring_id)  # fmt: skip
    assert [name for (name,) in members] == ["u1", "u2", "u3", "u4", "u5", "u6"]
    assert rows(server, "MATCH (u:User {ring_id: $ring}) RETURN count(u)", ring=ring_id) == [(6,)]
    cards = rows(server, "MATCH (:User)-[e:EVIDENCE {ring_id: $ring}]->(c:Card) RETURN DISTINCT c.number",
                 ring=ring_id)  # fmt: skip
    assert {name for (name,) in cards} <= {"A", "B"}
    assert cards
    high = dict(rows(server, "MATCH (u:User) RETURN u.id, u:HighRisk"))
    risk = dict(rows(server, "MATCH (u:User) RETURN u.id, u.risk"))
    assert high == {name: value >= 0.5 for name, value in risk.items()}
    assert high["u1"]
    assert rows(server, "MATCH (r:Run {is_current: true}) RETURN r.id") == [(run.run_id,)]


def test_the_documented_statements_take_back_all_that_was_written(
    server: Neo4jServer, tmp_path: Path
) -> None:
    server.run(SIX)
    before = read_graph(server)
    detect_in_store(open_mapped(tmp_path, PAIRS))
    assert before.difference(read_graph(server))
    page = (ROOT / "docs" / "neo4j-pull.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```cypher\n(.*?)```", page, re.DOTALL)
    for statement in block.replace(":Customer", ":User").split(";\n")[:-1]:
        server.run(statement)
    assert server.run("SHOW CONSTRAINTS YIELD name RETURN name") == []
    assert not before.difference(read_graph(server))


def test_what_a_later_run_does_not_find_goes(server: Neo4jServer, tmp_path: Path) -> None:
    server.run(SIX)
    shop = open_mapped(tmp_path, PAIRS)
    detect_in_store(shop)
    server.run("MATCH (u:User) SET u:VIP REMOVE u:Blocked")
    server.run("MATCH (:User)-[l:HAS]->(:Card {number: 'B'}) DELETE l")
    server.run("MATCH (u:User)-[l:HAS]->(c:Card {number: 'A'}) WHERE u.id > 'u1' DELETE l")
    detect_in_store(shop)
    assert rows(server, "MATCH (r:Ring) RETURN r.id") == []
    assert rows(server, "MATCH ()-[e:EVIDENCE]->() RETURN count(e)") == [(0,)]
    assert rows(server, "MATCH (u:User) WHERE u.ring_id IS NOT NULL OR u:HighRisk RETURN count(u)") == [(0,)]
    assert rows(server, "MATCH (u:VIP) RETURN count(u)") == [(207,)]


@pytest.mark.parametrize("moment", ["lose_high_risk", "set_scores", "gain_high_risk"])
def test_a_write_back_that_is_cut_off_is_finished_by_the_next(
    server: Neo4jServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    server.run(SIX)
    shop = open_mapped(tmp_path, PAIRS)
    detect_in_store(shop)
    server.run("MATCH (u:User {id: 'u100'}) SET u:HighRisk")  # somebody else's mark
    server.run("MATCH (u:User) WHERE u.id IN ['u1', 'u2'] REMOVE u:Blocked")
    server.run("MATCH (:User)-[l:HAS]->(c:Card) WHERE c.number IN ['A', 'B'] DELETE l")
    server.run("MATCH (u:User) WHERE u.id IN ['u200', 'u201'] SET u:Blocked")
    write = BatchWriter.write

    def cut_off(writer: BatchWriter, statement: Statement, *given: Any, **flags: Any) -> None:
        if statement.name.endswith(moment):
            raise KeyboardInterrupt
        write(writer, statement, *given, **flags)

    monkeypatch.setattr(BatchWriter, "write", cut_off)
    with pytest.raises(KeyboardInterrupt):
        detect_in_store(shop)
    monkeypatch.setattr(BatchWriter, "write", write)
    detect_in_store(shop)
    marked = rows(server, "MATCH (u:HighRisk) WHERE u.id <> 'u100' RETURN u.id ORDER BY u.id")
    assert marked == rows(server, "MATCH (u:User) WHERE u.risk >= 0.5 RETURN u.id ORDER BY u.id")
    assert rows(server, "MATCH (u:User:HighRisk {id: 'u100'}) RETURN count(u)") == [(1,)]


def test_spaces_around_an_identifier_hide_no_evidence(server: Neo4jServer, tmp_path: Path) -> None:
    server.run(SIX)
    server.run("MATCH (c:Card) WHERE c.number IN ['A', 'B'] SET c.number = ' ' + c.number + ' '")
    shop = open_mapped(tmp_path, PAIRS)
    assert written(detect_in_store(shop).pushed)["Card EVIDENCE of instrument"] > 0
    found = rows(server, "MATCH (:User)-[e:EVIDENCE]->(c:Card) RETURN DISTINCT c.number")
    assert {name for (name,) in found} <= {" A ", " B "}
    assert found
    assert written(detect_in_store(shop).pushed) == {}


def test_of_their_graph_only_what_is_added_to_it_is_checked(server: Neo4jServer, tmp_path: Path) -> None:
    server.run(SIX)
    shop = open_mapped(tmp_path, PAIRS)
    detect_in_store(shop)
    report = check_graph_server(tmp_path)
    assert report.is_fine
    assert "search" not in {finding.subject for finding in report.findings}
    made = rows(server, "SHOW INDEXES YIELD type, labelsOrTypes WHERE type <> 'LOOKUP' RETURN labelsOrTypes")
    assert {name for (labels,) in made for name in labels} == OURS  # type: ignore[attr-defined]


def test_evidence_that_a_person_wrote_on_stays_and_is_theirs(server: Neo4jServer, tmp_path: Path) -> None:
    server.run(SIX)
    shop = open_mapped(tmp_path, PAIRS)
    detect_in_store(shop)
    server.run(
        "MATCH (u:User)-[e:EVIDENCE]->(c:Card)"
        " WITH e, u, c ORDER BY u.id, c.number LIMIT 1 SET e.note = 'seen'"
    )
    server.run("MATCH (:User)-[l:HAS]->(c:Card) WHERE c.number IN ['A', 'B'] DELETE l")
    detect_in_store(shop)
    found = rows(server, "MATCH (:User)-[e:EVIDENCE]->(:Card) RETURN e.note, e.content_digest")
    assert found == [("seen", None)]


def test_names_that_are_taken_are_never_written_to(server: Neo4jServer, tmp_path: Path) -> None:
    server.run(SIX)
    server.run("MATCH (u:User {id: 'u1'}) SET u.risk = 'their own word'")
    before = read_graph(server)
    with pytest.raises(
        GraphServerError, match="1 nodes have properties that graphrisk did not write"
    ) as told_:
        detect_in_store(open_mapped(tmp_path, PAIRS))
    assert "score_prefix" in told_.value.remedy
    assert not before.difference(read_graph(server))

    detect_in_store(open_mapped(tmp_path, '[graph]\nscore_prefix = "gr_"\n' + PAIRS))
    assert rows(server, "MATCH (u:User {id: 'u1'}) RETURN u.risk, u.gr_risk > 0.5") == [
        ("their own word", True)
    ]


def test_what_others_call_ring_run_evidence_and_high_risk_stays(server: Neo4jServer, tmp_path: Path) -> None:
    server.run(SIX)
    server.run(
        "MATCH (u:User {id: 'u100'}), (c:Card {number: 'A'}) SET u:HighRisk"
        " CREATE (:Run {name: 'marathon'}), (u)-[:MEMBER_OF]->(:Ring {name: 'gold'})"
        " CREATE (u)-[:EVIDENCE {by: 'me'}]->(c)"
    )
    shop = open_mapped(tmp_path, PAIRS)
    detect_in_store(shop)
    detect_in_store(shop)
    assert rows(server, "MATCH (r:Run {name: 'marathon'}) RETURN keys(r)") == [(["name"],)]
    kept = rows(
        server, "MATCH (:Ring {name: 'gold'})<-[:MEMBER_OF]-(u:HighRisk)-[e:EVIDENCE]->() RETURN u.id, e.by"
    )
    assert kept == [("u100", "me")]


def test_hostile_ids_and_names_are_only_texts(server: Neo4jServer, tmp_path: Path) -> None:
    hostile = ["'; DROP TABLE link;--", "`}) DETACH DELETE n //", "a\u202eb", "\U0001f525", 'q"uo\\te', " x "]
    server.run(
        "CREATE (c:Card {number: 'A'}) WITH c UNWIND $ids AS id CREATE (u:User:Blocked {id: id})-[:HAS]->(c)",
        ids=hostile,
    )
    server.run("UNWIND range(100, 300) AS i CREATE (:User {id: 'u' + i})")
    run = detect_in_store(open_mapped(tmp_path, PAIRS)).run
    assert set(run.accounts.account_id) >= {text.strip() for text in hostile}
    scored = rows(server, "MATCH (u:User)-[:MEMBER_OF]->(:Ring) WHERE u.risk > 0 RETURN u.id")
    assert {name for (name,) in scored} == set(hostile)


def test_a_list_is_no_id_and_a_point_is_its_text(server: Neo4jServer, tmp_path: Path) -> None:
    server.run("CREATE (:User {id: point({x: 1, y: 2})}), (:User {id: [1, 2]}), (:User {id: 'u'})")
    shop = open_mapped(tmp_path, PAIRS + "\n[limits]\nmax_bad_share = 0.9\n")
    pull_workspace(shop)
    ids = [name for (name,) in told(shop, "SELECT account_id FROM known_account")]
    assert sorted(map(str, ids)) == ["point({x: 1.0, y: 2.0, crs: 'cartesian'})", "u"]


# ---- graphrisk's own vocabulary ----------------------------------------------------------------------------


@pytest.mark.slow
def test_a_pushed_graph_pulled_elsewhere_is_the_same_input(server: Neo4jServer, tmp_path: Path) -> None:
    tables, shop_folder = tmp_path / "tables", tmp_path / "shop"
    call("simulate", str(tables), "--accounts", "300", "--seed", "3", "--days", "30")
    call("run", str(tables), "--workspace", str(shop_folder))
    config = shop_folder / "graphrisk.toml"
    config.write_text(config.read_text() + "\n[neo4j]\npayments = true\n", encoding="utf-8")
    call("neo4j", "push", "--workspace", str(shop_folder))
    pushed = read_graph(server)

    elsewhere = tmp_path / "elsewhere"
    answer = json.loads(call("detect", "--store", server.uri, "--workspace", str(elsewhere), "--json"))
    original = Workspace.open(shop_folder).latest().record
    counts = dict(original.counts)
    assert answer["run"]["counts"]["accounts"] == counts["accounts"]
    assert answer["run"]["counts"]["shared_links"] == counts["shared_links"]
    assert answer["run"]["counts"]["labelled_bad"] == counts["labelled_bad"]
    assert (elsewhere / "graphrisk.toml").exists()
    call("neo4j", "push", "--workspace", str(shop_folder))
    assert not pushed.difference(read_graph(server)), "a push brings its own run back, and nothing else stays"


def call(*arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("graphrisk")), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


# ---- what is refused ---------------------------------------------------------------------------------------


def test_a_label_that_no_node_has_is_told_beside_those_that_are_there(
    server: Neo4jServer, tmp_path: Path
) -> None:
    server.run("CREATE (:Klient {id: 1}), (:Karte {id: 2})")
    with pytest.raises(InputError, match=r"no node has the label 'User'; .*'Karte', 'Klient'"):
        pull_workspace(open_mapped(tmp_path, PAIRS))


def test_a_workspace_of_a_graph_is_not_pushed_and_not_loaded(server: Neo4jServer, tmp_path: Path) -> None:
    server.run(SIX)
    shop = open_mapped(tmp_path, PAIRS)
    pull_workspace(shop)
    with pytest.raises(ConfigError, match="come from a graph"):
        shop.load()
    with pytest.raises(ConfigError, match="come from the graph itself"):
        shop.push()


def test_tables_and_a_graph_in_one_workspace_are_refused(tmp_path: Path) -> None:
    table = '[tables.t]\nfiles = "t.csv"\n[tables.t.account]\nid = "id"\n'
    with pytest.raises(ConfigError, match="not from both"):
        pull_workspace(open_mapped(tmp_path, PAIRS + table))


def test_a_workspace_with_tables_is_its_own_source(server: Neo4jServer, shop: Workspace) -> None:
    done = detect_in_store(shop)
    assert done.pulled is None
    assert rows(server, "MATCH (a:Account) RETURN count(a)") == [(11,)]
    assert rows(server, "MATCH (r:Run {is_current: true}) RETURN r.id") == [(done.run.run_id,)]
