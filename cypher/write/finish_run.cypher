// The run whose scores stand in the graph, complete.
CYPHER 5
MATCH (r:Run)
SET r.is_current = (r.id = $run_id)
WITH r WHERE r.id = $run_id AND r.written_at IS NULL
SET r.written_at = datetime()
