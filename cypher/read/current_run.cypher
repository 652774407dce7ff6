// The newest run that was written here; written_at is null while its scores are not complete.
CYPHER 5
MATCH (r:Run) WHERE r.content_digest IS NOT NULL
RETURN r.id AS id, r.written_at IS NOT NULL AS is_complete
ORDER BY r.started_at DESC, r.id DESC
LIMIT 1
