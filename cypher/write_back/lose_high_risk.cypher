// Accounts that are at high risk no longer.
CYPHER 5
UNWIND range(0, size($node) - 1) AS i
MATCH (a:`{label}`) WHERE id(a) = $node[i] AND toStringOrNull(a[$id_name]) = $key[i]
REMOVE a:HighRisk
RETURN count(*) AS written
