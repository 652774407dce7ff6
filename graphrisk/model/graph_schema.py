"""The heterogeneous graph as it stands in Neo4j: labels, relationship types and properties, as data.

    (:Account)-[:USED_DEVICE|PAID_WITH|SHIPPED_TO|SEEN_AT|HAS_PHONE|HAS_EMAIL|...]->(:Identifier:Device|...)
    (:Account)-[:PAID]->(:Account)
    (:Account)-[:MADE]->(:Payment)-[:TO]->(:Account)          where payments were asked for
    (:Account)-[:MEMBER_OF]->(:Ring)-[:TIED_TO|RESEMBLES]->(:Ring)
    (:Account)-[:EVIDENCE]->(:Identifier)                     the hops of the strongest paths, nothing else
    (:Plan)-[:PROPOSES]->(:Account), (:Plan)-[:TOUCHES]->(:Ring)
    (:Run)

Every node that graphrisk writes has `id` (unique per label), `caption` (what a person reads on it) and
`content_digest`; every relationship has `content_digest`. What has no `content_digest` was written by a
person, and graphrisk neither changes nor removes it, unless the tables come to say the same.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from graphrisk.model.enforcement import Bucket, Tier
from graphrisk.model.graph_enforcement import Outcome, PlanStatus
from graphrisk.model.kinds import IdentifierKind, KindSet


class PropertyType(StrEnum):
    """The Neo4j type of a property. TIME is in UTC, to the millisecond, sent as microseconds since 1970."""

    STRING = "STRING"
    INTEGER = "INTEGER"
    FLOAT = "FLOAT"
    BOOLEAN = "BOOLEAN"
    TIME = "ZONED DATETIME"


@dataclass(frozen=True, slots=True)
class Property:
    """name: in snake_case. words: what it means, for docs/schema.md."""

    name: str
    type: PropertyType
    words: str


@dataclass(frozen=True, slots=True)
class NodeSchema:
    """label: the one that carries the uniqueness of `id`. also: labels that every such node has beside it.
    states: labels that come and go with what is known, and what each means."""

    label: str
    words: str
    properties: tuple[Property, ...]
    also: tuple[str, ...] = ()
    states: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RelationshipSchema:
    """# (:start)-[:type]->(:end)"""

    type: str
    start: str
    end: str
    words: str
    properties: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class GraphSchema:
    """What one workspace's graph is made of, in the order in which it is written."""

    nodes: tuple[NodeSchema, ...]
    relationships: tuple[RelationshipSchema, ...]

    def labels(self) -> frozenset[str]:
        """Every label that graphrisk sets."""
        return frozenset(
            label
            for node in self.nodes
            for label in (node.label, *node.also, *(state for state, _ in node.states))
        )

    def relationship_types(self) -> frozenset[str]:
        return frozenset(each.type for each in self.relationships)

    def property_names(self) -> frozenset[str]:
        of_nodes = {each.name for node in self.nodes for each in node.properties}
        return frozenset(of_nodes | {each.name for link in self.relationships for each in link.properties})


ACCOUNT, IDENTIFIER, PAYMENT, RING, RUN = "Account", "Identifier", "Payment", "Ring", "Run"
PLAN = "Plan"
HIGH_RISK, KNOWN_BAD, KNOWN_GOOD, OUTSIDER = "HighRisk", "KnownBad", "KnownGood", "Outsider"
ENFORCED = "Enforced"
PAID, MADE, TO, MEMBER_OF, EVIDENCE = "PAID", "MADE", "TO", "MEMBER_OF", "EVIDENCE"
TIED_TO, RESEMBLES = "TIED_TO", "RESEMBLES"
PROPOSES, TOUCHES = "PROPOSES", "TOUCHES"
SEARCH_INDEX = "graphrisk_search"
HIGH_RISK_AT = 0.5  # account risk from which on an account is labelled :HighRisk

