// Write which rings plans are about: each parameter is a column. The ends are found by internal id, and only if they
// still are what was compared: an internal id may have been given to another node since.
CYPHER 5
UNWIND range(0, size($start) - 1) AS i
MATCH (a:Plan) WHERE id(a) = $start[i] AND a.content_digest = $start_digest[i]
MATCH (b:Ring) WHERE id(b) = $end[i] AND b.content_digest = $end_digest[i]
MERGE (a)-[l:TOUCHES]->(b)
SET l.account_count = $account_count[i],
    l.action_count = $action_count[i],
    l.blocked_count = $blocked_count[i],
    l.strongest = $strongest[i],
    l.is_shown = $is_shown[i],
    l.content_digest = $content_digest[i]
RETURN count(DISTINCT i) AS written
