// Write who got a payment: each parameter is a column. The ends are found by internal id, and only if they still
// are what was compared: an internal id may have been given to another node since.
CYPHER 5
UNWIND range(0, size($start) - 1) AS i
MATCH (a:Payment) WHERE id(a) = $start[i] AND a.content_digest = $start_digest[i]
MATCH (b:Account) WHERE id(b) = $end[i] AND b.content_digest = $end_digest[i]
MERGE (a)-[l:TO]->(b)
SET l.content_digest = $content_digest[i]
RETURN count(DISTINCT i) AS written
