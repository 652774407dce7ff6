// The run whose scores stand in the graph, complete. Somebody else may call other things a Run.
CYPHER 5
MATCH (r:Run) WHERE r.content_digest IS NOT NULL
SET r.is_current = (r.id = $run_id)
WITH r WHERE r.id = $run_id AND r.written_at IS NULL
SET r.written_at = datetime()
