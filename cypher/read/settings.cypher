// The settings $names, as far as the server tells them.
CYPHER 5
SHOW SETTINGS YIELD name, value WHERE name IN $names
RETURN name, value