_STRING, _INTEGER, _FLOAT, _BOOLEAN, _TIME = (
    PropertyType.STRING,
    PropertyType.INTEGER,
    PropertyType.FLOAT,
    PropertyType.BOOLEAN,
    PropertyType.TIME,
)
# Of what was written. Up to 35 bits Neo4j keeps an integer in half the room of a greater one, which is felt
# where there are millions: a relationship's times and counts then fill two property records instead of three.
# Texts, which an attacker may choose, get all that an integer holds.
NODE_DIGEST_BITS, LINK_DIGEST_BITS = 63, 35
_WRITTEN = "bits of what was written here; absent: a person wrote it"
_NODE_DIGEST = Property("content_digest", _INTEGER, f"{NODE_DIGEST_BITS} {_WRITTEN}")
_LINK_DIGEST = Property("content_digest", _INTEGER, f"{LINK_DIGEST_BITS} {_WRITTEN}")
_ENFORCEMENT_DIGEST = Property(
    "enforcement_digest", _INTEGER, f"{NODE_DIGEST_BITS} bits of what is in force; absent: nothing"
)
_TIER_NAMES = ", ".join(Tier)


def _keyed(words: str) -> tuple[Property, ...]:
    return (
        Property("id", _STRING, words),
        Property("long_id", _STRING, "the whole id, where it has more than 2,000 characters"),
        Property("caption", _STRING, "what a person reads on the node"),
        _NODE_DIGEST,
    )


_LINK_PROPERTIES = (
    Property("first_seen_at", _TIME, "first use known; absent where no time is known"),
    Property("last_seen_at", _TIME, "last use known"),
    Property("event_count", _INTEGER, "how often it was seen"),
    _LINK_DIGEST,
)

ACCOUNT_NODE = NodeSchema(
    ACCOUNT,
    "who acts: buyer, seller, creator",
    (
        *_keyed("the account's id, as it came"),
        Property("role", _STRING, "buyer, seller, ... as it came"),
        Property("market", _STRING, "country or site, as it came"),
        Property("display_name", _STRING, "the name that the account shows"),
        Property("created_at", _TIME, "sign-up"),
        Property("verdict", _STRING, "bad or good, by the labels known at the run's as-of; absent without"),
        Property("risk", _FLOAT, "0 to 1, a ranking number, not a probability"),
        Property("propagated", _FLOAT, "belief from labelled accounts, -1 to 1"),
        Property("reason", _STRING, "why the risk is what it is"),
        Property("ring_id", _STRING, "the ring that it is a member of; absent outside every ring"),
        Property("score_digest", _INTEGER, "63 bits of verdict, risk, propagated, reason and ring_id"),
        Property("enforcement_state", _STRING, f"the strongest tier in force: {_TIER_NAMES}; absent: none"),
        Property("enforcement_from_at", _TIME, "since when that holds"),
        Property("enforcement_until_at", _TIME, "when it ends by itself; absent: when it is lifted"),
        Property("enforcement_plan_id", _STRING, "the plan that imposed it"),
        _ENFORCEMENT_DIGEST,
    ),
    states=(
        (HIGH_RISK, f"risk of at least {HIGH_RISK_AT}"),
        (KNOWN_BAD, "labelled bad by the run's as-of"),
        (KNOWN_GOOD, "labelled good by the run's as-of"),
        (OUTSIDER, "no account of ours: it was only paid"),
        (ENFORCED, f"a tier above {Tier.MONITOR} is in force"),
    ),
)

PAYMENT_NODE = NodeSchema(
    PAYMENT,
    "one payment; written only where asked for",
    (
        *_keyed("the payment's id, as it came"),
        Property("amount_minor", _INTEGER, "in minor units of the currency"),
        Property("currency", _STRING, "ISO 4217"),
        Property("status", _STRING, "paid, refunded, chargeback, or the table's own word"),
        Property("category", _STRING, "as it came"),
        Property("paid_at", _TIME, "when"),
    ),
)

