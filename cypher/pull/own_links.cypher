// Accounts and an identifier that is a property of theirs, in columns; each item of a list is one.
CYPHER 5
MATCH (a:`{account}`)
WITH collect(a) AS accounts
UNWIND range(0, size(accounts) - 1, $rows) AS at
CALL (accounts, at) {
    UNWIND accounts[at..at + $rows] AS a
    WITH a, a[$identifier] AS held
    WHERE held IS NOT NULL
    UNWIND CASE WHEN held IS :: LIST<ANY> THEN held ELSE [held] END AS one
    RETURN collect(id(a)) AS account, collect(coalesce(toStringOrNull(one), '')) AS identifier
}
RETURN account, identifier
