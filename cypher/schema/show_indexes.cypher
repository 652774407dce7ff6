// Every index on nodes, those behind constraints included, with its state.
CYPHER 5
SHOW INDEXES
YIELD name, type, entityType, labelsOrTypes, properties, state, populationPercent, owningConstraint, failureMessage
WHERE entityType = 'NODE' AND type IN ['RANGE', 'FULLTEXT']
RETURN name, type, labelsOrTypes AS labels, properties, state, populationPercent AS percent,
    owningConstraint AS constraint, failureMessage AS failure
ORDER BY name
