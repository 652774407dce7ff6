"""Drafts for the EU's database of statements of reasons (Regulation 2022/2065, Article 24(5)).

Fields and their limits are those of the database's interface for platforms. Nothing personal may be sent
there: facts are told as kinds, and the name of a statement is a digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from graphrisk.enforce.statements import Occasion, tell_facts_in_public
from graphrisk.errors import printable
from graphrisk.model.enforcement import ActionRow, Operation, PlanRow, Tier

Fields: TypeAlias = dict[str, str | list[str]]

CLAUSE = "Terms of use: several accounts that one party runs to abuse the marketplace"
_MOST_GROUND, _MOST_EXPLANATION = 500, 2_000


@dataclass(frozen=True, slots=True)
class DsaDecision:
    """What a tier is in the database's words. decisions: field -> value. end_fields: which of its end dates
    say when that is over."""

    tier: Tier
    decisions: tuple[tuple[str, str | tuple[str, ...]], ...]
    end_fields: tuple[str, ...]


# Milder tiers take nothing away, so that there is nothing to state
DSA_DECISIONS = (
    DsaDecision(
        Tier.RESTRICT,
        (
            ("decision_visibility", ("DECISION_VISIBILITY_CONTENT_DISABLED",)),
            ("decision_monetary", "DECISION_MONETARY_SUSPENSION"),
            ("decision_provision", "DECISION_PROVISION_PARTIAL_SUSPENSION"),
        ),
        ("end_date_visibility_restriction", "end_date_monetary_restriction", "end_date_service_restriction"),
    ),
    DsaDecision(
        Tier.SUSPEND,
        (("decision_account", "DECISION_ACCOUNT_SUSPENDED"),),
        ("end_date_account_restriction",),
    ),
    DsaDecision(
        Tier.BAN, (("decision_account", "DECISION_ACCOUNT_TERMINATED"),), ("end_date_account_restriction",)
    ),
)
# The same in all statements
ALWAYS: Mapping[str, str | tuple[str, ...]] = {
    "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    "content_type": ("CONTENT_TYPE_OTHER",),
    "content_type_other": "Account",
    "category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
    "category_specification": ("KEYWORD_INAUTHENTIC_ACCOUNTS",),
    "source_type": "SOURCE_VOLUNTARY",
    "automated_detection": "Yes",
}
AUTOMATION: Mapping[bool, str] = {True: "AUTOMATED_DECISION_PARTIALLY", False: "AUTOMATED_DECISION_FULLY"}
# A market that is named by its country's code
EEA = frozenset(
    (
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT",
        "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
    )
)  # fmt: skip

_DECISIONS = {each.tier: each for each in DSA_DECISIONS}


def takes_away(operation: Operation | str, tier: Tier | str) -> bool:
    """Whether the account loses something by it."""
    return operation != Operation.LIFT and tier in _DECISIONS


def statement_name(package_id: str, action_id: str) -> str:
    """`puid`: unique among all packages; letters, digits and hyphens."""
    return f"{package_id}-{action_id}"


def draft_statement(
    row: ActionRow, plan_row: PlanRow | None, occasion: Occasion, clause: str = CLAUSE
) -> Fields:
    """row: one that takes something away. clause: of the terms of use. content_date is the day of the
    decision, as an account's own is not known here."""
    decision = _DECISIONS[row.tier]
    fields: Fields = {name: _plain(value) for name, value in (*ALWAYS.items(), *decision.decisions)}
    fields["incompatible_content_ground"] = printable(clause)[:_MOST_GROUND]
    fields["incompatible_content_explanation"] = printable(row.reason)[:_MOST_EXPLANATION]
    fields["decision_facts"] = tell_facts_in_public(() if plan_row is None else plan_row.evidence)
    fields["automated_decision"] = AUTOMATION[occasion.is_by_person(row.subject, row.ring_id)]
    fields["content_date"] = _day(min(occasion.at, row.from_at))
    begin = max(occasion.at, row.from_at)
    fields["application_date"] = _day(begin)
    fields["puid"] = statement_name(occasion.package_id, row.action_id)
    if row.until_at is not None:
        fields |= dict.fromkeys(decision.end_fields, _day(max(row.until_at, begin)))
    if plan_row is not None and plan_row.market in EEA:
        fields["territorial_scope"] = [plan_row.market]
    return fields


def _day(at: datetime) -> str:
    return at.date().isoformat()


def _plain(value: str | tuple[str, ...]) -> str | list[str]:
    return value if isinstance(value, str) else list(value)
