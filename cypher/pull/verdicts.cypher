// What a property says of accounts, in columns.
CYPHER 5
MATCH (a:`{account}`)
WHERE a[$verdict] IS NOT NULL
WITH collect(a) AS accounts
UNWIND range(0, size(accounts) - 1, $rows) AS at
CALL (accounts, at) {
    UNWIND accounts[at..at + $rows] AS a
    RETURN collect(id(a)) AS account, collect(coalesce(toStringOrNull(a[$verdict]), '')) AS verdict,
        collect(coalesce(toStringOrNull(a[$reported_at]), '')) AS reported_at
}
RETURN account, verdict, reported_at
