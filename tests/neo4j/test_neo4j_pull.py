"""A graph that only Neo4j has, in labels and types of somebody else: read, searched for rings, scored."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from graph_snapshots import read_graph
from mapped_graphs import PAIRS, SIX, open_mapped, rows, told, written
from marketplace_in_neo4j import fill_marketplace
from neo4j_server import Neo4jServer, in_environment

from graphrisk.errors import ConfigError, InputError
from graphrisk.workspace import Workspace
from graphrisk.workspace.pulling import detect_in_store, open_graph_workspace, pull_workspace

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("GRAPHRISK_DATA", ROOT.parent / "shared" / "data")) / "marketplace_graph"


@pytest.fixture(autouse=True)
def server(empty_neo4j: Neo4jServer) -> Iterator[Neo4jServer]:
    """Told to whoever asks the environment."""
    with in_environment(empty_neo4j):
        yield empty_neo4j


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
    # The server says in which order nodes come
    bad = told(shop, "SELECT table_name, column_name, value, reason FROM quarantine ORDER BY ALL")
    assert bad == [
        ("Kund:in `x`", "account_id", "", "missing_key"),
        ("Kund:in `x`-USED BY-Device.serial as device", "seen_at", "not a time", "wrong_type"),
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


# ---- hostile and strange names ----------------------------------------------------------------------------


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


def test_a_second_pull_at_the_same_time_is_told_to_wait(server: Neo4jServer, tmp_path: Path) -> None:
    server.run(SIX)
    shop = open_mapped(tmp_path, PAIRS)
    pulled = tmp_path / ".pulled" / "accounts.parquet"
    pulled.parent.mkdir()
    pulled.write_bytes(b"another one's")
    with shop.writing():
        told_ = subprocess.run(
            [sys.executable, "-m", "graphrisk", "neo4j", "pull", "-w", str(tmp_path)],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
    assert told_.returncode == 5, told_.stderr
    assert "another process is using this workspace" in told_.stderr
    assert pulled.exists()
    pull_workspace(shop)
    assert not pulled.parent.exists()


def test_tables_and_a_graph_in_one_workspace_are_refused(tmp_path: Path) -> None:
    table = '[tables.t]\nfiles = "t.csv"\n[tables.t.account]\nid = "id"\n'
    with pytest.raises(ConfigError, match="not from both"):
        pull_workspace(open_mapped(tmp_path, PAIRS + table))


def test_a_workspace_with_tables_is_its_own_source(server: Neo4jServer, shop: Workspace) -> None:
    done = detect_in_store(shop)
    assert done.pulled is None
    assert rows(server, "MATCH (a:Account) RETURN count(a)") == [(11,)]
    assert rows(server, "MATCH (r:Run {is_current: true}) RETURN r.id") == [(done.run.run_id,)]
