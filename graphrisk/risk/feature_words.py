"""What raises a probability most, in words: what a booster attributes to features, the greatest first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graphrisk.graph.links import Floats
from graphrisk.model.kinds import Nature

_LEAST = 0.1  # log odds below which a contribution is not worth a word
_NAMED = 3

# Of a thing, as it is said of the thing itself; of accounts, "things that ..." goes before.
_OF_THINGS = {
    "log_holders": "how many use it",
    "burst_2h": "used by several within two hours",
    "burst_1d": "used by several within a day",
    "burst_7d": "used by several within a week",
    "use_span": "taken up by all at about one time",
    "created_span": "used by accounts of about one age",
    "created_burst_1d": "used by accounts created within a day of each other",
    "holder_things": "used by accounts that hold as many other things as these do",
    "chargebacks": "used by accounts whose payments are charged back",
    "refunds": "used by accounts whose payments are refunded",
    "any_chargeback": "used by accounts with chargebacks",
    "payments": "used by accounts that pay as often as these do",
    "common_payees": "used by accounts that pay the same people",
    "other_evidence": "used by accounts that share much else",
    "other_share": "used by accounts that share something else too",
    "mean_risk": "used by suspicious accounts",
    "most_risk": "used by a very suspicious account",
    "second_risk": "used by two suspicious accounts",
    "total_risk": "used by many suspicious accounts",
    "risky_share": "used mostly by suspicious accounts",
    "users_age_at_use": "used by accounts as young as these were",
    "users_used_days": "used for as long as by these accounts",
    "users_events": "used as often as by these accounts",
    "users_event_share": "used more than what else its accounts share",
    "users_paid_near": "used while its accounts paid",
    "users_lost_near": "used while its accounts paid what was charged back or refunded",
}
# Of the use of a thing by an account.
_OF_USES = {
    "later_share": "after most others or before them",
    "since_first": "so long after the first use by anybody",
    "since_previous": "so long after somebody else",
    "age_at_use": "at its age",
    "age_rank": "as the older or the younger account",
    "used_days": "for so long",
    "events": "so often",
    "event_share": "for so much of what it does",
    "paid_near": "while it paid",
    "lost_near": "while it paid what was charged back or refunded",
    "tied_share": "beside accounts that it shares more with",
    "tied_evidence": "beside accounts that it shares more with",
    "tied_less": "beside accounts that share more with each other",
}
_USES = {
    "use": "using shared things",
    "held": "using what a ring may have brought",
    "surest": "using what most probably a ring brought",
}
_OF_ACCOUNTS = {
    "shared": "how many things it shares",
    "private": "how many things it has to itself",
    "strongest": "one account that is very close",
    "strength": "how many accounts are close",
    "near": "how many accounts are close",
    "certain": "accounts that are its own, as good as surely",
    "triangles": "accounts around it that are close to each other",
    "closure": "accounts around it that are close to each other",
    "near_chargebacks": "chargebacks of accounts close by",
    "further_chargebacks": "chargebacks two steps away",
    "near_refunds": "refunds of accounts close by",
    "near_payments": "how often accounts close by pay",
    "near_things": "how many things accounts close by hold",
    "near_created": "accounts close by that were created at the same time",
    "payments": "how often it pays",
    "chargebacks": "its own chargebacks",
    "refunds": "its own refunds",
    "chargeback_lift": "the share of its payments that are charged back",
    "refund_lift": "the share of its payments that are refunded",
    "mean_amount": "what it pays on average",
    "received": "what it receives",
    "payees": "how many it pays",
    "payments_per_payee": "how often it pays the same people",
    "payee_popularity": "how many others pay those whom it pays",
    "company_risk": "the risk of those who share its things",
    "company_total": "the risk of those who share its things",
    "company_odds": "the risk of those who share its things",
    "near_risk": "the risk of accounts close by",
    "held": "a thing that a ring probably brought",
    "held_second": "a second thing that a ring probably brought",
    "held_total": "several things that a ring may have brought",
    "held_of_things": "how much of what it holds a ring may have brought",
    "held_of_uses": "how much it uses what a ring may have brought",
}
_OF_NATURES = {
    "things": "what it shares of the sort",
    "rarest": "what it shares of the sort",
    "evidence": "what it shares of the sort",
    "nature": "being of the sort",
}
_NATURES = tuple(nature.value for nature in Nature)


def name_feature(name: str) -> str:
    """A feature of identifiers or accounts in words; its own name where there are none."""
    for start in ("mean_", "most_"):
        if name.startswith(start) and name not in _OF_THINGS:
            return "things " + _OF_THINGS.get(name.removeprefix(start), name)
    kind, _, use = name.partition("_")
    if kind in _USES and use in _OF_USES:
        return f"{_USES[kind]} {_OF_USES[use]}"
    for nature in _NATURES:
        if name.endswith(f"_{nature}"):
            stem = name.removesuffix(f"_{nature}")
            general = _OF_NATURES.get(stem) or f"{name_feature(stem)}, of the sort"
            return f"{general} `{nature}`"
    return _OF_ACCOUNTS.get(name) or _OF_THINGS.get(name) or name


def tell_contributions(names: Sequence[str], contributions: Floats) -> list[str]:
    """One sentence a row. contributions: [rows, F + 1] of risk.booster.Booster.attributions. Features that
    are said in the same words are added up first."""
    words = [name_feature(name) for name in names]
    distinct = sorted(set(words))
    column = {word: at for at, word in enumerate(distinct)}
    summed = np.zeros((len(contributions), len(distinct)))
    for at, word in enumerate(words):
        summed[:, column[word]] += contributions[:, at]
    order = np.argsort(-summed, axis=1, kind="stable")[:, :_NAMED]
    return [
        "; ".join(distinct[at] for at in best if row[at] > _LEAST) or "many small things together"
        for best, row in zip(order.tolist(), summed, strict=True)
    ]
