// Remove evidence of ours that the run no longer gives, if it still is what was compared.
CYPHER 5
UNWIND range(0, size($relationship) - 1) AS i
MATCH ()-[l:EVIDENCE]->() WHERE id(l) = $relationship[i] AND l.content_digest = $digest[i]
DELETE l
RETURN count(*) AS written
