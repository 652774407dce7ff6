// Write which rings may have come back: each parameter is a column. The ends are found by internal id, and only if they still
// are what was compared: an internal id may have been given to another node since.
CYPHER 5
UNWIND range(0, size($start) - 1) AS i
MATCH (a:Ring) WHERE id(a) = $start[i] AND a.content_digest = $start_digest[i]
MATCH (b:Ring) WHERE id(b) = $end[i] AND b.content_digest = $end_digest[i]
MERGE (a)-[l:RESEMBLES]->(b)
SET l.probability = $probability[i],
    l.bits = $bits[i],
    l.taken_down_at = CASE WHEN $taken_down_at[i] IS NOT NULL THEN datetime.fromEpochMillis($taken_down_at[i] / 1000) END,
    l.words = $words[i],
    l.aspects = $aspects[i],
    l.run_id = $run_id[i],
    l.content_digest = $content_digest[i]
RETURN count(DISTINCT i) AS written
