// Whether the user may write: run in a transaction that is rolled back.
CYPHER 5
CREATE (n:Account {id: $id})
RETURN 1 AS written