RING_NODE = NodeSchema(
    RING,
    "a scored community",
    (
        *_keyed("the ring's name"),
        Property("score", _FLOAT, "0 to 1, a ranking number, not a probability"),
        Property("size", _INTEGER, "members"),
        Property("core_count", _INTEGER, "members of the core"),
        Property("labelled_bad_count", _INTEGER, "members labelled bad by the run's as-of"),
        Property("labelled_good_count", _INTEGER, "members labelled good by the run's as-of"),
        Property("exposure_minor", _INTEGER, "paid by or to members, in the most frequent currency"),
        Property("currency", _STRING, "of the exposure; absent where none was told"),
        Property("detectors", _STRING, "which detectors found it, comma-separated"),
        Property("innocent", _STRING, "the innocent explanation that fits best"),
        Property("innocent_bits", _FLOAT, "by which that fits better than a ring; negative: worse"),
        Property("reasons", _STRING, "the strongest signals in words"),
        Property(
            "status",
            _STRING,
            "found; or gone: taken down and like a ring of now, or kept by a person's notes",
        ),
        Property("run_id", _STRING, "the run that found it as it stands; later runs found it the same"),
        Property("first_run_id", _STRING, "the run that found it first"),
        Property("enforced_count", _INTEGER, f"members with a tier above {Tier.MONITOR}; absent: none"),
        Property("strongest_enforcement", _STRING, "the strongest tier in force on a member; absent: none"),
        _ENFORCEMENT_DIGEST,
    ),
)

PLAN_NODE = NodeSchema(
    PLAN,
    "what is to be done about rings, or was",
    (
        *_keyed("the plan's name"),
        Property("status", _STRING, f"{', '.join(PlanStatus)}; or gone, kept by a person's notes"),
        Property("run_id", _STRING, "the run whose rings it is about"),
        Property("created_at", _TIME, "when it was made"),
        Property("expires_at", _TIME, "until when it can be applied"),
        Property("planned_by", _STRING, "who made it"),
        Property("approved_by", _STRING, "who approved it, comma-separated"),
        Property("ring_count", _INTEGER, "rings that it touches"),
        Property("account_count", _INTEGER, "accounts of which it says anything"),
        Property("action_count", _INTEGER, "accounts with which it does something"),
        Property("blocked_count", _INTEGER, "accounts that a guardrail keeps from it"),
        Property("left_out_count", _INTEGER, "accounts to which no PROPOSES leads: there are too many"),
    ),
)

RUN_NODE = NodeSchema(
    RUN,
    "one detection",
    (
        *_keyed("the run's id"),
        Property("started_at", _TIME, "when it ran"),
        Property("as_of", _TIME, "what was known then is what it used"),
        Property("written_at", _TIME, "when its scores were complete here; absent while they are not"),
        Property("is_current", _BOOLEAN, "true on the run whose scores stand in the graph"),
        Property("parameters", _STRING, "JSON"),
        Property("input_digest", _STRING, "SHA-256 of what it read"),
        Property("ring_count", _INTEGER, "rings found"),
        Property("account_count", _INTEGER, "accounts known"),
    ),
)

PAID_RELATIONSHIP = RelationshipSchema(
    PAID,
    ACCOUNT,
    ACCOUNT,
    "all payments of one account to another",
    (
        Property("count", _INTEGER, "payments"),
        Property("amount_minor", _INTEGER, "their sum in `currency`, minor units"),
        Property("currency", _STRING, "the currency of most of them; absent where none was told"),
        Property("other_currency_count", _INTEGER, "payments in other currencies, not in the sum"),
        Property("chargeback_count", _INTEGER, "charged back"),
        Property("refund_count", _INTEGER, "refunded"),
        Property("first_at", _TIME, "the first"),
        Property("last_at", _TIME, "the last"),
        _LINK_DIGEST,
    ),
)

MEMBER_OF_RELATIONSHIP = RelationshipSchema(
    MEMBER_OF,
    ACCOUNT,
    RING,
    "membership, as the current run found it",
    (
        Property("core", _BOOLEAN, "true in the core, false on the fringe"),
        Property("closeness", _FLOAT, "mean pair probability to the other members"),
        Property("confidence", _FLOAT, "share of partitions with other seeds that agree; absent: not asked"),
        Property("bits", _FLOAT, "evidence on the strongest path to the core, its weakest hop"),
        Property("account_risk", _FLOAT, "the account's risk"),
        Property("reasons", _STRING, "that path in words"),
        Property(
            "not_automatic", _STRING, "why no action should be automatic; absent: nothing speaks against"
        ),
        Property("detectors", _STRING, "which detectors have it in a group of their own, comma-separated"),
        Property("run_id", _STRING, "the run that found it as it stands"),
        _LINK_DIGEST,
    ),
)

