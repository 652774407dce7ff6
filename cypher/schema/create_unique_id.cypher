// One node an id under this label. The constraint brings the index that the load and every look-up by id go through.
CYPHER 5
CREATE CONSTRAINT `{name}` IF NOT EXISTS
FOR (n:`{label}`) REQUIRE n.id IS UNIQUE
