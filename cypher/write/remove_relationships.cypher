// Remove relationships of ours that nothing supports any more, if they still are what was compared.
CYPHER 5
UNWIND range(0, size($relationship) - 1) AS i
MATCH (:`{start}`)-[l:`{type}`]->(:`{end}`) WHERE id(l) = $relationship[i] AND l.content_digest = $digest[i]
DELETE l
RETURN count(*) AS written
