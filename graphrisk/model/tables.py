"""The Arrow schemas of every table that passes between rooms. Times are naive UTC microseconds.

Loaded tables (what was observed), then result tables (what one run found). stores/ derives its DDL from
these records.
"""

from __future__ import annotations

import pyarrow as pa

TIME = pa.timestamp("us")

# ---- observed ----------------------------------------------------------------------------------------------
ACCOUNT = pa.schema(
    [
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("role", pa.string()),
        pa.field("created_at", TIME),
        pa.field("market", pa.string()),
        pa.field("display_name", pa.string()),
    ]
)

# (:Account)-[:USED_DEVICE {first_seen_at, last_seen_at, event_count}]->(:Device)
LINK = pa.schema(
    [
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("identifier", pa.string(), nullable=False),  # the normalised key
        pa.field("raw", pa.string()),  # one raw spelling, where it differs from the key
        pa.field("first_seen_at", TIME),  # null: no time known, counts as known at every as-of
        pa.field("last_seen_at", TIME),
        pa.field("event_count", pa.int64(), nullable=False),
    ]
)

# (:Account)-[:PAID]->(:Account)
PAYMENT = pa.schema(
    [
        pa.field("payment_id", pa.string(), nullable=False),
        pa.field("payer_id", pa.string(), nullable=False),
        pa.field("payee_id", pa.string()),
        pa.field("amount_minor", pa.int64()),
        pa.field("currency", pa.string()),
        pa.field("status", pa.string()),  # paid, refunded, chargeback, or the table's own word
        pa.field("category", pa.string()),
        pa.field("paid_at", TIME),
    ]
)

LABEL = pa.schema(
    [
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("verdict", pa.string(), nullable=False),  # model.verdicts.Verdict
        pa.field("reason", pa.string()),  # the label's own word
        pa.field("reported_at", TIME),
    ]
)

QUARANTINE = pa.schema(
    [
        pa.field("table_name", pa.string(), nullable=False),
        pa.field("file", pa.string(), nullable=False),
        pa.field("line", pa.int64()),  # 1-based line of a text file, row number of a Parquet file or a query
        pa.field("column_name", pa.string()),
        pa.field("value", pa.string()),  # cut to 200 characters
        pa.field("reason", pa.string(), nullable=False),
    ]
)

# ---- found by a run ----------------------------------------------------------------------------------------
# Every result table also has run_id in the store.
RING = pa.schema(
    [
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field(
            "score", pa.float64(), nullable=False
        ),  # in 0..1: a probability where the prior judged, else a ranking number
        pa.field("size", pa.int32(), nullable=False),
        pa.field("core_count", pa.int32(), nullable=False),
        pa.field("labelled_bad_count", pa.int32(), nullable=False),
        pa.field("labelled_good_count", pa.int32(), nullable=False),
        pa.field("detectors", pa.string(), nullable=False),  # comma-separated names, sorted
        pa.field(
            "amount_minor", pa.int64(), nullable=False
        ),  # paid by or to members up to as-of, one currency only: the most frequent
        pa.field("currency", pa.string()),
        pa.field(
            "innocent", pa.string()
        ),  # the innocent explanation that fits best, null where none was tried
        pa.field(
            "innocent_bits", pa.float64()
        ),  # by which its members look more like that than like a ring; negative: less
        pa.field("reasons", pa.string(), nullable=False),  # the strongest signals in words
    ]
)

RING_MEMBER = pa.schema(
    [
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("role", pa.string(), nullable=False),  # core or fringe (model.rings.MemberRole)
        pa.field("closeness", pa.float64(), nullable=False),  # mean pair probability to the other members
        pa.field(
            "confidence", pa.float64()
        ),  # of the partitions with other seeds, those that agree (detect.consensus); null: not asked
        pa.field("account_risk", pa.float64(), nullable=False),
        pa.field(
            "bits", pa.float64(), nullable=False
        ),  # evidence on the strongest path to the core, its weakest hop
        pa.field("reasons", pa.string(), nullable=False),  # that path in words
        pa.field(
            "not_automatic", pa.string()
        ),  # why no action on it should be automatic (risk.standing); null: nothing speaks against
        pa.field(
            "detectors", pa.string(), nullable=False
        ),  # those in whose own group it is, comma-separated, in the order of model.rings.Detector
    ]
)

