// Write what a run says of accounts: each parameter is a column. A node is found by internal id, and only if it still has the id
// that was compared. The names of the properties are parameters, too.
CYPHER 5
UNWIND range(0, size($node) - 1) AS i
MATCH (a:`{label}`) WHERE id(a) = $node[i] AND toStringOrNull(a[$id_name]) = $key[i]
SET a[$risk_name] = $risk[i],
    a[$propagated_name] = $propagated[i],
    a[$reason_name] = $reason[i],
    a[$ring_id_name] = $ring_id[i],
    a[$score_digest_name] = $score_digest[i]
RETURN count(*) AS written
