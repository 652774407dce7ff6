// What the server is. Without a Cypher version, so that servers that are too old answer as well.
CALL dbms.components() YIELD name, versions, edition
RETURN name, versions[0] AS version, edition
