// Accounts and the identifiers one relationship away, in columns, by internal ids. A column whose property is not mapped is empty.
CYPHER 5
MATCH (a:`{account}`)
WITH collect(a) AS accounts
UNWIND range(0, size(accounts) - 1, $rows) AS at
CALL (accounts, at) {
    UNWIND accounts[at..at + $rows] AS a
    MATCH (a)-[l:`{type}`]-(b:`{label}`)
    RETURN collect(id(a)) AS account, collect(id(b)) AS identifier,
        collect(CASE WHEN $seen_at IS NOT NULL THEN coalesce(toStringOrNull(l[$seen_at]), '') END) AS seen_at,
        collect(CASE WHEN $last_seen_at IS NOT NULL THEN coalesce(toStringOrNull(l[$last_seen_at]), '') END) AS last_seen_at,
        collect(CASE WHEN $event_count IS NOT NULL THEN coalesce(toStringOrNull(l[$event_count]), '') END) AS event_count
}
RETURN account, identifier, seen_at, last_seen_at, event_count
