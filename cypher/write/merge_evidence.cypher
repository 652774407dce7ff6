// Write the hops of the strongest paths: each parameter is a column. The ends are found by internal id, and only if they still
// are what was compared: an internal id may have been given to another node since.
CYPHER 5
UNWIND range(0, size($start) - 1) AS i
MATCH (a:Account) WHERE id(a) = $start[i] AND a.content_digest = $start_digest[i]
MATCH (b:Identifier) WHERE id(b) = $end[i] AND b.content_digest = $end_digest[i]
MERGE (a)-[l:EVIDENCE]->(b)
SET l.ring_id = $ring_id[i],
    l.bits = $bits[i],
    l.account_count = $account_count[i],
    l.words = $words[i],
    l.run_id = $run_id[i],
    l.content_digest = $content_digest[i],
    l.kind = NULL, // these two are a write-back's
    l.identifier_property = NULL
RETURN count(DISTINCT i) AS written
