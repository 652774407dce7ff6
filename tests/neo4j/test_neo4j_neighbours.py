"""Others write into the graph while a push does, and have written before.

What is theirs stays, and what is ours is as if they had not been there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import neo4j
import pytest
from forked_push import push_through
from graph_snapshots import read_graph
from handmade_shop import OFFICE
from neo4j_server import Neo4jServer, in_environment, wipe
from small_market import PUSH_SECONDS, begin_push, copy_market, environment, make_market
from tables_on_disk import make_workspace

from graphrisk.workspace import Workspace
from graphrisk.workspace.pushing import push_workspace

HUB_LINKS = 1_200
LINKED = """
data = "."
[neo4j]
batch_rows = 40
[tables.uses]
files = ["uses.csv"]
[[tables.uses.link]]
kind = "device"
account = "account"
identifier = "device"
"""


@pytest.fixture(scope="module")
def prepared(neo4j_server: Neo4jServer) -> Iterator[Neo4jServer]:
    """The server; its constraints stay from test to test, because plans go with them."""
    wipe(neo4j_server)
    with in_environment(neo4j_server):
        yield neo4j_server


@pytest.fixture
def connected(prepared: Neo4jServer) -> Neo4jServer:
    """The server, where no node is."""
    prepared.run("MATCH (n) DETACH DELETE n")
    return prepared


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """A workspace in which 1,200 accounts share one device; a push links them in 30 transactions."""
    rows = "".join(f"a{at:04},hub\n" for at in range(HUB_LINKS))
    shop = make_workspace(tmp_path / "hub", LINKED, {"uses.csv": "account,device\n" + rows})
    shop.load()
    return shop.folder


class Neighbour:
    """Somebody who writes on the hub and on accounts around it, over and over, until `stop`: properties, and
    relationships, locking now the hub and now the account first."""

    # (:Account)-[:ASKED_ABOUT {n}]->(:Device {id: 'hub'}), and n on both ends
    FROM_THE_HUB = """
    MATCH (d:Device {id: 'hub'}) SET d.asked = $n
    WITH d MATCH (a:Account) WHERE a.id IN $ids SET a.asked = $n
    CREATE (a)-[:ASKED_ABOUT {n: $n}]->(d)
    """
    TO_THE_HUB = """
    MATCH (a:Account) WHERE a.id IN $ids SET a.asked = $n
    WITH a MATCH (d:Device {id: 'hub'}) SET d.asked = $n
    CREATE (a)-[:ASKED_ABOUT {n: $n}]->(d)
    """

    def __init__(self, server: Neo4jServer) -> None:
        self.server = server
        self.written: list[tuple[int, str]] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(PUSH_SECONDS)
        assert not self._thread.is_alive()

    def _work(self) -> None:
        with self.server.driver() as driver, driver.session() as session:
            n = 0
            while not self._stopped.is_set():
                n += 1
                ids = [f"a{(n * 37 + step * 101) % HUB_LINKS:04}" for step in range(10)]
                statement = self.FROM_THE_HUB if n % 2 else self.TO_THE_HUB
                found = session.execute_write(_write, statement, n, ids)
                self.written += [(n, account) for account in found]


def _write(transaction: neo4j.ManagedTransaction, statement: str, n: int, ids: list[str]) -> list[str]:
    result = transaction.run(f"{statement} RETURN a.id AS id", n=n, ids=ids)
    return [record["id"] for record in result]


@contextmanager
def neighbour(server: Neo4jServer) -> Iterator[Neighbour]:
    working = Neighbour(server)
    try:
        yield working
    finally:
        working.stop()


@pytest.mark.slow
def test_a_push_gets_through_beside_somebody_who_writes_on_the_same_hub(
    hub: Path, connected: Neo4jServer, tmp_path: Path
) -> None:
    push_through(hub, connected, tmp_path)
    whole = read_graph(connected)
    # All links are to be written again, and half of the accounts
    connected.run("MATCH (:Account)-[l:USED_DEVICE]->(:Device) DELETE l")
    connected.run("MATCH (a:Account) WHERE a.id < 'a0600' SET a.content_digest = 1")

    with neighbour(connected) as other:
        assert push_through(hub, connected, tmp_path) >= HUB_LINKS + 600
    assert len({n for n, _ in other.written}) > 1, "the other one never got a turn"

    found = connected.run("MATCH (a)-[l:ASKED_ABOUT]->(:Device {id: 'hub'}) RETURN l.n AS n, a.id AS id")
    assert sorted((row["n"], row["id"]) for row in found) == sorted(other.written)
    asked = connected.run("MATCH (n) WHERE n.asked IS NOT NULL RETURN count(*) AS count")
    assert asked == [{"count": len({account for _, account in other.written}) + 1}]

    connected.run("MATCH ()-[l:ASKED_ABOUT]->() DELETE l")
    connected.run("MATCH (n) REMOVE n.asked")
    assert not whole.difference(read_graph(connected))
    assert push_through(hub, connected, tmp_path) == 0


@pytest.mark.slow
def test_two_pushes_at_once_leave_the_graph_of_one(connected: Neo4jServer, tmp_path: Path) -> None:
    market = make_market(tmp_path)
    push_through(market, connected, tmp_path)
    whole = read_graph(connected)
    connected.run("MATCH (n) DETACH DELETE n")
    shops = (market, copy_market(market, tmp_path / "copy"))
    pushes = [begin_push(shop, environment(connected)) for shop in shops]
    said = [push.communicate(timeout=PUSH_SECONDS)[1] for push in pushes]
    assert {push.returncode for push in pushes} <= {0, 7}, said
    assert "Traceback" not in "".join(said)
    left = push_through(market, connected, tmp_path)
    assert left == 0 or 0 not in {push.returncode for push in pushes}
    assert not whole.difference(read_graph(connected))


def forget_everything(shop: Workspace) -> None:
    """Nothing stands in the workspace any more: a push removes all that is graphrisk's."""
    with shop.writing() as connection:
        for table in (
            "link", "account", "payment", "label", "ring", "ring_member", "evidence", "account_risk", "run",
        ):  # fmt: skip
            connection.execute(f"DELETE FROM {table}")


