"""What runs of as-of times before $before say of names, read from all that they wrote.

Each constant is a common table expression, or a query of them; the later ones need the earlier ones.
"""

from __future__ import annotations

PAST = "past AS (SELECT run_id, as_of FROM run WHERE as_of < $before)"

# One row for each as-of time: how many came after it
MOMENT = """moment AS (
    SELECT as_of, row_number() OVER (ORDER BY as_of DESC) - 1 AS missed_count
    FROM (SELECT DISTINCT as_of FROM past))"""

# One row for each name: when it was given first and last, and by how many members; of two runs of one time,
# the one whose id comes last counts
GIVEN = """given AS (
    SELECT r.ring_id, min(p.as_of) AS born_at, max(p.as_of) AS last_at, count(*) AS run_count,
           arg_max(CAST(r.size AS BIGINT), (p.as_of, r.run_id)) AS last_count
    FROM ring r JOIN past p ON p.run_id = r.run_id GROUP BY r.ring_id)"""

# Where its last merger led, if nobody gave the name since; and whether it was given up since
ENDED = """ended AS (
    SELECT e.ring_id,
           arg_max(e.other_ring_id, (p.as_of, e.run_id)) FILTER (e.event = 'merged') AS merged_into,
           bool_or(e.event = 'dissolved') AS dissolved
    FROM ring_event e JOIN past p ON p.run_id = e.run_id JOIN given g ON g.ring_id = e.ring_id
    WHERE p.as_of > g.last_at GROUP BY e.ring_id)"""

# One row for each ring of each run: how many times ago that was, and since when the name is missed
APPEARED = """seen AS (
    SELECT r.ring_id, r.run_id, m.as_of,
           dense_rank() OVER (PARTITION BY r.ring_id ORDER BY m.as_of DESC) - 1 AS age,
           count(*) OVER (PARTITION BY r.ring_id, m.as_of) AS run_count,
           min(m.missed_count) OVER (PARTITION BY r.ring_id) AS missed_count
    FROM ring r JOIN past p ON p.run_id = r.run_id JOIN moment m ON m.as_of = p.as_of)"""

NAMES = f"""
    WITH {PAST}, {MOMENT}, {GIVEN}, {ENDED}
    SELECT g.ring_id, m.missed_count, g.last_count, e.merged_into, coalesce(e.dissolved, false) AS dissolved,
           g.born_at, g.last_at, g.run_count
    FROM given g JOIN moment m ON m.as_of = g.last_at LEFT JOIN ended e ON e.ring_id = g.ring_id
    ORDER BY g.born_at, g.ring_id"""

APPEARANCES = f"""
    WITH {PAST}, {MOMENT}, {APPEARED}
    SELECT c.ring_id, c.account_id, s.age, s.run_count, c.weight
    FROM ring_carrier c JOIN seen s ON s.run_id = c.run_id AND s.ring_id = c.ring_id
    WHERE s.age < $memory_count AND s.missed_count < $missed_count"""

# Other runs of one very time: a name that they gave is remembered as of then, and was given at the latest
_BESIDE = """
    twin AS (SELECT run_id FROM run WHERE as_of = $as_of AND run_id <> $run),
    twin_given AS (
        SELECT r.ring_id, count(*) AS run_count, arg_max(CAST(r.size AS BIGINT), r.run_id) AS last_count
        FROM ring r JOIN twin t ON t.run_id = r.run_id GROUP BY r.ring_id)"""

NAMES_BESIDE = f"""
    WITH {_BESIDE}
    SELECT coalesce(p.ring_id, g.ring_id) AS ring_id,
           CASE WHEN g.ring_id IS NULL THEN p.missed_count ELSE 0 END AS missed_count,
           coalesce(g.last_count, p.last_count) AS last_count,
           CASE WHEN g.ring_id IS NULL THEN p.merged_into END AS merged_into,
           g.ring_id IS NULL AND p.dissolved AS dissolved
    FROM past_name p FULL JOIN twin_given g ON g.ring_id = p.ring_id
    ORDER BY p.place NULLS LAST, g.ring_id"""

APPEARANCES_BESIDE = f"""
    WITH {_BESIDE},
    earlier AS (
        SELECT p.ring_id, p.account_id, p.age + CASE WHEN g.ring_id IS NULL THEN 0 ELSE 1 END AS age,
               p.run_count, p.weight
        FROM past_appearance p LEFT JOIN twin_given g ON g.ring_id = p.ring_id)
    FROM earlier WHERE age < $memory_count
    UNION ALL
    SELECT c.ring_id, c.account_id, 0, g.run_count, c.weight
    FROM ring_carrier c JOIN twin t ON t.run_id = c.run_id JOIN twin_given g ON g.ring_id = c.ring_id"""

CHAPTERS = """
    SELECT n.run_id, n.as_of, e.event, e.other_ring_id, coalesce(r.size, 0),
           coalesce(e.earlier_account_count, r.size), r.score
    FROM run n
    LEFT JOIN ring r ON r.run_id = n.run_id AND r.ring_id = $ring
    LEFT JOIN ring_event e ON e.run_id = n.run_id AND e.ring_id = $ring
    WHERE r.ring_id IS NOT NULL OR e.ring_id IS NOT NULL
    ORDER BY n.as_of, n.run_id, e.event, e.other_ring_id"""
