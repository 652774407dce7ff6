// Members of one ring who are treated differently
// The members of a ring by what is in force on them and why that is so: what the latest plan about each says, which
// guardrail stands in its way, what was taken back; the most frequent first, each with the riskiest.
//
// $ring_id: text, for example 'RING-7K3QX': the ring's name
// $limit: integer, default 50: treatments at most
CYPHER 5
MATCH (ring:Ring {id: $ring_id})<-[membership:MEMBER_OF]-(account:Account)
CALL (account) {
    OPTIONAL MATCH (account)<-[proposal:PROPOSES]-(plan:Plan)
    RETURN plan, proposal
    ORDER BY plan.created_at DESC, plan.id
    LIMIT 1
}
WITH membership, account, coalesce(account.enforcement_state, 'nothing') AS treatment,
    CASE
        WHEN proposal IS NULL AND account.enforcement_plan_id IS NOT NULL THEN 'by ' + account.enforcement_plan_id
        WHEN proposal IS NULL THEN 'no plan says anything of them'
        WHEN proposal.ended_at IS NOT NULL THEN plan.id + ': ' + proposal.outcome + coalesce(' by ' + proposal.ended_by, '')
        ELSE plan.id + ' ' + plan.status + ': ' + proposal.bucket + coalesce(' ' + proposal.tier, '')
            + coalesce(', blocked by ' + proposal.blocked_by, '')
    END AS why
ORDER BY membership.account_risk DESC, account.id
WITH treatment, why, collect(account) AS accounts, max(membership.account_risk) AS risk,
    collect(DISTINCT membership.not_automatic)[..3] AS not_automatic
RETURN treatment, why, size(accounts) AS member_count, risk, not_automatic, accounts[..5] AS riskiest
ORDER BY member_count DESC, treatment, why
LIMIT $limit