def test_nodes_that_a_person_wrote_on_stay_when_everything_else_goes(
    connected: Neo4jServer, shop: Workspace
) -> None:
    push_workspace(shop)
    for statement in (
        "MATCH (a:Account {id: 'acc1'}) SET a.note = 'called them'",
        "MATCH (a:Account {id: 'acc2'}) SET a:Watched",
        "MATCH (d:Device {id: 'D1'}) CREATE (d)<-[:SEIZED]-(:Case {id: 'C-7'})",
        "MATCH (r:Ring {id: 'RING-ALPHA'}) SET r.verdict = 'confirmed'",
        "MATCH (a:Account {id: 'acc3'}), (b:Account {id: 'acc4'}) CREATE (a)-[:KNOWS {since: 2019}]->(b)",
        "MATCH (:Account {id: 'acc5'})-[l:SEEN_AT]->() SET l.note = 'a café'",
        "MATCH (i:Instrument {id: 'C1'}) SET i:KnownBad",  # ours, but not on an instrument
        "MATCH (:Account {id: 'acc1'})-[l:PAID]->() SET l.kind = 'rent'",  # ours, but not on a payment
        "CREATE (:Account {id: 'own'})-[:USED_DEVICE {seen: 1}]->(:Device:Identifier {id: 'own'})",
        "CREATE (:Account {id: 7})",
        "CREATE (:Ring {id: 'their ring'})<-[:MEMBER_OF]-(:Account)",
    ):
        connected.run(statement)
    before = connected.run("MATCH (n) WHERE n.content_digest IS NULL RETURN elementId(n) AS e ORDER BY e")

    forget_everything(shop)
    push_workspace(shop)

    kept = connected.run(
        """MATCH (n) WHERE n.caption IS NOT NULL
        RETURN [name IN labels(n) WHERE name <> 'Identifier' AND name IN $ours][0] AS label, n.id AS id""",
        ours=["Account", "Device", "Instrument", "Ip", "Ring"],
    )
    assert sorted((row["label"], row["id"]) for row in kept) == [
        *(("Account", f"acc{at}") for at in (1, 2, 3, 4, 5)),
        ("Device", "D1"), ("Instrument", "C1"), ("Ip", OFFICE), ("Ring", "RING-ALPHA"),
    ]  # fmt: skip
    assert connected.run("MATCH (n) WHERE n.content_digest IS NOT NULL RETURN count(*) AS c") == [{"c": 0}]
    ring = connected.run("MATCH (r:Ring {id: 'RING-ALPHA'}) RETURN r.status AS status, r.verdict AS verdict")
    assert ring == [{"status": "gone", "verdict": "confirmed"}]
    assert connected.run("MATCH (a:Watched) RETURN a.id AS id") == [{"id": "acc2"}]
    links = connected.run("MATCH (a)-[l]->(b) RETURN type(l) AS type ORDER BY type")
    assert [row["type"] for row in links] == [
        "KNOWS",
        "MEMBER_OF",
        "PAID",
        "SEEN_AT",
        "SEIZED",
        "USED_DEVICE",
    ]
    after = connected.run("MATCH (n) WHERE n.caption IS NULL RETURN elementId(n) AS e ORDER BY e")
    assert after == before, "nodes of somebody else's making are the same ones"
    assert push_workspace(shop).is_empty, "what was left to a person is not looked at again"


