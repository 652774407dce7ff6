// The run whose scores stand in the graph; written_at is null while they are not complete.
CYPHER 5
MATCH (r:Run) WHERE r.content_digest IS NOT NULL AND (r.is_current OR r.written_at IS NULL)
RETURN r.id AS id, r.written_at IS NOT NULL AS is_complete
ORDER BY coalesce(r.is_current, false) DESC, r.started_at DESC
LIMIT 1
