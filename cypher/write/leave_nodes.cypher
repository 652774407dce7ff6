// What a person wrote on stays, and is theirs from now on.
CYPHER 5
UNWIND range(0, size($node) - 1) AS i
MATCH (n:`{label}`) WHERE id(n) = $node[i] AND n.content_digest = $digest[i]
REMOVE n.content_digest, n.score_digest
FOREACH (run IN CASE WHEN n:Run THEN [n] ELSE [] END | SET run.is_current = false)
FOREACH (ring IN CASE WHEN n:Ring THEN [n] ELSE [] END | SET ring.status = 'gone')
RETURN count(*) AS written
