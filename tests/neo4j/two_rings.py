"""A graph small enough for paper, on which every question of the playbook has an answer.

RING-A  a1 (core, known bad, risk .9)   a2 (core, .8)   a3 (fringe, .6)
RING-B  b1 (core, .4)   b2 (core, .3)
RING-X  is gone: a person's notes keep it, no run has it any more
x (.7) and y (.55, known bad) are of high risk, but in no ring; s1 and s2 (known good) sell

D1  device      a1 a2 a3            C1  card    a3 x          W  IP, a hub: 1,000 accounts, of them
D2  device      b1 b2 x             C9  card    a2 a3            a1 b1 x stand here
P1  phone       a2 b2               P2  phone   a1 y
S1  card   s1 s2

evidence  RING-A: a1 a2 a3 -> D1, 10 bits;  a2 a3 -> C9, 8 bits        RING-B: b1 b2 -> D2, 9 bits
          RING-X: a2 -> P1, 9.5 bits
like      RING-B works like RING-X: .8, taken down on 3 January, and like RING-A: .1
members   a3 is not for automatic action; a2 was found by two detectors, a1 by none that is known
payments  a1 -> s1  3 for 30.00 EUR, one charged back      a1 -> a2  1 for 1.00 EUR
          a2 -> s1  1 for 5.00 EUR                         x  -> s2  2 for 9.00 EUR
          a2 -> s2  1 for 7.00 USD
runs      run-1, then run-2 (current): RING-A is of run-1, and a3 is new in it; RING-B is new
"""

from __future__ import annotations

from neo4j_server import Neo4jServer

