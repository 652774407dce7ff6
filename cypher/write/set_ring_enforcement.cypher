// Write what is in force on the members of rings: each parameter is a column.
CYPHER 5
UNWIND range(0, size($node) - 1) AS i
MATCH (r:Ring) WHERE id(r) = $node[i] AND r.content_digest = $digest[i]
SET r.enforced_count = $enforced_count[i],
    r.strongest_enforcement = $strongest_enforcement[i],
    r.enforcement_digest = $enforcement_digest[i]
RETURN count(*) AS written
