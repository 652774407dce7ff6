// Write what plans do with accounts: each parameter is a column. The ends are found by internal id, and only if they
// still are what was compared: an internal id may have been given to another node since.
CYPHER 5
UNWIND range(0, size($start) - 1) AS i
MATCH (a:Plan) WHERE id(a) = $start[i] AND a.content_digest = $start_digest[i]
MATCH (b:Account) WHERE id(b) = $end[i] AND b.content_digest = $end_digest[i]
MERGE (a)-[l:PROPOSES]->(b)
SET l.bucket = $bucket[i],
    l.present = $present[i],
    l.wanted = $wanted[i],
    l.tier = $tier[i],
    l.blocked_by = $blocked_by[i],
    l.reasons = $reasons[i],
    l.ring_id = $ring_id[i],
    l.from_at = CASE WHEN $from_at[i] IS NOT NULL THEN datetime.fromEpochMillis($from_at[i] / 1000) END,
    l.until_at = CASE WHEN $until_at[i] IS NOT NULL THEN datetime.fromEpochMillis($until_at[i] / 1000) END,
    l.outcome = $outcome[i],
    l.ended_at = CASE WHEN $ended_at[i] IS NOT NULL THEN datetime.fromEpochMillis($ended_at[i] / 1000) END,
    l.ended_by = $ended_by[i],
    l.content_digest = $content_digest[i]
RETURN count(DISTINCT i) AS written
