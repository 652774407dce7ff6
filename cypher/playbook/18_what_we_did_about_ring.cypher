// What we did about a ring
// First the plans that touch it, the latest first, with the strongest tier that each imposes there, on how many, and
// how many a guardrail kept from it. Then its members, the riskiest first, with what is in force on each.
//
// $ring_id: text, for example 'RING-7K3QX': the ring's name
// $limit: integer, default 100: rows at most
CYPHER 5
MATCH (ring:Ring {id: $ring_id})
CALL (ring) {
    MATCH (ring)<-[touch:TOUCHES]-(plan:Plan)
    RETURN 0 AS place, 'plan ' + plan.status AS what, touch.strongest AS tier, plan.created_at AS since,
        plan.expires_at AS until, plan.id AS by_plan,
        toString(touch.action_count) + ' acted on, ' + toString(touch.blocked_count) + ' blocked, of '
            + toString(touch.account_count) AS words,
        -toFloat(plan.created_at.epochMillis) AS sorted, plan AS about
    UNION ALL
    MATCH (ring)<-[membership:MEMBER_OF]-(account:Account)
    RETURN 1 AS place, CASE WHEN account.enforcement_state IS NULL THEN 'nothing in force' ELSE 'in force' END AS what,
        account.enforcement_state AS tier, account.enforcement_from_at AS since, account.enforcement_until_at AS until,
        account.enforcement_plan_id AS by_plan, membership.not_automatic AS words,
        -coalesce(membership.account_risk, 0.0) AS sorted, account AS about
}
RETURN what, tier, since, until, by_plan, words, about
ORDER BY place, sorted, about.id
LIMIT $limit
