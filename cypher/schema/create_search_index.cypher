// Words of captions and shown names. Eventually consistent: the server fills it behind the writes.
CYPHER 5
CREATE FULLTEXT INDEX graphrisk_search IF NOT EXISTS
FOR (n:Account|Identifier|Ring) ON EACH [n.caption, n.display_name]
OPTIONS {indexConfig: {`fulltext.eventually_consistent`: true}}
