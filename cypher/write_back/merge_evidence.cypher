// Write the hops of the strongest paths: each parameter is a column. The identifier is the one that the account has a relationship to.
CYPHER 5
UNWIND range(0, size($start) - 1) AS i
MATCH (a:`{account}`) WHERE id(a) = $start[i] AND toStringOrNull(a[$id_name]) = $key[i]
MATCH (a)-[:`{type}`]-(b:`{label}`) WHERE trim(toStringOrNull(b[$identifier_name])) = $text[i]
WITH DISTINCT i, a, b
MERGE (a)-[l:EVIDENCE {kind: $kind, identifier_property: $identifier_name}]->(b)
SET l.ring_id = $ring_id[i],
    l.bits = $bits[i],
    l.account_count = $account_count[i],
    l.words = $words[i],
    l.run_id = $run_id[i],
    l.content_digest = $content_digest[i]
RETURN count(*) AS written