# How much of a member's belief each labelled account gave (risk.seed_shares), the largest shares
BELIEF_SEED = pa.schema(
    [
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("seed_id", pa.string(), nullable=False),
        pa.field("belief", pa.float64(), nullable=False),  # negative: from an account known to be good
    ]
)

RING_SIGNAL = pa.schema(
    [
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field("signal", pa.string(), nullable=False),  # a name in risk.signals.SIGNALS
        pa.field("value", pa.float64(), nullable=False),  # in the signal's own unit
        pa.field("points", pa.float64(), nullable=False),  # what it gave the ring score
        pa.field("words", pa.string(), nullable=False),
    ]
)

# What two rings have in common without being one (detect.ties); one row for two rings
RING_TIE = pa.schema(
    [
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field("other_ring_id", pa.string(), nullable=False),
        pa.field("bits", pa.float64(), nullable=False),  # evidence of one operator beyond chance
        pa.field("identifier_count", pa.int32(), nullable=False),  # shared identifiers that tell something
        pa.field("payee_count", pa.int32(), nullable=False),  # payees whom both paid, that tell something
        pa.field("words", pa.string(), nullable=False),
    ]
)

# How well each innocent explanation fits a ring, beside the ring itself (risk.innocence)
RING_INNOCENCE = pa.schema(
    [
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field("explanation", pa.string(), nullable=False),  # model.rings.Explanation
        pa.field("bits", pa.float64(), nullable=False),  # it fits so much better than a ring; negative: worse
        pa.field("words", pa.string(), nullable=False),  # what speaks most for it, and most against it
    ]
)

# Money at stake, apart from the score: one row for each ring and currency, payments up to as-of
RING_EXPOSURE = pa.schema(
    [
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field("currency", pa.string()),
        pa.field("payment_count", pa.int64(), nullable=False),  # made by members
        pa.field("paid_minor", pa.int64(), nullable=False),  # by members, the next two in it
        pa.field("chargeback_minor", pa.int64(), nullable=False),  # charged back
        pa.field("refund_minor", pa.int64(), nullable=False),  # refunded
        pa.field("received_count", pa.int64(), nullable=False),  # payments made to members
        pa.field("received_minor", pa.int64(), nullable=False),  # what members are paid out for
    ]
)

# One row per identifier on one hop of a member's strongest path: member -> via -> ... -> core
EVIDENCE = pa.schema(
    [
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field(
            "account_id", pa.string(), nullable=False
        ),  # the nearer end of the hop is account_id, the farther via_account_id
        pa.field("via_account_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("identifier", pa.string(), nullable=False),
        pa.field(
            "account_count", pa.int32(), nullable=False
        ),  # k_e: accounts that ever used it, known at as-of
        pa.field("bits", pa.float64(), nullable=False),  # log2 likelihood ratio of sharing it
        pa.field("pair_probability", pa.float64(), nullable=False),
    ]
)

# Identifiers that a ring may have brought, where the run could judge them (risk.prior)
IDENTIFIER_RISK = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),
        pa.field("identifier", pa.string(), nullable=False),
        pa.field("risk", pa.float64(), nullable=False),  # probability that a ring brought it
        pa.field("account_count", pa.int32(), nullable=False),  # that ever used it, known at as-of
        pa.field("ring_id", pa.string()),  # of which most members hold it
        pa.field("ring_account_count", pa.int32(), nullable=False),  # members of that ring who hold it
        pa.field("use", pa.string(), nullable=False),  # risk.identifier_uses.IdentifierUse
        pa.field("reason", pa.string(), nullable=False),
    ]
)

