// Which of the procedures $names the server has and the user may call.
CYPHER 5
SHOW PROCEDURES EXECUTABLE YIELD name WHERE name IN $names
RETURN name