def test_what_a_person_wrote_stays_when_the_node_is_written_again(
    connected: Neo4jServer, shop: Workspace
) -> None:
    push_workspace(shop)
    connected.run("MATCH (a:Account {id: 'acc1'}) SET a:Watched, a.note = 'called them', a.role = 'mistake'")
    connected.run("MATCH (:Account {id: 'acc1'})-[l:USED_DEVICE]->(:Device {id: 'D1'}) SET l.note = 'mine'")
    with shop.writing() as connection:
        connection.execute("UPDATE account SET display_name = 'new name' WHERE display_name IS NOT NULL")
        connection.execute("UPDATE link SET event_count = 99")
    assert not push_workspace(shop).is_empty
    account = connected.run(
        "MATCH (a:Account:Watched {id: 'acc1'}) RETURN a.note AS note, a.display_name AS name, a.role AS role"
    )
    assert account == [{"note": "called them", "name": "new name", "role": None}]
    link = connected.run(
        "MATCH (:Account {id: 'acc1'})-[l:USED_DEVICE]->(:Device {id: 'D1'}) "
        "RETURN l.note AS note, l.event_count AS count"
    )
    assert link == [{"note": "mine", "count": 99}]


def test_a_persons_second_relationship_of_the_same_type_stays(
    connected: Neo4jServer, shop: Workspace
) -> None:
    push_workspace(shop)
    connected.run(
        "MATCH (a:Account {id: 'acc1'}), (d:Device {id: 'D1'}) CREATE (a)-[:USED_DEVICE {note: 'mine'}]->(d)"
    )
    with shop.writing() as connection:
        connection.execute("UPDATE link SET event_count = 99")
    for _ in range(2):  # it may be taken for ours once
        push_workspace(shop)
    assert push_workspace(shop).is_empty
    links = connected.run(
        """MATCH (:Account {id: 'acc1'})-[l:USED_DEVICE]->(:Device {id: 'D1'})
        RETURN l.note AS note, l.event_count AS count ORDER BY note IS NULL"""
    )
    assert links == [{"note": "mine", "count": 99}, {"note": None, "count": 99}]


def test_a_node_that_a_person_made_first_is_filled_and_never_goes(
    connected: Neo4jServer, shop: Workspace
) -> None:
    connected.run(
        "CREATE (:Account {id: 'acc1'}), (:Device {id: 'D1'}), (:Account {id: 'acc2', note: 'mine'})"
    )
    push_workspace(shop)
    assert push_workspace(shop).is_empty
    filled = connected.run("MATCH (n {adopted: true}) RETURN n.id AS id, n.note AS note, n.caption AS c")
    assert sorted((row["id"], row["note"], row["c"] is not None) for row in filled) == [
        ("D1", None, True), ("acc1", None, True), ("acc2", "mine", True),
    ]  # fmt: skip
    forget_everything(shop)
    push_workspace(shop)
    left = connected.run(
        "MATCH (n) RETURN n.id AS id, n.note AS note, n.content_digest AS digest ORDER BY id"
    )
    assert [tuple(row.values()) for row in left] == [
        ("D1", None, None), ("acc1", None, None), ("acc2", "mine", None),
    ]  # fmt: skip
