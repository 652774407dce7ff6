// Payments that are nodes beside their payer, in columns; nobody is known to be paid.
CYPHER 5
MATCH (a:`{payer}`)
WITH collect(a) AS payers
UNWIND range(0, size(payers) - 1, $rows) AS at
CALL (payers, at) {
    UNWIND payers[at..at + $rows] AS a
    MATCH (a)-[:`{type}`]-(p:`{node}`)
    RETURN collect(id(a)) AS account, collect(coalesce(toStringOrNull(p[$id]), toString(id(p)))) AS payment_id,
        collect('') AS payee_id,
        collect(coalesce(toStringOrNull(p[$amount]), '')) AS amount,
        collect(coalesce(toStringOrNull(p[$currency]), '')) AS currency,
        collect(coalesce(toStringOrNull(p[$status]), '')) AS status,
        collect(coalesce(toStringOrNull(p[$category]), '')) AS category,
        collect(coalesce(toStringOrNull(p[$paid_at]), '')) AS paid_at
}
RETURN account, payment_id, payee_id, amount, currency, status, category, paid_at