EVIDENCE_RELATIONSHIP = RelationshipSchema(
    EVIDENCE,
    ACCOUNT,
    IDENTIFIER,
    "this identifier carries a hop of a member's strongest path to its ring's core",
    (
        Property("ring_id", _STRING, "the ring"),
        Property("bits", _FLOAT, "log2 likelihood ratio of sharing it"),
        Property("account_count", _INTEGER, "accounts that ever used it, known at as-of"),
        Property("words", _STRING, "the same, for a person"),
        Property("run_id", _STRING, "the run that found it as it stands"),
        _LINK_DIGEST,
    ),
)

TIED_TO_RELATIONSHIP = RelationshipSchema(
    TIED_TO,
    RING,
    RING,
    "what two rings have in common without being one; either way round",
    (
        Property("bits", _FLOAT, "evidence of one operator, beyond chance"),
        Property("identifier_count", _INTEGER, "shared identifiers that tell something"),
        Property("payee_count", _INTEGER, "payees whom both paid, that tell something"),
        Property("words", _STRING, "the same, for a person"),
        Property("run_id", _STRING, "the run that found it as it stands"),
        _LINK_DIGEST,
    ),
)

RESEMBLES_RELATIONSHIP = RelationshipSchema(
    RESEMBLES,
    RING,
    RING,
    "a newborn ring that may be one that was taken down, come back",
    (
        Property("probability", _FLOAT, "that it is that ring come back, 0 to 1"),
        Property("bits", _FLOAT, "evidence, the sum over aspects"),
        Property("taken_down_at", _TIME, "when most members of that ring had been found out, or were gone"),
        Property("words", _STRING, "what is the same, for a person"),
        Property("aspects", _STRING, "each aspect with its bits and what both show, the strongest first"),
        Property("run_id", _STRING, "the run that found it as it stands"),
        _LINK_DIGEST,
    ),
)

PROPOSES_RELATIONSHIP = RelationshipSchema(
    PROPOSES,
    PLAN,
    ACCOUNT,
    "what a plan does with an account, and what became of it",
    (
        Property("bucket", _STRING, f"{', '.join(Bucket)}"),
        Property("present", _STRING, "the tier in force when it was planned; absent: none"),
        Property("wanted", _STRING, "what the tiers would do without guardrails; absent: nothing"),
        Property("tier", _STRING, "what is to hold afterwards; absent: nothing"),
        Property("blocked_by", _STRING, "guardrails between wanted and tier, comma-separated"),
        Property("reasons", _STRING, "in words"),
        Property("ring_id", _STRING, "the ring for which it is done"),
        Property("from_at", _TIME, "when it is to begin"),
        Property("until_at", _TIME, "when it is to end by itself"),
        Property("outcome", _STRING, f"{', '.join(Outcome)}; absent: it was not done, or not yet"),
        Property("ended_at", _TIME, "when it was lifted or expired"),
        Property("ended_by", _STRING, "what lifted it"),
        _LINK_DIGEST,
    ),
)

TOUCHES_RELATIONSHIP = RelationshipSchema(
    TOUCHES,
    PLAN,
    RING,
    "accounts of this ring are in the plan",
    (
        Property("account_count", _INTEGER, "accounts of it of which the plan says anything"),
        Property("action_count", _INTEGER, "those with which it does something"),
        Property("blocked_count", _INTEGER, "those that a guardrail keeps from it"),
        Property("strongest", _STRING, "the strongest tier that the plan imposes there; absent: none"),
        Property("is_shown", _BOOLEAN, "whether a PROPOSES leads to each of them"),
        _LINK_DIGEST,
    ),
)