# What a belief is made of (risk.belief_sources): with the account's own label its rows add up to the inverse
# hyperbolic tangent of its `propagated`
BELIEF_SOURCE = pa.schema(
    [
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("identifier", pa.string(), nullable=False),
        pa.field("belief", pa.float64(), nullable=False),  # added; negative where it speaks for the account
        pa.field("neighbour_id", pa.string(), nullable=False),  # the other holder who gives most of it
        pa.field("neighbour_belief", pa.float64(), nullable=False),  # what that one gives
    ]
)

ACCOUNT_RISK = pa.schema(
    [
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("risk", pa.float64(), nullable=False),  # 0..1, else it ranks only
        pa.field("risk_low", pa.float64()),  # 90 % interval (risk.spread); null where risk is no probability
        pa.field("risk_high", pa.float64()),
        pa.field(
            "propagated", pa.float64(), nullable=False
        ),  # belief from labelled accounts, -1..1; 0 without labels
        pa.field("ring_id", pa.string()),
        pa.field("reason", pa.string(), nullable=False),
    ]
)

# What became of a ring's name in this run (model.rings.RingEvent); also of names that no ring has now
RING_EVENT = pa.schema(
    [
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field("event", pa.string(), nullable=False),
        pa.field(
            "other_ring_id", pa.string()
        ),  # born or split off it, what was split off, what it merged into
        pa.field("account_count", pa.int32(), nullable=False),  # members now, 0 where no ring has the name
        pa.field("earlier_account_count", pa.int32(), nullable=False),  # when it was given last; 0: never
    ]
)

# Accounts whose ring has another name than in the run before: the one of the latest earlier as-of time
RING_MOVE = pa.schema(
    [
        pa.field("earlier_ring_id", pa.string(), nullable=False),
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field("account_count", pa.int32(), nullable=False),
        pa.field("same_links_count", pa.int32(), nullable=False),  # of them, those that share what they did
    ]
)

# What later runs remember of this one: who carries each name, one row for each member
RING_CARRIER = pa.schema(
    [
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("weight", pa.float64(), nullable=False),  # registry.carriers
        pa.field("links_digest", pa.string(), nullable=False),  # of the identifiers that it shares
    ]
)

# ---- what a run's rings are like, beside what it found -----------------------------------------------------
# How a ring works (registry.manner): kept, so that it can be known again once its accounts are gone
RING_MANNER = pa.schema(
    [
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field("aspect", pa.string(), nullable=False),  # registry.manner.Aspect
        pa.field("feature", pa.string(), nullable=False),
        pa.field("value", pa.string(), nullable=False),  # may be a text of the tables, as a last name
        pa.field("weight", pa.float64(), nullable=False),  # how often its members showed it
    ]
)

# Newborn rings that may be one that was taken down (registry.reincarnation), at most three for each
RING_LIKENESS = pa.schema(
    [
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field("former_ring_id", pa.string(), nullable=False),
        pa.field("former_run_id", pa.string(), nullable=False),  # the last run that found it
        pa.field("taken_down_at", TIME, nullable=False),
        pa.field("probability", pa.float64(), nullable=False),  # that it is that ring come back
        pa.field("bits", pa.float64(), nullable=False),  # evidence, the sum over aspects
        pa.field("words", pa.string(), nullable=False),
    ]
)

LIKENESS_ASPECT = pa.schema(
    [
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field("former_ring_id", pa.string(), nullable=False),
        pa.field("aspect", pa.string(), nullable=False),  # registry.manner.Aspect
        pa.field("chance_share", pa.float64()),  # of unrelated pairs, those as alike; null: nothing is known
        pa.field("bits", pa.float64(), nullable=False),
        pa.field("words", pa.string(), nullable=False),  # what both show beyond what is usual
    ]
)
