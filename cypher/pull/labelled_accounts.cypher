// Accounts that have a label, in columns; $means says what it stands for.
CYPHER 5
MATCH (a:`{account}`:`{has_label}`)
WITH collect(a) AS accounts
UNWIND range(0, size(accounts) - 1, $rows) AS at
CALL (accounts, at) {
    UNWIND accounts[at..at + $rows] AS a
    RETURN collect(id(a)) AS account, collect($means) AS verdict,
        collect(coalesce(toStringOrNull(a[$reported_at]), '')) AS reported_at
}
RETURN account, verdict, reported_at
