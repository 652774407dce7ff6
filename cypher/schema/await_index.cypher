// Wait until an index is online, $seconds at most.
CYPHER 5
CALL db.awaitIndex($name, $seconds)
