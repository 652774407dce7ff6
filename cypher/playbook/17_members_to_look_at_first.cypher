// Members to look at first
// The members of a ring: first those on whom nothing should be done automatically, with the reason, then the
// others; each with the detectors that have it in a group of their own. Whom one detector alone has is held by
// less than whom several have.
//
// $ring_id: text, for example 'RING-7K3QX': the ring's name
// $limit: integer, default 100: members at most
CYPHER 5
MATCH (ring:Ring {id: $ring_id})<-[membership:MEMBER_OF]-(account:Account)
WITH membership, account, size(split(coalesce(membership.detectors, ''), ',')) AS detector_count
RETURN account.id AS account, membership.account_risk AS risk, membership.core AS core,
    membership.not_automatic AS not_automatic, membership.detectors AS detectors
ORDER BY membership.not_automatic IS NULL, detector_count, risk DESC, account
LIMIT $limit
