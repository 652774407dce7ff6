"""What is thought of accounts and identifiers before any label is heard: learned from simulated marketplaces.

Boosters in a row: accounts by themselves; identifiers by themselves and by the risk of their holders;
accounts again, by themselves, by the risk of those who share their things, and by the identifiers'
judgement; pairs of communities, whether they are cells of one ring; and communities by all of it.
None knows a label, an id, or a kind by name (kinds count by their nature), and each takes what is not known
as unknown, so that a marketplace without payments or times gets a weaker opinion instead of none.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import AccountGraph
from graphrisk.model.kinds import KindSet, Nature
from graphrisk.risk.booster import Booster
from graphrisk.risk.company_features import describe_company, describe_holders
from graphrisk.risk.features import Features
from graphrisk.risk.spread import Spread

# It was learned where there were 20,000; among a few hundred every share and rarity means something else.
LEAST_ACCOUNTS = 1_000
# A little above what any marketplace had that it was learned from: .08 of the accounts were in rings, and
# rings had brought .14 of the identifiers.
MOST_MEMBERS, MOST_BROUGHT = 0.1, 0.15


@dataclass(frozen=True, slots=True)
class Prior:
    """alone: accounts from what they do and share. identifiers: whether a ring brought it. together: accounts
    again, in their company. cells: whether two communities are of one ring. rings: whether more than half of
    a community is one ring. spread: how far the risks of accounts were off in marketplaces that it was not
    trained on."""

    alone: Booster
    identifiers: Booster
    together: Booster
    cells: Booster
    rings: Booster
    spread: Spread

    def digest(self) -> str:
        """SHA-256 of all of it: what a run's name remembers."""
        boosters = (self.alone, self.identifiers, self.together, self.cells, self.rings)
        texts = (*(each.text for each in boosters), self.spread.to_json())
        return hashlib.sha256("\x00".join(texts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Described:
    """The label-free features of one marketplace. accounts: N rows (account_features). identifiers: M rows
    (identifier_features). uses: L rows (use_features)."""

    accounts: Features
    identifiers: Features
    uses: Features


@dataclass(frozen=True, slots=True)
class Opinion:
    """account_odds: [N] natural log odds that an account is in a ring. identifier_odds: [M], that a ring
    brought an identifier. together, things: what the last booster, and that of identifiers, saw."""

    account_odds: Floats
    identifier_odds: Floats
    together: Features
    things: Features


def applies(links: SharedLinks, kinds: KindSet) -> bool:
    """Whether there are as many accounts as can look like a marketplace, and most of what is shared is of a
    nature that the prior has seen."""
    known = links.natures(kinds) != Nature.OTHER.value
    is_known = int(known[links.identifier].sum()) * 2 > len(links.identifier)
    return is_known and links.account_count >= LEAST_ACCOUNTS


def form_opinion(
    prior: Prior, described: Described, links: SharedLinks, graph: AccountGraph, kinds: KindSet
) -> Opinion:
    alone = np.asarray(expit(hold_down(prior.alone.predict(described.accounts), MOST_MEMBERS)))
    things = described.identifiers.beside(describe_holders(links, alone))
    identifier_odds = hold_down(prior.identifiers.predict(things), MOST_BROUGHT)
    held = np.asarray(expit(identifier_odds))
    company = describe_company(links, described.uses, graph, alone, held, kinds)
    together = described.accounts.beside(company)
    account_odds = hold_down(prior.together.predict(together), MOST_MEMBERS)
    return Opinion(account_odds, identifier_odds, together, things)


def hold_down(odds: Floats, most_share: float) -> Floats:
    """Log odds, all lowered alike so far that their mean probability is most_share at most. In a marketplace
    of another sort all that honest people do may look odd; that most of them are in rings is still not so."""
    if len(odds) == 0 or expit(odds).mean() <= most_share:
        return odds
    enough = float(odds.max() - logit(most_share)) + 1.0
    shift = brentq(lambda by: expit(odds - by).mean() - most_share, 0.0, enough)
    return np.asarray(odds - shift)
