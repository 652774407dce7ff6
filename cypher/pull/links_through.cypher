// Accounts and the identifiers two relationships away, in columns, by internal ids; times and counts of the node between.
CYPHER 5
MATCH (a:`{account}`)
WITH collect(a) AS accounts
UNWIND range(0, size(accounts) - 1, $rows) AS at
CALL (accounts, at) {
    UNWIND accounts[at..at + $rows] AS a
    MATCH (a)-[:`{type}`]-(m)-[:`{next_type}`]-(b:`{label}`)
    RETURN collect(id(a)) AS account, collect(id(b)) AS identifier,
        collect(CASE WHEN $seen_at IS NOT NULL THEN coalesce(toStringOrNull(m[$seen_at]), '') END) AS seen_at,
        collect(CASE WHEN $last_seen_at IS NOT NULL THEN coalesce(toStringOrNull(m[$last_seen_at]), '') END) AS last_seen_at,
        collect(CASE WHEN $event_count IS NOT NULL THEN coalesce(toStringOrNull(m[$event_count]), '') END) AS event_count
}
RETURN account, identifier, seen_at, last_seen_at, event_count
