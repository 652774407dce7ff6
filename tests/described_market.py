"""A small world described as flows.suspect describes a marketplace."""

from __future__ import annotations

import numpy as np
from small_worlds import projected, weighed

from graphrisk.flows.suspect import Marketplace, describe_market
from graphrisk.graph.links import SharedLinks
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.known import KnownAccounts
from graphrisk.risk.prior import Described


def describe_small(links: SharedLinks, accounts: KnownAccounts) -> Described:
    llr, _ = weighed(links)
    nobody = np.zeros(links.account_count)
    market = Marketplace(
        accounts, links, links, BUILT_IN_KINDS, projected(links), llr, nobody, nobody.astype(np.int64)
    )
    return describe_market(market)
