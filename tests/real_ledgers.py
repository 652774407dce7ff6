"""Ledgers for tests: real ones on disk with keys of their own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from graphrisk.enforce.chain import Link, link_line, seal
from graphrisk.model.enforcement import Operation, Purpose, Tier
from graphrisk.model.ledger import Body, Changed, Entry, Opened, Packaged, Stopped
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.ledger_file import Ledger
from graphrisk.stores.enforcement.places import EnforcementPlaces

AT = datetime.fromisoformat("2026-03-01T12:00:00.250")
TIER = Tier.SUSPEND


def make_places(folder: Path) -> EnforcementPlaces:
    """A workspace's folder and keys beside it."""
    (folder / "shop").mkdir(parents=True, exist_ok=True)
    return EnforcementPlaces(folder / "shop", folder / "keys")


def begin_ledger(places: EnforcementPlaces) -> Ledger:
    """One with its first entry, by new keys where there are none."""
    keys, _ = KeyFolder.create(places.keys)
    ledger = Ledger(places, keys)
    with ledger.beginning() as writer:
        writer.append([opened(keys)], "ann", AT)
    return ledger


def opened(keys: KeyFolder) -> Opened:
    return Opened("L-1", keys.signing_fingerprint, keys.pseudonym_fingerprint, "0.1.0")


def stopped(count: int) -> list[Body]:
    return [Stopped(f"why {number}") for number in range(count)]


def a_package(number: int, account_count: int) -> list[Body]:
    """The entries of one package, as they are appended together."""
    name = f"PKG-{number}"
    changes = [
        Changed(name, f"A-{number}-{n}", Operation.IMPOSE, f"token{n}", "RING-1", TIER, "P-1", AT, None)
        for n in range(account_count)
    ]
    done = Packaged(name, Purpose.APPLY, "P-1", "all", "P-1", "", "0" * 64, account_count)
    return [*changes, done]


def chain_of(bodies: list[Body]) -> tuple[Link, ...]:
    return seal(bodies, "ann", AT, None)


def lines_of(links: tuple[Link, ...]) -> list[bytes]:
    return [link_line(link) for link in links]


def bodies_of(entries: tuple[Entry, ...]) -> list[Body]:
    return [entry.body for entry in entries]
