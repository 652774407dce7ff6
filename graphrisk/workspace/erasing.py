"""Wires a workspace to the erasure of an account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb

from graphrisk.enforce.policy import Policy
from graphrisk.flows.enforcement.erase import EraseOrder, EraseSides, Erasure, Holding, erase_account
from graphrisk.stores.duckdb.named_account import NamedAccount
from graphrisk.stores.enforcement.package_eraser import PackageEraser
from graphrisk.stores.enforcement.state_database import StateDatabase
from graphrisk.workspace.applying import open_shelf
from graphrisk.workspace.enforcing import Enforcement, now
from graphrisk.workspace.guarding import guard_with


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """Fits flows.enforcement.erase.OtherPlaces."""

    connection: duckdb.DuckDBPyConnection
    policy: Policy

    def find_account(self, account_id: str) -> Sequence[Holding]:
        found = list(NamedAccount(self.connection).find_holdings(account_id))
        if account_id in self.policy.allow_list:
            found.append(
                Holding("policy.toml: allow_list", "take it out; plans of the policy before are void")
            )
        return found


def erase_in_workspace(
    room: Enforcement, account_id: str, why: str, by: str, progress: Callable[[str], None]
) -> Erasure:
    """See flows.enforcement.erase.erase_account."""
    order = EraseOrder(account_id, why, by, now(), room.keys.token_key())
    with room.shop.reading() as connection:
        sides = EraseSides(
            room.ledger, room.plan_files, PackageEraser(open_shelf(room)), StateDatabase(room.places.state),
            _Elsewhere(connection, room.policy()), guard_with(room.shop, connection),
        )  # fmt: skip
        return erase_account(sides, order, progress)