# What a write-back into somebody else's graph adds to EVIDENCE: which mapped property it leads to
EVIDENCE_WAY = ("kind", "identifier_property")


def identifier_node(kind: IdentifierKind) -> NodeSchema:
    # (:Identifier:Device)
    return NodeSchema(
        kind.label,
        kind.words.removeprefix("same "),
        (
            *_keyed("its normalised key"),
            Property("kind", _STRING, "the kind's name"),
            Property("raw", _STRING, "one spelling as it came, where it differs from the key"),
            Property("account_count", _INTEGER, "accounts that ever used it"),
        ),
        also=(IDENTIFIER,),
    )


def link_relationship(kind: IdentifierKind) -> RelationshipSchema:
    # (:Account)-[:USED_DEVICE]->(:Device)
    words = f"the account used or gave this {kind.words.removeprefix('same ')}"
    return RelationshipSchema(kind.relationship, ACCOUNT, kind.label, words, _LINK_PROPERTIES)


def graph_schema(kinds: KindSet) -> GraphSchema:
    """Everything that a workspace with these kinds writes. Raises ValueError where a kind's label or
    relationship type cannot be told from another's, or is no plain name."""
    _check_names(kinds)
    made = RelationshipSchema(MADE, ACCOUNT, PAYMENT, "who paid", (_LINK_DIGEST,))
    to = RelationshipSchema(TO, PAYMENT, ACCOUNT, "who was paid", (_LINK_DIGEST,))
    return GraphSchema(
        nodes=(
            ACCOUNT_NODE, *map(identifier_node, kinds.kinds), PAYMENT_NODE, RING_NODE, PLAN_NODE, RUN_NODE,
        ),
        relationships=(
            *map(link_relationship, kinds.kinds),
            PAID_RELATIONSHIP,
            made,
            to,
            MEMBER_OF_RELATIONSHIP,
            EVIDENCE_RELATIONSHIP,
            TIED_TO_RELATIONSHIP,
            RESEMBLES_RELATIONSHIP,
            PROPOSES_RELATIONSHIP,
            TOUCHES_RELATIONSHIP,
        ),
    )  # fmt: skip


_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_TAKEN_LABELS = (
    ACCOUNT, IDENTIFIER, PAYMENT, RING, RUN, PLAN, HIGH_RISK, KNOWN_BAD, KNOWN_GOOD, OUTSIDER, ENFORCED,
)  # fmt: skip
_TAKEN_TYPES = (PAID, MADE, TO, MEMBER_OF, EVIDENCE, TIED_TO, RESEMBLES, PROPOSES, TOUCHES)


def is_plain_name(name: str) -> bool:
    """Whether a label, a relationship type or a property may be called so: a letter, then at most 63
    letters, digits and underscores."""
    return _PLAIN_NAME.fullmatch(name) is not None


def _check_names(kinds: KindSet) -> None:
    labels = dict.fromkeys(_TAKEN_LABELS, "graphrisk")
    types = dict.fromkeys(_TAKEN_TYPES, "graphrisk")
    for kind in kinds.kinds:
        for name, taken, words in (
            (kind.label, labels, "label"),
            (kind.relationship, types, "relationship type"),
        ):
            if not is_plain_name(name):
                raise ValueError(f"kind {kind.name}: {name!r} is no plain name for a {words}")
            if name in taken:
                raise ValueError(f"kind {kind.name}: the {words} {name} belongs to {taken[name]}")
            taken[name] = f"kind {kind.name}"


LONGEST_ID = 2000  # characters: a range index takes 8,167 bytes, and a character is at most 4
_SHORTENED = re.compile(r".{200}\.\.\.sha256:[0-9a-f]{64}", re.DOTALL)


def node_id(text: str) -> str:
    """The `id` of the node for an account or identifier: the text itself, but for a text too long for an
    index its first 200 characters and its digest. Two texts never get the same id (up to SHA-256)."""
    if len(text) <= LONGEST_ID and _SHORTENED.fullmatch(text) is None:
        return text
    return f"{text[:200]}...sha256:{hashlib.sha256(text.encode()).hexdigest()}"
