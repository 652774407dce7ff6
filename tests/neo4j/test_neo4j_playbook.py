"""The questions on a real server: answers worked out on paper from tests/neo4j/two_rings.py. Those about what
was done are in test_neo4j_enforcement.py."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from neo4j_server import Neo4jServer, wipe
from two_rings import make_two_rings

from graphrisk.errors import ConfigError, GraphServerBusyError, GraphServerError
from graphrisk.flows.play import bind_values, choose_question, play_question
from graphrisk.model.graph_schema import graph_schema
from graphrisk.model.graph_values import Answer, GraphNode, GraphPath, GraphRelationship, value_words
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.questions import Question, parse_question
from graphrisk.stores.neo4j.answers import Neo4jQuestions
from graphrisk.stores.neo4j.connection import GraphConnection, open_neo4j, server_errors
from graphrisk.stores.neo4j.playbook import read_playbook
from graphrisk.stores.neo4j.schema import ensure_schema
from graphrisk.stores.neo4j.target import Neo4jTarget

SCHEMA = graph_schema(BUILT_IN_KINDS)
Ask = Callable[..., list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def connection(neo4j_server: Neo4jServer) -> Iterator[GraphConnection]:
    """To a server that has the two rings."""
    wipe(neo4j_server)
    target = Neo4jTarget(neo4j_server.uri, neo4j_server.user, "neo4j", neo4j_server.password)
    with open_neo4j(target) as opened:
        ensure_schema(opened, SCHEMA)
        make_two_rings(neo4j_server)
        yield opened


@pytest.fixture(scope="module")
def ask(connection: GraphConnection) -> Ask:
    """The rows of a question, with what a person reads for nodes, relationships and paths."""

    def rows(name: str, **given: str) -> list[tuple[object, ...]]:
        question = choose_question(read_playbook(), name)
        answer = play_question(
            Neo4jQuestions(connection, SCHEMA, 10.0), question, bind_values(question, given)
        )
        return [tuple(map(readable, row)) for row in answer.rows]

    return rows


def readable(value: object) -> object:
    if isinstance(value, GraphNode):
        return value.properties["id"]
    if isinstance(value, list):
        return [readable(each) for each in value]
    return value_words(value) if isinstance(value, GraphRelationship | GraphPath) else value


def test_the_top_rings_are_those_found_and_the_best_comes_first(ask: Ask) -> None:
    # RING-X has the best score, but is gone
    assert ask("top_rings") == [
        ("RING-A", 0.9, 3, 2, 0, 0, 3500, "EUR", "household", -2.1, "because of RING-A"),
        ("RING-B", 0.5, 2, 2, 0, 0, 3500, "EUR", None, None, "because of RING-B"),
    ]
    assert [row[0] for row in ask("top_rings", min_score="0.6")] == ["RING-A"]
    assert [row[0] for row in ask("top_rings", min_size="3")] == ["RING-A"]
    assert [row[0] for row in ask("top_rings", limit="1")] == ["RING-A"]


def test_a_ring_comes_with_its_members_and_what_ties_them_and_nothing_else(ask: Ask) -> None:
    device, card = "EVIDENCE: same device", "EVIDENCE: same instrument"
    # The core before the fringe, the riskiest first, the strongest tie first
    expected = [
        ("RING-A", "MEMBER_OF: a1 belongs", "a1", device, "D1"),
        ("RING-A", "MEMBER_OF: a2 belongs", "a2", device, "D1"),
        ("RING-A", "MEMBER_OF: a2 belongs", "a2", card, "C9"),
        ("RING-A", "MEMBER_OF: a3 belongs", "a3", device, "D1"),
        ("RING-A", "MEMBER_OF: a3 belongs", "a3", card, "C9"),
    ]
    assert ask("ring_with_evidence", ring_id="RING-A") == expected
    assert ask("ring_with_evidence", ring_id="RING-A", member_limit="1") == expected[:1]


def test_two_rings_are_joined_by_members_and_by_strangers_who_share_with_both(ask: Ask) -> None:
    # a2 shares its phone P1 with b2. b2 shares P1 with a2, and D2 with b1. x shares its card C1 with a3,
    # and D2 with RING-B. That a1, b1 and x were seen at W says nothing.
    expected = [
        ("a2", "RING-A", 0.8, "RING-A", ["C9", "P1", "D1"], "RING-B", ["P1"]),
        ("b2", "RING-B", 0.3, "RING-A", ["P1"], "RING-B", ["D2"]),
        ("x", None, 0.7, "RING-A", ["C1"], "RING-B", ["D2"]),
    ]
    assert ask("accounts_between_rings", ring_id="RING-A") == expected
    assert ask("accounts_between_rings", ring_id="RING-A", other_ring_id="RING-B") == expected
    assert ask("accounts_between_rings", ring_id="RING-A", other_ring_id="RING-X") == []


def test_a_neighbourhood_shows_a_hub_with_its_number_and_nobody_behind_it(ask: Ask) -> None:
    assert ask("account_neighbourhood", account_id="a1") == [
        ("a1", None),
        ("a1 -[MEMBER_OF]-> RING-A", None),
        ("a1 -[HAS_PHONE]-> P2 ×2", None),
        ("a1 -[USED_DEVICE]-> D1 ×3", None),
        ("a1 -[SEEN_AT]-> W ×1000", 999),
        ("a1 -[HAS_PHONE]-> P2 ×2 <-[HAS_PHONE]- y", None),
        ("a1 -[USED_DEVICE]-> D1 ×3 <-[USED_DEVICE]- a2", None),
        ("a1 -[USED_DEVICE]-> D1 ×3 <-[USED_DEVICE]- a3", None),
        ("a1 -[PAID]-> a2", None),
        ("a1 -[PAID]-> s1", None),
    ]
    # With two partners s1 is a hub of payments itself: one is allowed here, and S1 has two accounts
    assert ask("account_neighbourhood", account_id="s1", hub_accounts="1") == [
        ("s1", 2), ("s1 -[PAID_WITH]-> S1 ×2", 1),
    ]  # fmt: skip


def test_what_known_bad_accounts_touched_comes_with_those_of_whom_nothing_is_known(ask: Ask) -> None:
    # a1 and y have the phone P2, and nobody else has it. Then what a1 alone touched: whom it paid, what few
    # have.
    by_one = [
        ("a2", "PAID", 1, None, None, []),
        ("s1", "PAID", 1, None, None, []),
        ("D1", "USED_DEVICE", 1, 3, 2, ["a2", "a3"]),
        ("W", "SEEN_AT", 1, 1000, None, []),
    ]
    assert ask("touched_by_known_bad") == [("P2", "HAS_PHONE", 2, 2, 0, []), *by_one]
    alone = ask("touched_by_known_bad", account_id="a1")
    assert alone == [*by_one[:2], ("P2", "HAS_PHONE", 1, 2, 0, []), *by_one[2:]]
    assert ask("touched_by_known_bad", account_id="a2") == []  # not known bad


def test_sellers_who_share_a_payout_come_with_what_they_were_paid(ask: Ask) -> None:
    # s1: 3 and 1 payments, 35.00 EUR; s2: 1 for 7.00 USD, 2 for 9.00 EUR. a2 is paid, too, but by itself.
    row = ("S1", 2, 2, ["s1", "s2"], 7, 1, ["4400 EUR", "700 USD"])
    assert ask("shared_payouts") == [row]
    assert ask("shared_payouts", kind="instrument") == [row]
    assert ask("shared_payouts", kind="device") == []
    assert ask("shared_payouts", min_sellers="3") == []


def test_new_rings_come_before_changed_ones_with_the_members_that_are_new(ask: Ask) -> None:
    assert ask("new_since_last_run") == [
        ("new", "RING-B", 0.5, 2, 2, ["b1", "b2"], "because of RING-B"),
        ("changed", "RING-A", 0.9, 3, 1, ["a3"], "because of RING-A"),
    ]
    assert ask("new_since_last_run", run_id="run-1") == [
        ("new", "RING-A", 0.9, 3, 2, ["a1", "a2"], "because of RING-A")
    ]


def test_rings_are_alike_by_size_and_by_the_kinds_that_hold_them_together(ask: Ask) -> None:
    # RING-A: half devices, half cards. RING-B: devices alone. In common .5; sizes 2 and 3.
    (row,) = ask("rings_like_this_one", ring_id="RING-A")
    assert row[:1] + row[2:] == ("RING-B", 2, 0.5, ["1 device"], "because of RING-B")
    assert row[1] == pytest.approx(0.5 * 2 / 3)
    assert ask("rings_like_this_one", ring_id="RING-A", size_factor="1.4") == []  # 2 x 1.4 < 3


def test_the_shortest_evidence_goes_through_no_hub(ask: Ask) -> None:
    # a1 and x were both seen at W, which 1,000 accounts share
    first, second, third = ask("shortest_evidence", account_id="a1", other_account_id="x", limit="3")
    assert first == (
        "a1 -[USED_DEVICE]-> D1 ×3 <-[USED_DEVICE]- a3 -[PAID_WITH]-> C1 ×2 <-[PAID_WITH]- x", 2, 3,
    )  # fmt: skip
    longer = "D1 ×3 <-[USED_DEVICE]- a2 -[PAID_WITH]-> C9 ×2 <-[PAID_WITH]- a3 -[PAID_WITH]-> C1 ×2"
    assert second == (f"a1 -[USED_DEVICE]-> {longer} <-[PAID_WITH]- x", 3, 3)
    assert third[1:] == (3, 3)
    through_hub = ask("shortest_evidence", account_id="a1", other_account_id="x", hub_accounts="1000")
    assert through_hub[0] == ("a1 -[SEEN_AT]-> W ×1000 <-[SEEN_AT]- x", 1, 1000)


def test_what_a_ring_has_in_common_says_how_much_of_it_is_the_rings_own(ask: Ask) -> None:
    times = {day: (datetime(2026, 1, day, 1), datetime(2026, 1, 3, 2)) for day in (1, 2)}  # noqa: DTZ001
    assert ask("busiest_identifiers_of_ring", ring_id="RING-A") == [
        ("D1", "device", 3, 3, 1.0, *times[1]),
        ("C9", "instrument", 2, 2, 1.0, *times[2]),
    ]
    alone = ask("busiest_identifiers_of_ring", ring_id="RING-B", min_members="1")
    assert [row[:5] for row in alone] == [
        ("D2", "device", 2, 3, 0.667),
        ("P1", "phone", 1, 2, 0.5),
        ("W", "ip", 1, 1000, 0.001),
    ]


def test_money_that_stays_in_the_ring_is_not_among_what_leaves_it(ask: Ask) -> None:
    found = ask("money_out_of_ring", ring_id="RING-A")
    assert [row[:8] for row in found] == [
        ("s1", None, 0.1, 2, 4, 3500, "EUR", 1),
        ("s2", None, 0.05, 1, 1, 700, "USD", 0),
    ]
    assert found[0][8:] == (datetime(2026, 1, 4), datetime(2026, 1, 6))  # noqa: DTZ001


def test_a_ring_that_may_have_come_back_is_told_with_which_it_was(ask: Ask) -> None:
    day = datetime(2026, 1, 3)  # noqa: DTZ001
    match = ("RING-B", "RING-X", 0.8, day, "same tempo", 4.0, "tempo +4.0 bits")
    hint = ("RING-B", "RING-A", 0.1, day, "a little of everything", 1.0, "tempo +1.0 bits")
    assert ask("come_back") == [match, hint]
    assert ask("come_back", min_probability="0.7") == [match]
    assert ask("come_back", ring_id="RING-B", limit="1") == [match]
    assert ask("come_back", ring_id="RING-A") == []


def test_members_on_whom_nothing_is_to_be_done_automatically_come_first(ask: Ask) -> None:
    assert ask("members_to_look_at_first", ring_id="RING-A") == [
        ("a3", 0.6, False, "at the edge", "identity"),
        ("a1", 0.9, True, None, None),
        ("a2", 0.8, True, None, "identity,cash_out"),
    ]


def test_words_are_found_in_shown_names(ask: Ask) -> None:
    ((node, labels, id_, name, score),) = ask("search", text="smith")
    assert (node, labels, id_, name) == ("x", ["Account", "HighRisk"], "x", "Xavier Smith")
    assert isinstance(score, float)
    assert {row[0] for row in ask("search", text="RING*")} == {"RING-A", "RING-B", "RING-X"}


def test_the_index_for_words_is_found_under_whatever_name_it_has(
    ask: Ask, connection: GraphConnection, neo4j_server: Neo4jServer
) -> None:
    neo4j_server.run("DROP INDEX graphrisk_search")
    neo4j_server.run(
        "CREATE FULLTEXT INDEX theirs FOR (n:Account|Identifier|Ring) ON EACH [n.caption, n.display_name]"
    )
    neo4j_server.run("CALL db.awaitIndexes()")
    try:
        assert [row[0] for row in ask("search", text="smith")] == ["x"]
    finally:
        neo4j_server.run("DROP INDEX theirs")
        ensure_schema(connection, SCHEMA)


def test_words_that_make_no_query_are_the_askers_mistake(ask: Ask) -> None:
    with pytest.raises(ConfigError, match="cannot be searched for"):
        ask("search", text='"smith')


def test_high_risk_outside_rings_comes_with_the_known_bad_it_shares_with(ask: Ask) -> None:
    # x shares a card with a3, of whom nothing is known, and W with a1, which says nothing. y has a1's phone.
    assert ask("high_risk_outside_rings") == [
        ("x", 0.7, None, "why x", 0, []),
        ("y", 0.55, "bad", "why y", 1, ["a1"]),
    ]
    assert [row[0] for row in ask("high_risk_outside_rings", min_risk="0.6")] == ["x"]


def test_a_rings_days_are_told_in_order(ask: Ask) -> None:
    told = [(row[0].isoformat()[5:16], *row[1:]) for row in ask("ring_timeline", ring_id="RING-A")]
    assert told == [
        ("01-01T00:00", "a1", "signed up", "GB", 1),
        ("01-01T01:00", "a1", "HAS_PHONE", "P2 ×2", 1),
        ("01-01T01:00", "a1", "SEEN_AT", "W ×1000", 1),
        ("01-01T01:00", "a1", "USED_DEVICE", "D1 ×3", 1),
        ("01-02T00:00", "a2", "signed up", "GB", 1),
        ("01-02T01:00", "a2", "HAS_PHONE", "P1 ×2", 1),
        ("01-02T01:00", "a2", "PAID_WITH", "C9 ×2", 1),
        ("01-02T01:00", "a2", "USED_DEVICE", "D1 ×3", 1),
        ("01-03T00:00", "a3", "signed up", "GB", 1),
        ("01-03T01:00", "a3", "PAID_WITH", "C1 ×2", 1),
        ("01-03T01:00", "a3", "PAID_WITH", "C9 ×2", 1),
        ("01-03T01:00", "a3", "USED_DEVICE", "D1 ×3", 1),
        ("01-04T00:00", "a1", "PAID", "s1", 3),
        ("01-05T00:00", "a2", "PAID", "s1", 1),
        ("01-06T00:00", "a2", "PAID", "s2", 1),
        ("01-07T00:00", "a1", "PAID", "a2", 1),
    ]


def test_why_an_account_is_where_it_is_comes_reason_by_reason(ask: Ask) -> None:
    assert ask("why_this_account", account_id="a2") == [
        ("risk", 0.8, "why a2", "a2"),
        ("core of a ring", 10.0, "a2 belongs", "RING-A"),
        ("evidence", 10.0, "same device", "D1"),
        ("evidence", 8.0, "same instrument", "C9"),
        ("shared with known bad", 1.0, "1 known bad of 3 accounts", "D1"),
        ("paid by known bad", 1.0, "100 EUR in minor units", "a1"),
    ]
    assert ask("why_this_account", account_id="a1") == [
        ("risk", 0.9, "why a1", "a1"),
        ("known", None, "bad", "a1"),
        ("core of a ring", 12.0, "a1 belongs", "RING-A"),
        ("evidence", 10.0, "same device", "D1"),
        ("shared with known bad", 1.0, "1 known bad of 2 accounts", "P2"),
    ]


# What the command does, whatever the question


def made_up(statement: str) -> Question:
    return parse_question(
        "99_made_up", f"// Made up\n// For a test.\n// $limit: integer, default 1: rows\n{statement}"
    )


def play(connection: GraphConnection, question: Question, seconds: float = 10.0) -> Answer:
    return play_question(Neo4jQuestions(connection, SCHEMA, seconds), question, bind_values(question, {}))


def test_a_question_cannot_write(connection: GraphConnection, neo4j_server: Neo4jServer) -> None:
    question = made_up("CREATE (n:Account {id: 'intruder'}) RETURN n\nLIMIT $limit")
    with pytest.raises(GraphServerError), server_errors(connection.target):
        play(connection, question)
    assert neo4j_server.run("MATCH (n {id: 'intruder'}) RETURN n LIMIT 1") == []


def test_the_server_ends_a_question_that_takes_too_long(connection: GraphConnection) -> None:
    question = made_up("UNWIND range(1, 100000000) AS i\nWITH sum(sin(i)) AS much\nRETURN much\nLIMIT $limit")
    with pytest.raises(GraphServerBusyError, match=r"99_made_up took longer than 0\.3 s"):
        play(connection, question, 0.3)


def test_every_type_of_value_comes_back_as_a_value(connection: GraphConnection) -> None:
    question = made_up(
        "RETURN 1 AS i, 1.5 AS f, true AS b, null AS n, 'x' AS s, [1, 'a'] AS l, {k: 2} AS m,"
        " datetime('2026-01-02T03:04:05+01:00') AS t, date('2026-01-02') AS d, duration('P1D') AS u,"
        " point({x: 1, y: 2}) AS p\nLIMIT $limit"
    )
    answer = play(connection, question)
    assert answer.columns == ("i", "f", "b", "n", "s", "l", "m", "t", "d", "u", "p")
    at = datetime(2026, 1, 2, 2, 4, 5)  # noqa: DTZ001 - naive UTC, as everywhere
    assert answer.rows[0][:8] == (1, 1.5, True, None, "x", [1, "a"], {"k": 2}, at)
    assert all(isinstance(value, str) for value in answer.rows[0][8:])


def test_the_installed_command_asks_and_answers(
    connection: GraphConnection, neo4j_server: Neo4jServer
) -> None:
    variables = {"NEO4J_URI": neo4j_server.uri, "NEO4J_PASSWORD": neo4j_server.password}
    command = [Path(sys.executable).with_name("graphrisk"), "neo4j", "playbook"]

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [*command, *arguments], env=variables, capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    table = run("9", "-p", "account_id=b1", "-p", "other_account_id=b2", "-p", "limit=1")
    assert table.splitlines() == [
        "# The shortest evidence between two accounts",
        "path\tsteps\tbusiest",
        "b1 -[USED_DEVICE]-> D2 ×3 <-[USED_DEVICE]- b2\t1\t3",
    ]
    told = json.loads(run("ring_with", "-p", "ring_id=RING-B", "--json"))
    assert (told["question"], told["parameters"]["limit"]) == ("02_ring_with_evidence", 200)
    first = told["rows"][0]
    assert first["account"]["labels"] == ["Account"]
    assert first["account"]["properties"]["id"] == "b1"
    assert first["evidence"]["type"] == "EVIDENCE"
    assert first["evidence"]["start"] == first["account"]["key"]
    assert first["evidence"]["end"] == first["identifier"]["key"]
