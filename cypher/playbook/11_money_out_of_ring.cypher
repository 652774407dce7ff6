// Where a ring's money goes
// Who outside of the ring was paid by its members, the payees of most members first: where it cashes out, or
// whom it defrauds.
//
// $ring_id: text, for example 'RING-7K3QX': the ring's name
// $limit: integer, default 25: payees at most, a row for each currency
CYPHER 5
MATCH (ring:Ring {id: $ring_id})<-[:MEMBER_OF]-(member:Account)
MATCH (member)-[paid:PAID]->(payee:Account)
WHERE coalesce(payee.ring_id, '') <> ring.id
RETURN payee, payee.ring_id AS payee_ring, payee.risk AS payee_risk, count(DISTINCT member) AS payer_count,
    sum(paid.count) AS payment_count, sum(paid.amount_minor) AS amount_minor, paid.currency AS currency,
    sum(paid.chargeback_count) AS chargeback_count, min(paid.first_at) AS first_at, max(paid.last_at) AS last_at
ORDER BY payer_count DESC, payment_count DESC, payee.id, currency
LIMIT $limit