_NODES = """
CREATE (:Run {id: 'run-1', caption: 'run-1', is_current: false})
CREATE (:Run {id: 'run-2', caption: 'run-2', is_current: true})
WITH 1 AS one
UNWIND [
    ['RING-A', 0.9, 3, 'found', 'run-2', 'run-1'], ['RING-B', 0.5, 2, 'found', 'run-2', 'run-2'],
    ['RING-X', 0.99, 3, 'gone', 'run-1', 'run-1']
] AS row
CREATE (:Ring {id: row[0], caption: row[0], score: row[1], size: row[2], core_count: 2, status: row[3],
    run_id: row[4], first_run_id: row[5], labelled_bad_count: 0, labelled_good_count: 0,
    exposure_minor: 3500, currency: 'EUR', reasons: 'because of ' + row[0]})
WITH DISTINCT 1 AS one
MATCH (a:Ring {id: 'RING-A'}) SET a.innocent = 'household', a.innocent_bits = -2.13
WITH DISTINCT 1 AS one
UNWIND [
    ['a1', 0.9, 'RING-A', 'bad', 1], ['a2', 0.8, 'RING-A', null, 2], ['a3', 0.6, 'RING-A', null, 3],
    ['b1', 0.4, 'RING-B', null, null], ['b2', 0.3, 'RING-B', null, null],
    ['x', 0.7, null, null, null], ['y', 0.55, null, 'bad', null],
    ['s1', 0.1, null, null, null], ['s2', 0.05, null, 'good', null]
] AS row
CREATE (a:Account {id: row[0], caption: row[0], risk: row[1], ring_id: row[2], verdict: row[3],
    market: 'GB', reason: 'why ' + row[0]})
FOREACH (day IN [each IN row[4..] WHERE each IS NOT NULL] |
    SET a.created_at = datetime({year: 2026, month: 1, day: day}))
FOREACH (_ IN CASE WHEN row[1] >= 0.5 THEN [1] ELSE [] END | SET a:HighRisk)
FOREACH (_ IN CASE WHEN row[3] = 'bad' THEN [1] ELSE [] END | SET a:KnownBad)
FOREACH (_ IN CASE WHEN row[3] = 'good' THEN [1] ELSE [] END | SET a:KnownGood)
FOREACH (_ IN CASE WHEN row[0] = 'x' THEN [1] ELSE [] END | SET a.display_name = 'Xavier Smith')
"""
_IDENTIFIERS = """
UNWIND [
    ['D1', 'device', 'Device', 3], ['D2', 'device', 'Device', 3], ['C1', 'instrument', 'Instrument', 2],
    ['C9', 'instrument', 'Instrument', 2], ['S1', 'instrument', 'Instrument', 2],
    ['P1', 'phone', 'Phone', 2], ['P2', 'phone', 'Phone', 2], ['W', 'ip', 'Ip', 1000]
] AS row
CREATE (i:Identifier {id: row[0], kind: row[1], account_count: row[3], caption: row[0] + ' ×' + row[3]})
FOREACH (_ IN CASE WHEN row[2] = 'Device' THEN [1] ELSE [] END | SET i:Device)
FOREACH (_ IN CASE WHEN row[2] = 'Instrument' THEN [1] ELSE [] END | SET i:Instrument)
FOREACH (_ IN CASE WHEN row[2] = 'Phone' THEN [1] ELSE [] END | SET i:Phone)
FOREACH (_ IN CASE WHEN row[2] = 'Ip' THEN [1] ELSE [] END | SET i:Ip)
"""
_LINK = """
UNWIND $rows AS row
MATCH (a:Account {id: row[0]}) MATCH (i:Identifier {id: row[1]})
CREATE (a)-[:`%s` {event_count: 1, first_seen_at: a.created_at + duration('PT1H'),
    last_seen_at: a.created_at + duration('PT2H')}]->(i)
"""
_MEMBERS = """
UNWIND [
    ['a1', 'RING-A', true, 12.0, 'run-1'], ['a2', 'RING-A', true, 10.0, 'run-1'],
    ['a3', 'RING-A', false, 8.0, 'run-2'], ['b1', 'RING-B', true, 9.0, 'run-2'],
    ['b2', 'RING-B', true, 9.0, 'run-2']
] AS row
MATCH (a:Account {id: row[0]}) MATCH (r:Ring {id: row[1]})
CREATE (a)-[:MEMBER_OF {core: row[2], bits: row[3], account_risk: a.risk, run_id: row[4],
    reasons: a.id + ' belongs'}]->(r)
WITH DISTINCT 1 AS one
UNWIND [
    ['a1', 'D1', 'RING-A', 10.0], ['a2', 'D1', 'RING-A', 10.0], ['a3', 'D1', 'RING-A', 10.0],
    ['a2', 'C9', 'RING-A', 8.0], ['a3', 'C9', 'RING-A', 8.0], ['a2', 'P1', 'RING-X', 9.5],
    ['b1', 'D2', 'RING-B', 9.0], ['b2', 'D2', 'RING-B', 9.0]
] AS row
MATCH (a:Account {id: row[0]}) MATCH (i:Identifier {id: row[1]})
CREATE (a)-[:EVIDENCE {ring_id: row[2], bits: row[3], account_count: i.account_count, run_id: 'run-2',
    words: 'same ' + i.kind}]->(i)
"""
_LIKE = """
UNWIND [['RING-X', 0.8, 4.0, 'same tempo'], ['RING-A', 0.1, 1.0, 'a little of everything']] AS row
MATCH (b:Ring {id: 'RING-B'}) MATCH (former:Ring {id: row[0]})
CREATE (b)-[:RESEMBLES {probability: row[1], bits: row[2], words: row[3], run_id: 'run-2',
    taken_down_at: datetime('2026-01-03'), aspects: 'tempo +' + row[2] + ' bits'}]->(former)
WITH DISTINCT 1 AS one
MATCH (a:Account)-[m:MEMBER_OF]->(:Ring {id: 'RING-A'})
SET m.not_automatic = CASE a.id WHEN 'a3' THEN 'at the edge' END,
    m.detectors = CASE a.id WHEN 'a2' THEN 'identity,cash_out' WHEN 'a3' THEN 'identity' END
"""
_PAID = """
UNWIND [
    ['a1', 's1', 3, 3000, 'EUR', 1, 4], ['a2', 's1', 1, 500, 'EUR', 0, 5], ['a2', 's2', 1, 700, 'USD', 0, 6],
    ['a1', 'a2', 1, 100, 'EUR', 0, 7], ['x', 's2', 2, 900, 'EUR', 0, 8]
] AS row
MATCH (a:Account {id: row[0]}) MATCH (b:Account {id: row[1]})
CREATE (a)-[:PAID {count: row[2], amount_minor: row[3], currency: row[4], chargeback_count: row[5],
    first_at: datetime({year: 2026, month: 1, day: row[6]}),
    last_at: datetime({year: 2026, month: 1, day: row[6] + 1})}]->(b)
"""
_LINKS = {
    "USED_DEVICE": "a1 D1, a2 D1, a3 D1, b1 D2, b2 D2, x D2",
    "PAID_WITH": "a3 C1, x C1, a2 C9, a3 C9, s1 S1, s2 S1",
    "HAS_PHONE": "a2 P1, b2 P1, a1 P2, y P2",
    "SEEN_AT": "a1 W, b1 W, x W",
}


def make_two_rings(server: Neo4jServer) -> None:
    """Into a database that has its constraints and indexes, and nothing else."""
    for statement in (_NODES, _IDENTIFIERS):
        server.run(statement)
    for name, pairs in _LINKS.items():
        server.run(_LINK % name, rows=[pair.split() for pair in pairs.split(", ")])
    for statement in (_MEMBERS, _LIKE, _PAID):
        server.run(statement)
    server.run("CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()")
