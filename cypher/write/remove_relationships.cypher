// Remove relationships of ours that nothing supports any more, if they still are what was compared. One that a person
// wrote a property on stays, and is theirs from now on.
CYPHER 5
UNWIND range(0, size($relationship) - 1) AS i
MATCH (:`{start}`)-[l:`{type}`]->(:`{end}`) WHERE id(l) = $relationship[i] AND l.content_digest = $digest[i]
WITH l, all(name IN keys(l) WHERE name IN $properties) AS is_ours
FOREACH (ours IN CASE WHEN is_ours THEN [l] ELSE [] END | DELETE ours)
FOREACH (theirs IN CASE WHEN is_ours THEN [] ELSE [l] END | REMOVE theirs.content_digest)
RETURN count(CASE WHEN is_ours THEN 1 END) AS removed
