"""The part of the links around one account, small enough to be drawn and explained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graphrisk.graph.links import Floats, SharedLinks

Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Some accounts, and every telling identifier that two or more of them hold.

    account: position in `accounts` of the account in question. accounts: [A], identifiers: [I], positions in
    the links they were cut from, rising. links: what lies between them, in positions of its own, 0..A-1 and
    0..I-1; holder_count and private_count are still those of the whole.
    unfollowed: [U], telling identifiers of the account that were too busy to bring in their holders,
    positions in the whole. They are among `identifiers` where another account that is here holds them too.
    """

    account: int
    accounts: Longs
    identifiers: Longs
    links: SharedLinks
    unfollowed: Longs


def gather_neighbourhood(
    links: SharedLinks, llr: Floats, account: int, company: Longs | None = None, holder_cap: int = 60
) -> Neighbourhood:
    """llr: [M] from weights.weigh_identifiers; identifiers with 0 say nothing and are left out.

    company: the other accounts, say the members of the ring. None: whoever holds an identifier together with
    the account, identifiers of more than holder_cap known accounts not followed.
    """
    telling = llr > 0
    here = np.zeros(links.account_count, dtype=bool)
    here[account] = True
    unfollowed = np.empty(0, dtype=np.int64)
    if company is not None:
        here[company] = True
    else:
        own = links.identifier[(links.account == account) & telling[links.identifier]]
        busy = links.known_holder_count()[own] > holder_cap
        unfollowed = own[busy].astype(np.int64)
        followed = np.zeros(links.identifier_count, dtype=bool)
        followed[own[~busy]] = True
        here[links.account[followed[links.identifier]]] = True
    inside = here[links.account] & telling[links.identifier]
    together = np.bincount(links.identifier[inside], minlength=links.identifier_count) >= 2
    accounts = np.flatnonzero(here)
    return Neighbourhood(
        account=int(np.searchsorted(accounts, account)), accounts=accounts,
        identifiers=np.flatnonzero(together), links=cut_links(links, here, together),
        unfollowed=unfollowed,
    )  # fmt: skip


def cut_links(links: SharedLinks, accounts: Bools, identifiers: Bools) -> SharedLinks:
    """The links between chosen accounts [N] and chosen identifiers [M], each of which two or more of the
    chosen accounts must hold."""
    inside = accounts[links.account] & identifiers[links.identifier]
    new_account = np.cumsum(accounts, dtype=np.int32) - 1
    new_identifier = np.cumsum(identifiers, dtype=np.int32) - 1
    kept = pa.array(np.flatnonzero(accounts))
    return SharedLinks(
        account_ids=links.account_ids.take(kept),
        identifiers=links.identifiers.take(pa.array(np.flatnonzero(identifiers))),
        account=new_account[links.account[inside]].astype(np.int32),
        identifier=new_identifier[links.identifier[inside]].astype(np.int32),
        kind_code=links.kind_code[identifiers], holder_count=links.holder_count[identifiers],
        private_count=links.private_count[accounts],
        first_seen_at=links.first_seen_at[inside], last_seen_at=links.last_seen_at[inside],
        event_count=links.event_count[inside],
    )  # fmt: skip
