// Write links of one kind of identifier that are not there yet: each parameter is a column. The ends are found by internal id, and only
// if they still are what was compared: an internal id may have been given to another node since.
CYPHER 5
UNWIND range(0, size($start) - 1) AS i
MATCH (a:Account) WHERE id(a) = $start[i] AND a.content_digest = $start_digest[i]
MATCH (b:`{label}`) WHERE id(b) = $end[i] AND b.content_digest = $end_digest[i]
CREATE (a)-[l:`{relationship}` {
    first_seen_at: CASE WHEN $first_seen_at[i] IS NOT NULL THEN datetime.fromEpochMillis($first_seen_at[i] / 1000) END,
    last_seen_at: CASE WHEN $last_seen_at[i] IS NOT NULL THEN datetime.fromEpochMillis($last_seen_at[i] / 1000) END,
    event_count: $event_count[i],
    content_digest: $content_digest[i]
}]->(b)
RETURN count(*) AS written
