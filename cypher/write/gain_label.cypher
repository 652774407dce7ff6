// Accounts that get a label.
CYPHER 5
UNWIND range(0, size($node) - 1) AS i
MATCH (a:Account) WHERE id(a) = $node[i] AND a.content_digest = $digest[i]
SET a:`{label}`
RETURN count(*) AS written
