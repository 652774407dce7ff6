"""What a run found is written into somebody else's graph, and nothing else there is touched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graph_snapshots import read_graph
from mapped_graphs import OURS, PAIRS, SIX, open_mapped, rows, written
from neo4j_server import Neo4jServer, in_environment

from graphrisk.errors import GraphServerError
from graphrisk.stores.neo4j.batches import BatchWriter
from graphrisk.stores.neo4j.statements import Statement
from graphrisk.workspace.checking import check_graph_server
from graphrisk.workspace.pulling import detect_in_store

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def server(empty_neo4j: Neo4jServer) -> Iterator[Neo4jServer]:
    """Told to whoever asks the environment."""
    with in_environment(empty_neo4j):
        yield empty_neo4j


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


def test_rings_that_share_a_card_are_tied_in_their_graph_and_no_longer_once_they_do_not(
    server: Neo4jServer, tmp_path: Path
) -> None:
    server.run(SIX)
    server.run("""
        CREATE (c:Card {number: 'C'}), (d:Card {number: 'D'}), (t:Card {number: 'T'})
        WITH c, d, t UNWIND range(11, 15) AS i
        CREATE (u:User {id: 'u' + i})-[:HAS]->(c) CREATE (u)-[:HAS]->(d)
        WITH t, collect(u)[0] AS first MATCH (other:User {id: 'u5'})
        CREATE (first)-[:HAS]->(t) CREATE (other)-[:HAS]->(t)""")
    shop = open_mapped(tmp_path, PAIRS)
    detect_in_store(shop)
    ties = "MATCH (a:Ring)-[t:TIED_TO]->(b:Ring) RETURN a.size + b.size, t.identifier_count, t.words"
    # next to u5, whose company is known as bad, u11 is of that ring: its cards tie it to the other
    words = [f"same payment instrument {card} (5 accounts ever)" for card in "CD"]
    assert rows(server, ties) == [(11, 2, " and ".join(words))]
    server.run("MATCH (:Card {number: 'T'})<-[l:HAS]-() DELETE l")
    detect_in_store(shop)
    assert rows(server, ties) == []


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


def test_a_second_membership_of_a_persons_own_stops_no_write_back(
    server: Neo4jServer, tmp_path: Path
) -> None:
    server.run(SIX)
    shop = open_mapped(tmp_path, PAIRS)
    detect_in_store(shop)
    server.run(
        "MATCH (u:User {id: 'u1'})-[m:MEMBER_OF]->(r:Ring) SET m.content_digest = 1"
        " CREATE (u)-[:MEMBER_OF]->(r)"
    )
    report = detect_in_store(shop).pushed
    assert written(report) == {"User MEMBER_OF": 1}


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
