// Nodes of a label in the order of one property.
CYPHER 5
CREATE RANGE INDEX `{name}` IF NOT EXISTS
FOR (n:`{label}`) ON (n.`{property}`)
