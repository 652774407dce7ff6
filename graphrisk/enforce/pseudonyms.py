"""Rows for somebody who does not have to know whom they are about: keyed tokens of one purpose.

Two files of one purpose can be joined by their tokens, two of different purposes cannot: every name in them
is another one, also those of rings, plans and actions. What would join them just as well is coarsened: times
to their day, shares to two decimals, sums of money to two digits. Coarse rows are still personal data, and
of a small group they may still tell who is meant; whoever has the key can tell of all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from graphrisk.enforce.tokens import make_token
from graphrisk.model.enforcement import ActionRow, Evidence, Money, PlanRow

LEDGER = "ledger"  # the purpose of the tokens that ledger, manifests and logs carry; nobody else's
_PURPOSE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_MOST_CHARS = 32
_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Domain:
    """Where one set of tokens holds. key: of pseudonyms. purpose: a short word in lower case, as `analytics`
    or `vendor-x`. exact_times: for whoever has to act at them; then files of two purposes may be joined by
    them. Raises ValueError for a purpose that is none."""

    key: bytes
    purpose: str
    exact_times: bool = False

    def __post_init__(self) -> None:
        check_purpose(self.purpose)

    def token(self, kind: str, value: str) -> str:
        return make_token(self.key, self.purpose, kind, value)

    def name(self, prefix: str, value: str) -> str:
        """What is called A-..., P-... or PKG-... is called so here as well, by a token."""
        return f"{prefix}-{self.token(prefix, value).upper()}"


def check_purpose(purpose: str) -> None:
    """Raises ValueError."""
    if purpose == LEDGER or len(purpose) > _MOST_CHARS or not _PURPOSE.fullmatch(purpose):
        raise ValueError(
            f"a purpose is a word of at most {_MOST_CHARS} lower-case letters, digits and single hyphens, as"
            f" vendor-x, and not `{LEDGER}`"
        )


def pseudonymise_action(row: ActionRow, domain: Domain) -> ActionRow:
    """account_id becomes the account's token, and so does subject, which would else join it with the ledger;
    ring, plan and action have tokens of their own kinds. The reason is cut. None of an erased account."""
    account = _account(row.account_id, domain)
    return replace(
        row, action_id=domain.name("A", row.action_id), subject=account or "", account_id=account,
        ring_id=domain.token("ring", row.ring_id), plan_id=domain.name("P", row.plan_id), reason="",
        from_at=_time(row.from_at, domain), until_at=_may_be_time(row.until_at, domain),
    )  # fmt: skip


def pseudonymise_plan_row(row: PlanRow, domain: Domain) -> PlanRow:
    """As an action; evidence says what kind of thing is shared by how many, and not which; words are cut. The
    digest, which is the same everywhere, is cut too."""
    account = _account(row.account_id, domain)
    return replace(
        row, subject=account or "", account_id=account, ring_id=domain.token("ring", row.ring_id),
        lifts=tuple(sorted(domain.name("A", action_id) for action_id in row.lifts)),
        ring_score=_share(row.ring_score), risk=_share(row.risk), risk_low=_share(row.risk_low),
        risk_high=_share(row.risk_high), turnover_share=_share(row.turnover_share),
        loss_share=_share(row.loss_share), money=tuple(map(_coarse, row.money)),
        evidence=tuple(map(_nameless, row.evidence)), reasons="", digest="",
        from_at=_may_be_time(row.from_at, domain), until_at=_may_be_time(row.until_at, domain),
    )  # fmt: skip


def _account(account_id: str | None, domain: Domain) -> str | None:
    return None if account_id is None else domain.token("account", account_id)


def _nameless(evidence: Evidence) -> Evidence:
    return replace(evidence, identifier="", words="")


def _time(at: datetime, domain: Domain) -> datetime:
    return at if domain.exact_times else at.replace(hour=0, minute=0, second=0, microsecond=0)


def _may_be_time(at: datetime | None, domain: Domain) -> datetime | None:
    return None if at is None else _time(at, domain)


def _share(value: float) -> float:
    return round(value, _DIGITS)


def _coarse(money: Money) -> Money:
    return Money(money.currency, *(round_digits(each) for each in (
        money.paid_minor, money.lost_minor, money.received_minor
    )))  # fmt: skip


def round_digits(amount_minor: int) -> int:
    """To its first two digits, towards zero."""
    scale = 10 ** max(len(str(abs(amount_minor))) - _DIGITS, 0)
    return int(abs(amount_minor) // scale * scale) * (-1 if amount_minor < 0 else 1)
