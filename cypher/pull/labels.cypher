// Which labels there are, for whoever mapped one that no node has.
CYPHER 5
CALL db.labels() YIELD label
RETURN label
ORDER BY label
LIMIT 50
