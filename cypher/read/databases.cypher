// The databases that the user may know of.
CYPHER 5
SHOW DATABASES YIELD name, aliases, currentStatus, statusMessage, access
RETURN name, aliases, currentStatus AS status, statusMessage AS message, access = 'read-only' AS is_read_only
